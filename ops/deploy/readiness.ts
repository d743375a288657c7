import type { Manifest } from '../../lib/manifests';

/** What an object is on its way to. */
export interface Readiness {
  readonly state: 'healthy' | 'progressing' | 'degraded';
  /** Why it is not healthy, in a few words. */
  readonly message: string;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

const healthy: Readiness = { state: 'healthy', message: '' };
const progressing = (message: string): Readiness => ({ state: 'progressing', message });
const degraded = (message: string): Readiness => ({ state: 'degraded', message });

const conditionsOf = (object: Manifest): Condition[] => object.status?.conditions ?? [];
const has = (object: Manifest, type: string, status = 'True') =>
  conditionsOf(object).find((condition) => condition.type === type && condition.status === status);
const words = ({ reason, message }: Condition) =>
  [reason, message].filter((part) => part).join(': ');

/** The rules of Argo CD's health checks, kind by kind; a kind without a rule is healthy once it is there. */
const RULES: { readonly [kind: string]: (object: Manifest) => Readiness } = {
  Deployment: deployment,
  Job: job,
  ExternalSecret: externalSecret,
  Certificate: (object) =>
    has(object, 'Issuing')
      ? progressing('is being issued')
      : byReady(object, 'waits for cert-manager'),
  HorizontalPodAutoscaler: autoscaler,
  PersistentVolumeClaim: ({ status }) =>
    status?.phase === 'Bound'
      ? healthy
      : status?.phase === 'Lost'
        ? degraded('its volume is lost')
        : progressing('waits for a volume'),
  Ingress: ({ status }) =>
    status?.loadBalancer?.ingress?.length > 0 ? healthy : progressing('has no address yet'),
  HTTPRoute: httpRoute,
};

/** Whether an object, as the API server has it, is as it should be. */
export function readiness(object: Manifest): Readiness {
  const { deletionTimestamp, finalizers = [] } = object.metadata as {
    deletionTimestamp?: string;
    finalizers?: readonly string[];
  };
  if (deletionTimestamp !== undefined)
    return progressing(`is being deleted, and waits for ${finalizers.join(', ') || 'its end'}`);
  return RULES[object.kind]?.(object) ?? healthy;
}

function deployment(object: Manifest): Readiness {
  const { metadata, spec, status = {} } = object;
  const { generation = 0 } = metadata as { generation?: number };
  if (spec.paused) return progressing('is paused');
  if ((status.observedGeneration ?? 0) < generation)
    return progressing('is not seen by its controller yet');
  const late = conditionsOf(object).find(
    ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
  );
  if (late) return degraded(words(late));
  const { replicas = 1 } = spec;
  const { updatedReplicas = 0, availableReplicas = 0 } = status;
  if (updatedReplicas < replicas)
    return progressing(`${updatedReplicas} of ${replicas} pods are new`);
  if ((status.replicas ?? 0) > updatedReplicas)
    return progressing(`${status.replicas - updatedReplicas} old pods are ending`);
  if (availableReplicas < updatedReplicas)
    return progressing(`${availableReplicas} of ${updatedReplicas} pods are available`);
  return healthy;
}

function job(object: Manifest): Readiness {
  const failed = has(object, 'Failed');
  if (failed) return degraded(words(failed));
  return has(object, 'Complete')
    ? healthy
    : progressing(object.status?.active > 0 ? 'runs' : 'starts');
}

/** Argo CD takes an old Ready for a new one; the operator says which generation it has synced. */
function externalSecret(object: Manifest): Readiness {
  const { generation } = object.metadata as { generation?: number };
  const synced: string | undefined = object.status?.syncedResourceVersion;
  if (synced !== undefined && generation !== undefined && !synced.startsWith(`${generation}-`))
    return progressing('waits for the operator');
  return byReady(object, 'waits for the operator');
}

function byReady(object: Manifest, otherwise: string): Readiness {
  if (has(object, 'Ready')) return healthy;
  const not = has(object, 'Ready', 'False');
  return not ? degraded(words(not)) : progressing(otherwise);
}

/** What the controller of one parent says of a route. */
export interface ParentStatus {
  readonly parentRef: {
    readonly name: string;
    readonly namespace?: string;
    readonly sectionName?: string;
  };
  readonly conditions?: readonly (Condition & { readonly observedGeneration?: number })[];
}

/** What controllers say of the route as it is now; what they said of an earlier one does not count. */
export function currentParents({ metadata, status }: Manifest): ParentStatus[] {
  const { generation } = metadata as { generation?: number };
  return ((status?.parents ?? []) as ParentStatus[]).filter(
    ({ conditions = [] }) =>
      conditions.length > 0 &&
      conditions.every(({ observedGeneration = generation }) => observedGeneration === generation),
  );
}

/** A route that is accepted; whether the proxies serve it already, its status does not say. */
function httpRoute(object: Manifest): Readiness {
  const parents = currentParents(object);
  const wrong = parents
    .flatMap(({ conditions = [] }) => conditions)
    .find(({ type, status }) => status === 'False' && ['Accepted', 'ResolvedRefs'].includes(type));
  if (wrong) return degraded(words(wrong));
  if (parents.length > 0) return healthy;
  return progressing(
    (object.status?.parents ?? []).length > 0
      ? 'is not seen by its controller yet'
      : 'no controller has taken it',
  );
}

/** An autoscaler of a Deployment without pods is switched off and well. */
function autoscaler(object: Manifest): Readiness {
  const wrong = conditionsOf(object).find(
    ({ type, status, reason }) =>
      status === 'False' &&
      reason !== 'ScalingDisabled' &&
      ['AbleToScale', 'ScalingActive'].includes(type),
  );
  if (wrong) return degraded(words(wrong));
  return conditionsOf(object).length > 0 ? healthy : progressing('waits for its controller');
}
