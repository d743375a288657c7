import type { Manifest } from '../lib/manifests';
import { type Node, objectRule, type Rule } from './check';

/** Kinds that a release may bring into an environment or take away, so they are allowed where none is rendered. */
const OF_RELEASES = [
  'autoscaling/HorizontalPodAutoscaler',
  'batch/Job',
  'policy/PodDisruptionBudget',
];

/** Kinds that controllers make and people look at. In git they would be pods that nothing starts again and no budget protects. */
const OF_CONTROLLERS: { readonly [kind: string]: string } = {
  'apps/ReplicaSet': 'nobody would see it in Argo CD, nor its pods',
  '/Pod': 'nobody would see it, its events and its logs in Argo CD',
};

const FINALIZER = 'resources-finalizer.argocd.argoproj.io';
const SYNC_OPTIONS = 'argocd.argoproj.io/sync-options';
const HOOKS = ['argocd.argoproj.io/hook', 'argocd.argoproj.io/hook-delete-policy', 'helm.sh/hook'];
const PLACEHOLDER = 'seda.fm/placeholder';

/** Options that take something from the order in which a change reaches the cluster, and what goes wrong then. */
export const DANGEROUS: { readonly [option: string]: string } = {
  'ApplyOutOfSyncOnly=true':
    'a second attempt would not wait for a Deployment that is in sync and broken',
  'PruneLast=true':
    'a prune would add a wave behind the last one, which would then wait for the colour that traffic leaves',
  'Replace=true': 'Jobs cannot be replaced, and Services would lose their address',
  'Force=true': 'objects would be deleted and made again',
  'RespectIgnoreDifferences=true':
    'an idle colour would keep its live number of pods, which is none, and take the traffic',
  'Validate=false': 'nobody would tell that a field is misspelt',
  'CreateNamespace=true': 'a namespace without Pod Security would be made',
};

/** An Application, or what an ApplicationSet makes of its template for the first pull request. */
interface Subject {
  readonly application: Node;
  readonly preview: boolean;
  /** The objects in its namespace, and the namespace itself. */
  readonly rendered: readonly Manifest[];
  readonly project: Manifest | undefined;
}

type Problems = (subject: Subject) => readonly (string | false | undefined)[];

function applicationRule(name: string, problems: Problems): Rule {
  return objectRule(name, ['Application', 'ApplicationSet'], (object, objects) => {
    const preview = object.kind === 'ApplicationSet';
    const application = preview
      ? JSON.parse(JSON.stringify(object.spec.template).replaceAll('{{.number}}', '1'))
      : object;
    const { namespace } = application.spec.destination;
    const rendered = objects.filter(
      ({ kind, metadata }) =>
        metadata.namespace === namespace || (kind === 'Namespace' && metadata.name === namespace),
    );
    const project = objects.find(
      ({ kind, metadata }) => kind === 'AppProject' && metadata.name === application.spec.project,
    );
    return problems({ application, preview, rendered, project }).filter(
      (problem) => typeof problem === 'string',
    );
  });
}

const optionsOf = (application: Node): string[] => application.spec.syncPolicy?.syncOptions ?? [];
const kindOf = ({ apiVersion, kind }: Manifest): string =>
  `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${kind}`;

/** Paths and values of a text that a pull request would decide beyond its number. */
function templated(object: Node): string[] {
  return [...JSON.stringify(object.spec.template).matchAll(/\{\{(.*?)\}\}/g)].map(
    ([, expression]) => expression!.trim(),
  );
}

/** How Argo CD applies an environment. */
const applications: readonly Rule[] = [
  applicationRule(
    'a sync applies everything, and waits for it wave by wave',
    ({ application, rendered }) => [
      ...optionsOf(application).map(
        (option) => option in DANGEROUS && `has ${option}: ${DANGEROUS[option]}`,
      ),
      ...rendered.flatMap(({ kind, metadata }) =>
        (metadata.annotations?.[SYNC_OPTIONS]?.split(',') ?? []).map(
          (option) =>
            option in DANGEROUS &&
            `applies ${kind}/${metadata.name} with ${option}: ${DANGEROUS[option]}`,
        ),
      ),
    ],
  ),
  applicationRule('git alone says how many pods there are', ({ application }) => [
    (application.spec.ignoreDifferences ?? []).length > 0 &&
      'ignores differences, and would keep what a hand or an idle colour left there',
  ]),
  applicationRule('the API server says what differs', ({ application }) => [
    !optionsOf(application).includes('ServerSideApply=true') &&
      'applies on the client, so a key that a hand added to a selector would stay',
    application.metadata.annotations?.['argocd.argoproj.io/compare-options'] !==
      'ServerSideDiff=true' &&
      'compares with what was applied last, and does not see what a hand added',
  ]),
  applicationRule(
    'a failed sync ends, and the next one takes the newest commit',
    ({ application: { spec } }) => {
      const { limit, refresh, backoff } = spec.syncPolicy?.retry ?? {};
      return [
        (limit === undefined || limit < 1 || limit > 3) &&
          `retries ${limit ?? 5} times, and every commit waits for that`,
        refresh !== true && 'retries the commit that failed, not the one that mends it',
        backoff?.maxDuration === undefined && 'waits longer and longer between retries',
      ];
    },
  ),
  applicationRule(
    'git is applied by itself, unless somebody has to fill something in',
    ({ application: { spec }, rendered }) => {
      const { enabled, prune, selfHeal, allowEmpty } = spec.syncPolicy?.automated ?? {};
      const waits = rendered.some(
        ({ metadata, spec: { replicas } = {} as Node }) =>
          metadata.annotations?.[PLACEHOLDER] !== undefined && replicas !== 0,
      );
      return [
        enabled === undefined &&
          'does not say whether automation is on, so applying it again would not turn it on after an incident',
        enabled === true && waits && 'applies what still has placeholders',
        enabled === false && !waits && 'does not apply what is ready',
        prune !== true && 'leaves what is no longer rendered',
        selfHeal !== true && 'leaves what a hand has changed',
        allowEmpty === true && 'deletes everything when the folder is empty',
      ];
    },
  ),
  applicationRule(
    'only manifests are read, from one folder of one environment',
    ({ application: { spec }, rendered, preview }) => {
      const folder = preview ? 'preview-1' : environmentOf(spec.project);
      return [
        spec.sources !== undefined && 'has more than one source',
        spec.source?.path !== `dist/${folder}` && `reads ${spec.source?.path}`,
        spec.source?.directory?.include !== '*.k8s.yaml' &&
          'takes every YAML and JSON in the folder for manifests',
        ['helm', 'kustomize', 'plugin'].some((tool) => spec.source?.[tool] !== undefined) &&
          'renders in the cluster',
        rendered.length === 0 &&
          `applies to ${spec.destination.namespace}, where nothing is rendered`,
      ];
    },
  ),
  applicationRule(
    'an environment outlives its Application, and a preview does not',
    ({ application, preview }) => {
      const cascades = (application.metadata.finalizers ?? []).includes(FINALIZER);
      const kept = optionsOf(application).includes('Delete=false');
      if (preview)
        return [(!cascades || kept) && 'leaves everything behind when the pull request is closed'];
      return [(cascades || !kept) && 'takes the environment along when it is deleted'];
    },
  ),
  applicationRule('no two Applications hold one object', ({ application }) => [
    !optionsOf(application).includes('FailOnSharedResource=true') &&
      'takes objects away from another Application',
  ]),
  applicationRule(
    'nothing is a hook, which a self-heal skips and a retry runs again',
    ({ rendered }) =>
      rendered.flatMap(({ kind, metadata, spec }) => [
        HOOKS.some((hook) => metadata.annotations?.[hook] !== undefined) &&
          `applies ${kind}/${metadata.name}, a hook`,
        (metadata as Node).generateName !== undefined &&
          `applies ${kind}/${(metadata as Node).generateName}, another one each time`,
        kind === 'Job' &&
          spec.suspend !== undefined &&
          `applies Job/${metadata.name}, which is healthy as soon as somebody resumes it`,
      ]),
  ),
  applicationRule('what controllers make is not in git', ({ rendered }) =>
    rendered.map(
      (object) =>
        kindOf(object) in OF_CONTROLLERS &&
        `applies ${object.kind}/${object.metadata.name}, which no controller would start again`,
    ),
  ),
  applicationRule('a sync never deletes the namespace', ({ rendered }) =>
    rendered
      .filter(({ kind }) => kind === 'Namespace')
      .map(
        ({ metadata }) =>
          !metadata.annotations?.[SYNC_OPTIONS]?.split(',').includes('Prune=false') &&
          `may prune Namespace/${metadata.name}`,
      ),
  ),
  applicationRule(
    'its project is there and admits what it needs',
    ({ application: { spec }, project }) => [
      project === undefined && `belongs to ${spec.project}, which is not rendered`,
      project !== undefined &&
        !project.spec.sourceRepos.includes(spec.source?.repoURL) &&
        `reads ${spec.source?.repoURL}, which its project does not admit`,
    ],
  ),
];

/** The environment that a project is of. */
function environmentOf(project: string): string {
  return project.replace(/^seda-/, '');
}

/** The fence around an environment. */
const projects: readonly Rule[] = [
  objectRule('a project has one repository', ['AppProject'], ({ spec }) => [
    (spec.sourceRepos.length !== 1 ||
      spec.sourceRepos.some((repository: string) => /[*!]/.test(repository))) &&
      `reads ${spec.sourceRepos.join(', ')}`,
  ]),
  objectRule('a project has one namespace of one cluster', ['AppProject'], ({ metadata, spec }) => {
    const [{ namespace = '*', server, name } = {} as Node] = spec.destinations;
    const number = metadata.name === 'seda-preview' ? /^seda-preview-\*$/ : /^[a-z0-9-]+$/;
    return [
      spec.destinations.length !== 1 && `has ${spec.destinations.length} destinations`,
      !number.test(namespace) && `may change ${namespace}`,
      /[*!]/.test(server ?? name ?? '*') && `may change any cluster`,
      spec.sourceNamespaces !== undefined && 'takes Applications from other namespaces',
    ];
  }),
  objectRule(
    'a project allows the kinds that are rendered or made of them, and no other',
    ['AppProject'],
    ({ metadata, spec }, objects) => {
      const namespace = spec.destinations[0]?.namespace?.replace('*', '1');
      const inside = objects
        .filter((object) => object.metadata.namespace === namespace)
        .map(kindOf);
      const allowed: string[] = (spec.namespaceResourceWhitelist ?? []).map(
        ({ group, kind }: Node) => `${group}/${kind}`,
      );
      const cluster: Node[] = spec.clusterResourceWhitelist ?? [];
      return [
        spec.namespaceResourceWhitelist === undefined && 'allows every kind',
        ...[...new Set(inside)].map(
          (kind) => !allowed.includes(kind) && `does not allow ${kind}, which is rendered`,
        ),
        ...allowed.map(
          (kind) =>
            !inside.includes(kind) &&
            !OF_RELEASES.includes(kind) &&
            !(kind in OF_CONTROLLERS) &&
            `allows ${kind}, which is not rendered`,
        ),
        ...Object.entries(OF_CONTROLLERS).map(
          ([kind, reason]) => !allowed.includes(kind) && `does not allow ${kind}: ${reason}`,
        ),
        ...OF_RELEASES.map(
          (kind) =>
            metadata.name !== 'seda-preview' &&
            !allowed.includes(kind) &&
            `does not allow ${kind}, which a release may bring`,
        ),
        cluster.length !== 1 && `allows ${cluster.length} kinds outside of namespaces`,
        ...cluster.map(
          ({ group, kind, name }) =>
            (group !== '' || kind !== 'Namespace' || name !== spec.destinations[0]?.namespace) &&
            `allows ${group}/${kind} ${name ?? '*'}`,
        ),
      ];
    },
  ),
  objectRule('what nobody rendered is reported', ['AppProject'], ({ spec }) => [
    spec.orphanedResources?.warn !== true && 'says nothing about objects that are left over',
  ]),
  objectRule('a sync that has begun may end', ['AppProject'], ({ spec }) =>
    (spec.syncWindows ?? []).map(
      ({ schedule, syncOverrun }: Node) =>
        syncOverrun !== true &&
        `stops between two waves when the window "${schedule}" opens or closes`,
    ),
  ),
];

/** Previews of pull requests, whose authors may be anybody. */
const previews: readonly Rule[] = [
  objectRule(
    'a pull request decides its number, and nothing else',
    ['ApplicationSet'],
    (object) => [
      (object.spec.goTemplate !== true ||
        !object.spec.goTemplateOptions?.includes('missingkey=error')) &&
        'renders a missing value as text',
      ...templated(object).map((expression) => expression !== '.number' && `renders ${expression}`),
      /[{*]/.test(object.spec.template.spec.project) && 'lets a pull request choose its project',
    ],
  ),
  objectRule('a preview is asked for by a label', ['ApplicationSet'], ({ spec }) =>
    spec.generators.map(
      ({ pullRequest }: Node) => !pullRequest?.github?.labels?.length && 'runs what anybody sends',
    ),
  ),
  objectRule('a preview comes and goes within minutes', ['ApplicationSet'], ({ spec }) => [
    ...spec.generators.map(
      ({ pullRequest }: Node) =>
        !(pullRequest?.requeueAfterSeconds <= 600) && 'looks at the pull requests twice an hour',
    ),
    (spec.syncPolicy?.applicationsSync !== 'sync' ||
      spec.syncPolicy?.preserveResourcesOnDeletion !== false) &&
      'keeps previews of pull requests that are closed',
  ]),
];

/** What must hold for what Argo CD is told. */
export const argocdRules: readonly Rule[] = [...applications, ...projects, ...previews];
