import { App, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import {
  appFaults,
  ArgoCdApplication,
  type ArgoCdCluster,
  ArgoCdPreviews,
  ArgoCdProject,
  IN_CLUSTER,
  missingIn,
  type NamespacedKind,
  type PullRequests,
} from '../lib';
import { k8s } from '../lib/k8s';
import { type Manifest, manifestsByFile } from '../lib/manifests';
import { yamlText } from '../lib/yaml-text';
import { API } from './api';
import { addNamespace, SedaChart } from './chart';
import type { ArgoCdTarget, SedaEnvironment } from './environment';
import { ARGOCD_FOLDER, OWN_LABELS } from './layout';
import { preview } from './preview';
import type { Files } from './render';
import { MAIN, REPOSITORY } from './settings';

/** Where Argo CD itself runs. */
const NAMESPACE = 'argocd';

/** Folder of `dist/` with what each namespace of a preview gets. */
const PREVIEW_NAMESPACE_FOLDER = `${ARGOCD_FOLDER}/preview-namespace`;

/** Kinds that releases bring into an environment and take away again. */
const RELEASE_KINDS: readonly NamespacedKind[] = [
  { group: 'batch', kind: 'Job' },
  { group: 'autoscaling', kind: 'HorizontalPodAutoscaler' },
  { group: 'policy', kind: 'PodDisruptionBudget' },
];

/**
 * Kinds that controllers make of Deployments and Jobs. Argo CD shows what is allowed alone: without them nobody sees a pod,
 * its events or its logs there. EndpointSlice and CertificateRequest are not watched at all, by its own default.
 */
const CHILD_KINDS: readonly NamespacedKind[] = [
  { group: 'apps', kind: 'ReplicaSet' },
  { group: '', kind: 'Pod' },
];

/** Whether pull requests get an environment each, where, and which of them. */
export interface Previews {
  readonly enabled: boolean;
  readonly cluster: ArgoCdCluster;
  readonly pullRequests: PullRequests;
  /**
   * The environment that a preview resembles.
   * @default - qa
   */
  readonly like?: SedaEnvironment;
}

/** `enabled: true` turns them on; docs/argocd.md says what they need first. */
export const PREVIEWS: Previews = {
  enabled: false,
  cluster: IN_CLUSTER,
  pullRequests: {
    owner: 'seda-fm',
    repository: 'seda-api',
    label: 'preview',
    token: { secretName: 'seda-preview-github', key: 'token' },
  },
};

/** An environment as it is rendered. */
export interface Target {
  readonly environment: SedaEnvironment;
  /** None where it has faults of its own: then only what Argo CD is told is checked. */
  readonly objects: readonly Manifest[];
}

/** What Argo CD is told of the environments that it applies, one file each, or what is wrong with it. */
export function renderArgoCd(
  targets: readonly Target[],
  previews: Previews = PREVIEWS,
): { files: Files; faults: string[] } {
  const app = new App();
  for (const target of targets) {
    if (target.environment.argocd) new EnvironmentChart(app, target, target.environment.argocd);
  }
  if (previews.enabled) new PreviewsChart(app, previews);
  const namespaces = new App();
  if (previews.enabled) new PreviewNamespaceChart(namespaces);
  const faults = [...appFaults(app), ...appFaults(namespaces)].map(
    (fault) => `${ARGOCD_FOLDER}/${fault}`,
  );
  const files: Files = new Map();
  if (faults.length > 0) return { files, faults };
  for (const chart of app.charts)
    files.set(`${ARGOCD_FOLDER}/${chart.node.id}.k8s.yaml`, yamlText(chart.toJson()));
  for (const chart of namespaces.charts)
    files.set(`${PREVIEW_NAMESPACE_FOLDER}/quota.k8s.yaml`, yamlText(chart.toJson()));
  return { files, faults };
}

/** What is common to all of them. */
class ArgoCdChart extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      namespace: NAMESPACE,
      labels: OWN_LABELS,
    });
  }
}

class EnvironmentChart extends ArgoCdChart {
  constructor(
    scope: Construct,
    { environment, objects }: Target,
    { cluster, syncWindows }: ArgoCdTarget,
  ) {
    super(scope, environment.name);
    const name = `seda-${environment.name}`;
    const path = `dist/${environment.name}`;
    const project = new ArgoCdProject(this, 'project', {
      name,
      description: `The API of seda.fm in ${environment.name}, as ${path} says`,
      repository: `${REPOSITORY}.git`,
      cluster,
      namespace: environment.namespace,
      allow: objects,
      allowKinds: [...RELEASE_KINDS, ...CHILD_KINDS],
      syncWindows,
    });
    new ArgoCdApplication(this, 'application', {
      name,
      project,
      revision: MAIN,
      path,
      waitsFor: missing(objects),
    });
  }
}

class PreviewsChart extends ArgoCdChart {
  constructor(scope: Construct, { cluster, pullRequests, like }: Previews) {
    super(scope, 'preview');
    const environment = preview('*', like);
    const { namespace } = environment;
    const of = `previews of pull requests of ${pullRequests.owner}/${pullRequests.repository}`;
    const common = { repository: `${REPOSITORY}.git`, cluster, namespace };
    // The "*" that stands for the number is in no valid name, so nothing is validated.
    const objects = renderedBy((app) => {
      new SedaChart(app, environment, { image: `${API.repository}:0.0.0` });
    });
    const namespaces = renderedBy((app) =>
      addNamespace(new Chart(app, 'namespace', { labels: OWN_LABELS }), environment),
    );
    const project = new ArgoCdProject(this, 'project', {
      ...common,
      name: 'seda-preview',
      description: `The API of seda.fm in ${of}`,
      allow: objects,
      allowKinds: [...RELEASE_KINDS, ...CHILD_KINDS],
    });
    const fence = new ArgoCdProject(this, 'namespace-project', {
      ...common,
      name: 'seda-preview-namespace',
      description: `The namespaces of ${of}`,
      allow: namespaces,
      allowKinds: [{ group: '', kind: 'ResourceQuota' }],
    });
    new ArgoCdPreviews(this, 'previews', {
      name: namespace,
      project,
      revision: 'preview/*',
      path: `dist/${environment.name}`,
      waitsFor: missing(objects),
      pullRequests,
      namespaces: {
        project: fence,
        revision: MAIN,
        path: `dist/${PREVIEW_NAMESPACE_FOLDER}`,
        labels: namespaces[0]!.metadata.labels!,
      },
    });
  }
}

/**
 * What each namespace of a preview gets beside its labels: a limit to what a branch may use that nobody reviews. A preview
 * as it is rendered needs half of it at most.
 */
class PreviewNamespaceChart extends Chart {
  constructor(scope: Construct) {
    super(scope, 'preview-namespace', { labels: OWN_LABELS });
    const hard = {
      pods: '10',
      'requests.cpu': '2',
      'requests.memory': '3Gi',
      'limits.memory': '6Gi',
      persistentvolumeclaims: '2',
      'services.loadbalancers': '0',
      'services.nodeports': '0',
    };
    new k8s.KubeResourceQuota(this, 'quota', {
      metadata: { name: 'preview' },
      spec: {
        hard: Object.fromEntries(
          Object.entries(hard).map(([name, most]) => [name, k8s.Quantity.fromString(most)]),
        ),
      },
    });
  }
}

/** The objects of an app, valid or not. */
function renderedBy(build: (app: App) => void): Manifest[] {
  const app = new App();
  build(app);
  return [...manifestsByFile(app).values()].flat();
}

/** What the environment still waits for, each thing once. */
function missing(objects: readonly Manifest[]): string[] {
  return [...new Set(objects.flatMap(missingIn))];
}
