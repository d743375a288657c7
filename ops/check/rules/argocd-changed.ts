import { ARGOCD_FOLDER } from '../../../environments/layout';
import type { Manifest } from '../../../lib/manifests';
import { parseQuantity } from '../../../lib/quantity';
import { canonicalText } from '../../rendering/canonical';
import type { Difference } from '../../rendering/differences';
import { calledOf } from '../../../lib/kubernetes/identity';
import { type Finding, finding, type Rule, type Step } from '../rule';
import { isDescriptive } from '../descriptive';

const KINDS = ['Application', 'AppProject', 'ApplicationSet'];

interface Source {
  readonly repoURL?: string;
  readonly path?: string;
  readonly targetRevision?: string;
}

/** Argo CD applies this folder of this branch to this cluster, and deletes nothing by itself that holds data. */
export const argocdChanged: Rule = {
  name: 'argocd-changed',
  protects:
    'Argo CD applies the folder of each environment from the same branch and repository to the same cluster, with the same options; a new environment is applied like those that are there.',
  refuse: (step) =>
    step.differences.flatMap((difference): Finding[] => {
      const { object, change } = difference;
      if (step.environment === ARGOCD_FOLDER && ![...KINDS, 'ResourceQuota'].includes(object.kind))
        return [
          finding(
            object,
            'it is none of what tells Argo CD what to apply, and would be applied beside it',
            'put it into the environment that it belongs to',
          ),
        ];
      if (object.kind === 'ResourceQuota' && step.environment === ARGOCD_FOLDER)
        return quotaFindings(difference);
      if (!KINDS.includes(object.kind) || isHarmless(difference, step)) return [];
      if (change === 'removed')
        return [
          finding(object, 'Argo CD would apply it no more, or delete what it applied', 'keep it'),
        ];
      if (change === 'added')
        return [
          finding(
            object,
            'it is no Application like those of the other environments',
            'let it apply a folder of its own of the same repository and branch, with the same options',
          ),
        ];
      return [changed(difference)];
    }),
  permit: (difference, step) =>
    KINDS.includes(difference.object.kind)
      ? isHarmless(difference, step)
      : // The limits of a preview, which Argo CD applies to its namespace.
        step.environment === ARGOCD_FOLDER && difference.object.kind === 'ResourceQuota',
};

/** What a preview may use at most: nobody reviews what runs in its namespace. */
function quotaFindings(difference: Difference): Finding[] {
  const { object, change, path, before, after } = difference;
  const [was, is] = [before, after].map((amount) => parseQuantity(String(amount)));
  const isLower = path[1] === 'hard' && was !== undefined && is !== undefined && is <= was;
  const isHarmless = change === 'added' || (path[0] === 'metadata' && isDescriptive(path[2] ?? ''));
  return isLower || isHarmless
    ? []
    : [
        change === 'removed'
          ? finding(object, 'the namespaces of previews would have no limits', LOOKED_AT)
          : changed(difference),
      ];
}

const LOOKED_AT = 'keep it, or allow it after somebody has looked at it';

function changed({ object, path, before, after }: Difference): Finding {
  const [was, is] = [before, after].map((value) => canonicalText(value) || 'nothing');
  return finding(object, `${path.join('.')} changes from ${was} to ${is}`, LOOKED_AT);
}

/** A sync that fails is tried again, and with it its migration and its gate. */
const MOST_RETRIES = 10;

function isHarmless(difference: Difference, step: Step): boolean {
  const { object, change, path, before, after } = difference;
  if (change === 'removed') return false;
  if (change === 'added') return isAlike(object, step);
  const field = path.join('.');
  if (path[0] === 'metadata') return isDescriptive(path[2] ?? '');
  if (field === 'spec.description' || field.startsWith('spec.info')) return true;
  if (field === 'spec.syncPolicy.retry.limit')
    return Number(after) >= Number(before) && Number(after) <= MOST_RETRIES;
  // The last placeholder is filled in.
  if (field === 'spec.syncPolicy.automated.enabled') return before === false && after === true;
  if (object.kind !== 'AppProject') return false;
  if (path[1] === 'syncWindows') return windowsKept(object, step);
  if (path[1] === 'sourceRepos') return reposNarrowed(object, step);
  return path[1] === 'namespaceResourceWhitelist' && kindsKept(object, step);
}

/** Fewer repositories may be the source, and those of the Applications still are. */
function reposNarrowed(object: Manifest, { base, next }: Step): boolean {
  const repos = (project: Manifest | undefined) =>
    (project?.spec?.sourceRepos ?? []) as readonly string[];
  const [old, now] = [repos(base.get(object.kind, object.metadata.name)), repos(object)];
  return (
    now.every((repo) => old.includes(repo) || (old.includes('*') && !repo.includes('*'))) &&
    next
      .ofKind('Application')
      .filter(({ spec }) => spec?.project === object.metadata.name)
      .every(({ spec }) => now.includes(spec?.source?.repoURL))
  );
}

/** A window in which nothing is synced may be added; one that is there stays. */
function windowsKept(object: Manifest, { base }: Step): boolean {
  const windows = (project: Manifest | undefined) =>
    ((project?.spec?.syncWindows ?? []) as { kind?: string; manualSync?: boolean }[]).map(
      (window) => ({
        // In a window that ends never, people must be able to do what must be done.
        isOpen: window.kind === 'deny' && window.manualSync === true,
        text: canonicalText(window),
      }),
    );
  const old = windows(base.get(object.kind, object.metadata.name));
  const now = windows(object);
  const added = now.filter(({ text }) => !old.some((one) => one.text === text));
  return (
    old.every(({ text }) => now.some((one) => one.text === text)) &&
    added.every(({ isOpen }) => isOpen)
  );
}

/** Kinds that an environment of this library may have. None gives rights to anybody but a ReferenceGrant, which no rule permits beside what is there. */
const ORDINARY = new Set([
  ...['ConfigMap', 'Service', 'ServiceAccount', 'Pod', 'PersistentVolumeClaim'],
  ...['Deployment', 'ReplicaSet', 'StatefulSet', 'Job', 'CronJob', 'HorizontalPodAutoscaler'],
  ...['Ingress', 'NetworkPolicy', 'PodDisruptionBudget', 'Certificate', 'ExternalSecret'],
  ...['HTTPRoute', 'ReferenceGrant', 'PrometheusRule', 'ServiceMonitor', 'PodMonitor', 'Probe'],
  ...['ResourceQuota', 'BackendTrafficPolicy', 'ClientTrafficPolicy', 'SecurityPolicy'],
]);

function kindsKept(object: Manifest, { base }: Pick<Step, 'base'>): boolean {
  const kinds = (project: Manifest | undefined) =>
    ((project?.spec?.namespaceResourceWhitelist ?? []) as { group: string; kind: string }[]).map(
      ({ group, kind }) => ({ kind, text: `${group}/${kind}` }),
    );
  const old = kinds(base.get(object.kind, object.metadata.name));
  const now = kinds(object);
  return (
    now.every(({ kind, text }) => ORDINARY.has(kind) || old.some((one) => one.text === text)) &&
    old.every(({ text }) => now.some((one) => one.text === text))
  );
}

/** Whether a new object is like those of the other environments; the first of all sets the example. */
function isAlike(object: Manifest, { base, next }: Step): boolean {
  if (base.objects.length === 0) return true;
  const peers = base.ofKind(object.kind);
  if (object.kind === 'ApplicationSet') return makesPreviews(object, next);
  const same = (field: (one: Manifest) => unknown) =>
    peers.some((peer) => canonicalText(field(peer)) === canonicalText(field(object)));
  if (object.kind === 'AppProject') {
    const { destinations = [], clusterResourceWhitelist = [] } = object.spec ?? {};
    const names = (destinations as { namespace?: string }[]).map(({ namespace }) => namespace);
    return (
      same(({ spec }) => spec?.sourceRepos) &&
      names.length === 1 &&
      isFree(names[0] ?? '*', base) &&
      (clusterResourceWhitelist as { kind?: string; name?: string }[]).every(
        ({ kind, name }) => kind === 'Namespace' && name === names[0],
      ) &&
      kindsKept(object, { base })
    );
  }
  const source = (object.spec?.source ?? {}) as Source;
  return (
    same(({ spec }) => spec?.source?.repoURL) &&
    same(({ spec }) => spec?.source?.targetRevision) &&
    same(({ spec }) => spec?.syncPolicy?.syncOptions) &&
    same(({ spec }) => spec?.destination?.server ?? spec?.destination?.name) &&
    object.spec?.sources === undefined &&
    object.spec?.ignoreDifferences === undefined &&
    object.spec?.project !== 'default' &&
    source.path !== undefined &&
    !isTaken(object, base)
  );
}

/** A namespace, or several by a pattern, that no other project may write to. */
function isFree(pattern: string, base: Step['base']): boolean {
  if (/^[*!]/.test(pattern) || !/^[a-z0-9-]{4,}\*?$/.test(pattern)) return false;
  const matches = (one: string, namespace: string) =>
    one.endsWith('*') ? namespace.startsWith(one.slice(0, -1)) : one === namespace;
  const taken = base
    .ofKind('AppProject')
    .flatMap(({ spec }) => (spec?.destinations ?? []) as { namespace?: string }[])
    .map(({ namespace = '' }) => namespace);
  return !taken.some((namespace) => matches(pattern, namespace) || matches(namespace, pattern));
}

/** An ApplicationSet of pull requests, in a project that may write to namespaces of previews alone. */
function makesPreviews({ spec }: Manifest, next: Step['next']): boolean {
  const generators = (spec?.generators ?? []) as object[];
  const { project, source, sources } = (spec?.template?.spec ?? {}) as {
    project?: string;
    source?: Source;
    sources?: unknown;
  };
  const [destination] = (next.get('AppProject', project ?? '')?.spec?.destinations ?? []) as {
    namespace?: string;
  }[];
  return (
    generators.length > 0 &&
    generators.every((generator) => Object.keys(generator).join() === 'pullRequest') &&
    sources === undefined &&
    spec?.templatePatch === undefined &&
    next
      .ofKind('Application')
      .some((application) => application.spec?.source?.repoURL === source?.repoURL) &&
    /-\*$/.test(destination?.namespace ?? '')
  );
}

/** Nothing else applies that folder, or is applied to that namespace. */
function isTaken(object: Manifest, base: Step['base']): boolean {
  const claims = (one: Manifest) =>
    one.kind === 'Application'
      ? [one.spec?.source?.path, one.spec?.destination?.namespace]
      : ((one.spec?.destinations ?? []) as { namespace?: string }[]).map(
          ({ namespace }) => namespace,
        );
  return base
    .ofKind(object.kind)
    .filter((one) => calledOf(one) !== calledOf(object))
    .some((one) => claims(one).some((claim) => claims(object).includes(claim)));
}
