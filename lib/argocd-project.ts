import { Construct } from 'constructs';
import { AppProject, type AppProjectSpecSyncWindows } from '../imports/argoproj.io';
import { checkName, fault } from './checks';
import type { Manifest } from './manifests';
import { ARGOCD_PROJECT_PROPS } from './argocd-shapes';
import { checkProps } from './shape';
import { type SyncWindow, syncWindowFaults } from './sync-window';

/** A cluster as Argo CD knows it: by the address of its API server, or by the name under which it was added. */
export type ArgoCdCluster = { readonly server: string } | { readonly name: string };

/** The cluster in which Argo CD itself runs. */
export const IN_CLUSTER: ArgoCdCluster = { server: 'https://kubernetes.default.svc' };

/** What an `ArgoCdProject` needs. */
export interface ArgoCdProjectProps {
  /** Name of the AppProject. */
  readonly name: string;
  /** What it is for; at most 255 characters. */
  readonly description: string;
  /** The one repository that its Applications may read, e.g. `https://github.com/shop/manifests.git`. */
  readonly repository: string;
  /** The one cluster that they may change. */
  readonly cluster: ArgoCdCluster;
  /** The one namespace that its Applications may change; a `*` stands for the number of a pull request. */
  readonly namespace: string;
  /** Objects that may be applied, e.g. the `toJson()` of a chart: exactly their kinds are allowed, and those without a namespace by name. */
  readonly allow: readonly Manifest[];
  /**
   * Kinds that come and go with releases, and those that controllers make, such as `Pod`: Argo CD applies, prunes,
   * reports and shows only what is allowed.
   * @default - none but those of `allow`
   */
  readonly allowKinds?: readonly NamespacedKind[];
  /**
   * Times in which syncs are allowed or denied.
   * @default - at any time
   */
  readonly syncWindows?: readonly SyncWindow[];
}

/** A kind of the API whose objects live in namespaces, e.g. `batch` and `Job`. */
export interface NamespacedKind {
  /** Without its version; empty for the core group. */
  readonly group: string;
  readonly kind: string;
}

interface AllowedKinds {
  readonly namespaced: readonly NamespacedKind[];
  readonly cluster: readonly {
    readonly group: string;
    readonly kind: string;
    readonly name: string;
  }[];
}

/**
 * AppProject that restricts an environment to one repository, cluster and namespace and to an explicit list of
 * kinds. Orphaned resources of the namespace are reported.
 */
export class ArgoCdProject extends Construct {
  constructor(
    scope: Construct,
    id: string,
    readonly props: ArgoCdProjectProps,
  ) {
    super(scope, id);
    checkProps(this, ARGOCD_PROJECT_PROPS, props);
    this.node.addValidation({ validate: () => faults(props) });
    const { namespaced, cluster } = allowedKinds(props);
    new AppProject(this, 'Resource', {
      metadata: { name: props.name },
      spec: {
        description: props.description,
        sourceRepos: [props.repository],
        destinations: [{ ...props.cluster, namespace: props.namespace }],
        clusterResourceWhitelist: [...cluster],
        namespaceResourceWhitelist: [...namespaced],
        orphanedResources: { warn: true },
        ...(props.syncWindows?.length ? { syncWindows: props.syncWindows.map(syncWindow) } : {}),
      },
    });
  }
}

/** The kinds of some objects and those named beside them, in the order of their names. */
function allowedKinds({ allow, allowKinds = [] }: ArgoCdProjectProps): AllowedKinds {
  const namespaced = new Map(allowKinds.map((one) => [`${one.kind}.${one.group}`, one]));
  const cluster = new Map<string, AllowedKinds['cluster'][number]>();
  for (const {
    apiVersion,
    kind,
    metadata: { name, namespace },
  } of allow) {
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
    if (namespace !== undefined) namespaced.set(`${kind}.${group}`, { group, kind });
    else cluster.set(`${kind}.${group}/${name}`, { group, kind, name });
  }
  const sorted = <T>(kinds: Map<string, T>) =>
    [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
  return { namespaced: sorted(namespaced), cluster: sorted(cluster) };
}

/** For every Application of the project. A sync that has begun may end: cut off between two waves, half a release would stay. */
function syncWindow({
  kind,
  schedule,
  duration,
  timeZone,
  manualSync = true,
  description,
}: SyncWindow): AppProjectSpecSyncWindows {
  return {
    kind,
    schedule,
    duration,
    timeZone: timeZone ?? 'UTC',
    applications: ['*'],
    manualSync,
    syncOverrun: true,
    ...(description === undefined ? {} : { description }),
  };
}

function faults({
  name,
  description,
  repository,
  cluster,
  namespace,
  syncWindows = [],
}: ArgoCdProjectProps): string[] {
  return [
    ...checkName('name', name),
    ...(description.length <= 255
      ? []
      : [fault('description', 'is too long', description, 'at most 255 characters', 'shorten it')]),
    ...repositoryFaults(repository),
    ...('server' in cluster && !/^https:\/\/[^\s/*]+\/?$/.test(cluster.server)
      ? [
          fault(
            'cluster.server',
            'is not the address of an API server',
            cluster.server,
            'one such as https://kubernetes.default.svc',
            'correct it',
          ),
        ]
      : []),
    ...('name' in cluster && !/^[^\s*!]+$/.test(cluster.name)
      ? [
          fault(
            'cluster.name',
            'is not one cluster',
            cluster.name,
            'a name that "argocd cluster list" shows',
            'correct it',
          ),
        ]
      : []),
    ...checkName('namespace', namespace.replace(/(?<=[a-z0-9]-)\*$/, '0')),
    ...syncWindows.flatMap((window, index) => syncWindowFaults(`syncWindows.${index}`, window)),
  ];
}

function repositoryFaults(repository: string): string[] {
  const expected = 'an address such as https://github.com/shop/manifests.git';
  // An address with a password must not reach a log.
  if (/^https?:\/\/[^/\s]*@/.test(repository))
    return [
      `repository holds a credential, expected ${expected}; keep the credential in a Secret of Argo CD`,
    ];
  const one = /^((https:\/\/|ssh:\/\/git@)[^\s*!/]+(\/[^\s*!/]+)+|git@[^\s*!/:]+:[^\s*!]+)$/.test(
    repository,
  );
  return one
    ? []
    : [
        fault(
          'repository',
          'is not one repository',
          repository,
          expected,
          'name it without wildcards',
        ),
      ];
}
