import type { Manifest } from '../lib/manifests';
import {
  CREATE_NAMESPACE,
  isInEveryPreview,
  kindOf,
  OF_CONTROLLERS,
  PREVIEW_NAMESPACES,
} from './argocd-kinds';
import { type Node, objectRule, type Rule } from './check';

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
  [CREATE_NAMESPACE]: 'a namespace without Pod Security would be made',
};

/** An Application, or what an ApplicationSet makes of its template for the first pull request. */
interface Subject {
  readonly application: Node;
  readonly preview: boolean;
  /** It makes the namespace of a preview, from what was reviewed. */
  readonly makesNamespace: boolean;
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
    const makesNamespace = object.metadata.name === PREVIEW_NAMESPACES;
    const rendered = objects.filter(({ kind, metadata }) =>
      makesNamespace
        ? isInEveryPreview({ kind, metadata })
        : metadata.namespace === namespace || (kind === 'Namespace' && metadata.name === namespace),
    );
    const project = objects.find(
      ({ kind, metadata }) => kind === 'AppProject' && metadata.name === application.spec.project,
    );
    return problems({ application, preview, makesNamespace, rendered, project }).filter(
      (problem) => typeof problem === 'string',
    );
  });
}

const optionsOf = (application: Node): string[] => application.spec.syncPolicy?.syncOptions ?? [];

/** How Argo CD applies an environment. */
export const applicationRules: readonly Rule[] = [
  applicationRule(
    'a sync applies everything, and waits for it wave by wave',
    ({ application, rendered, makesNamespace }) => [
      ...optionsOf(application).map(
        (option) =>
          option in DANGEROUS &&
          !(makesNamespace && option === CREATE_NAMESPACE) &&
          `has ${option}: ${DANGEROUS[option]}`,
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
    ({ application: { spec }, rendered, preview, makesNamespace }) => {
      const folder = makesNamespace
        ? 'argocd/preview-namespace'
        : preview
          ? 'preview-1'
          : environmentOf(spec.project);
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
