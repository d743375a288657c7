import { kubectlCommand } from '../cluster/kubectl-command';
import { calledOf } from '../../lib/kubernetes/identity';
import { serviceMatches } from '../../lib/kubernetes/selection';
import { troubleOf } from '../deploy/failure';
import { readiness, type Readiness } from '../deploy/readiness';
import type { Manifest } from '../../lib/manifests';
import type { Pod } from './cluster';
import type { Finding, Place } from './finding';

/** Kinds whose health is looked at here; an Ingress has a check of its own. */
export const HEALTH_KINDS = [
  'Deployment',
  'Job',
  'ExternalSecret',
  'Certificate',
  'HorizontalPodAutoscaler',
  'PersistentVolumeClaim',
];
/** A pod may take this long before it is a fault that it is not ready. */
const STARTING_SECONDS = 120;
const EVENTS = 3;

/** What the check of the workloads looks at. */
export interface WorkloadsInput {
  /** Objects as they are. */
  readonly live: readonly Manifest[];
  readonly pods: readonly Pod[];
  /** Events of type Warning. */
  readonly events: readonly Manifest[];
  /** Of each Deployment and Job that is not healthy, what `podTrouble` says. */
  readonly troubles: ReadonlyMap<string, readonly string[]>;
  readonly now: Date;
}

/** Words of a pod that does not start: what they mean, and what mends it. */
const MEANINGS: readonly (readonly [RegExp, string, (place: Place, pod: string) => string])[] = [
  [
    /ImagePull|ErrImage|InvalidImageName/,
    'the registry does not have the image, or does not give it to this cluster',
    ({ name }) =>
      `release an image that exists: seda release stage ${name} --image REF; or let the nodes read the registry`,
  ],
  [
    /CreateContainerConfigError/,
    'a Secret, a ConfigMap or a key that the pod names is not there',
    (place, pod) => `put it there; its name is in: ${kubectlCommand(place, `describe pod ${pod}`)}`,
  ],
  [
    /OOMKilled|exit code 137/,
    'it used more memory than its limit and was killed',
    ({ name }) => `raise resources.limits.memory in environments/${name}.ts, render and deploy`,
  ],
  [
    /CrashLoopBackOff/,
    'the process ends soon after it starts',
    (place, pod) =>
      `read why it ended: ${kubectlCommand(place, `logs ${pod} --previous --tail=100`)}`,
  ],
  [
    /no node takes it/,
    'no node has room, or none may take it',
    ({ name }) => `add nodes, or lower resources.requests in environments/${name}.ts`,
  ],
  [
    /exceeded quota/,
    'the quota of the namespace is used up',
    (place) =>
      `retire a warm colour where there is one (seda release retire ${place.name}), or raise the quota`,
  ],
  [
    /no pod /,
    'its controller could not make a pod',
    (place) => `see why: ${kubectlCommand(place, 'get events --sort-by=.lastTimestamp')}`,
  ],
  [
    /readiness probe/,
    'its health endpoint says no, mostly because the database or another service is not reached',
    (place, pod) => `see what it says: ${kubectlCommand(place, `logs ${pod} --tail=100`)}`,
  ],
  [
    /exit code/,
    'the process ended with an error',
    (place, pod) => `read its last words: ${kubectlCommand(place, `logs ${pod} --tail=100`)}`,
  ],
];

/** Objects that are not healthy, by the rules of the deploy; a Deployment or Job with its worst pod. */
export function workloadFindings(input: WorkloadsInput, place: Place): Finding[] {
  return unhealthy(input.live).map(({ object, health }) =>
    ['Deployment', 'Job'].includes(object.kind)
      ? ofPods(object, health, input, place)
      : ofOperator(object, health, place),
  );
}

/** The objects that are not as they should be. */
export function unhealthy(
  live: readonly Manifest[],
): { readonly object: Manifest; readonly health: Readiness }[] {
  return live
    .filter(({ kind }) => HEALTH_KINDS.includes(kind))
    .flatMap((object) => {
      const health = readiness(object);
      return health.state === 'healthy' ? [] : [{ object, health }];
    });
}

/** The pods of a Deployment or a Job. */
export function podsOf({ kind, metadata, spec }: Manifest, pods: readonly Pod[]): Pod[] {
  const selector =
    kind === 'Job'
      ? { 'batch.kubernetes.io/job-name': metadata.name }
      : spec?.selector?.matchLabels;
  return pods.filter((pod) => serviceMatches(selector, pod.metadata.labels));
}

function ofPods(
  object: Manifest,
  { state, message }: Readiness,
  { pods, events, troubles, now }: WorkloadsInput,
  place: Place,
): Finding {
  const name = calledOf(object);
  const [trouble = refused(object, events), ...words] = troubles.get(name) ?? [];
  const pod = /^pod (\S+): /.exec(trouble ?? '')?.[1];
  const troubled = podsOf(object, pods).filter((one) => troubleOf(one) !== undefined);
  const young = troubled.every(
    (one) => now.getTime() - Date.parse(one.metadata.creationTimestamp) < STARTING_SECONDS * 1000,
  );
  const starts =
    state === 'progressing' &&
    young &&
    (trouble === undefined || /not started|readiness probe/.test(trouble));
  const { cause, remedy } =
    message === 'is paused'
      ? paused(object, place)
      : starts
        ? starting(place)
        : meant(object, trouble, pod, place);
  const again =
    object.kind === 'Job' && state === 'degraded'
      ? [
          `to run it again: ${kubectlCommand(place, `delete job ${object.metadata.name}`)}, then deploy`,
        ]
      : [];
  return {
    severity: starts ? 'warning' : 'error',
    object: name,
    found: [message, trouble].filter((part) => part).join('; '),
    cause,
    remedy,
    details: [...(pod === undefined ? [] : eventsOf(pod, events)), ...words, ...again],
  };
}

type Advice = Pick<Finding, 'cause' | 'remedy'>;

function paused({ metadata }: Manifest, place: Place): Advice {
  return {
    cause: 'somebody paused its rollout',
    remedy: kubectlCommand(place, `rollout resume deployment ${metadata.name}`),
  };
}

function starting({ name, context }: Place): Advice {
  return {
    cause: 'it is on its way',
    remedy: `wait, then ask again: seda doctor ${name} --context ${context}`,
  };
}

function meant(
  { kind, metadata }: Manifest,
  trouble: string | undefined,
  pod: string | undefined,
  place: Place,
): Advice {
  const [, cause, remedy] = MEANINGS.find(([pattern]) => pattern.test(trouble ?? '')) ?? [];
  if (cause === undefined || remedy === undefined)
    return {
      cause: 'its controller has not said',
      remedy: `see ${kubectlCommand(place, `describe ${kind.toLowerCase()} ${metadata.name}`)}`,
    };
  return { cause, remedy: remedy(place, pod ?? metadata.name) };
}

/** A quota or an admission may refuse further pods while the first ones run. */
function refused({ metadata }: Manifest, events: readonly Manifest[]): string | undefined {
  const last = events
    .filter(
      ({ reason, involvedObject }) =>
        reason === 'FailedCreate' && String(involvedObject?.name).startsWith(metadata.name),
    )
    .at(-1);
  return last && `no pod was made: ${last.message}`;
}

/** The last warnings about a pod; the kubelet repeats itself. */
function eventsOf(pod: string, events: readonly Manifest[]): string[] {
  const own = events.filter(
    ({ involvedObject }) => involvedObject?.kind === 'Pod' && involvedObject.name === pod,
  );
  return [
    ...new Set(own.map(({ reason, message }) => `event ${reason}: ${String(message).trim()}`)),
  ].slice(-EVENTS);
}

/** What each operator waits for, and where its reason is. */
const OPERATORS: {
  readonly [kind: string]: {
    readonly cause: string;
    readonly remedy: (place: Place, name: string) => string;
  };
} = {
  ExternalSecret: {
    cause:
      'the External Secrets Operator cannot read a value from the secret store, or does not run',
    remedy: (place, name) =>
      `put the value into the store, then: ${kubectlCommand(place, `annotate externalsecret ${name} force-sync=$(date +%s) --overwrite`)}`,
  },
  Certificate: {
    cause:
      'cert-manager cannot have it issued: its issuer, the DNS of the host, or the way in for the challenge',
    remedy: (place, name) =>
      `see which: ${kubectlCommand(place, `describe certificate ${name}`)}, then ${kubectlCommand(place, 'describe challenges')}`,
  },
  HorizontalPodAutoscaler: {
    cause: 'it gets no metrics of the pods, so it keeps their number as it is',
    remedy: (place) => `see whether metrics-server runs: ${kubectlCommand(place, 'top pods')}`,
  },
  PersistentVolumeClaim: {
    cause: 'the cluster has no volume for it, or no StorageClass that makes one',
    remedy: (place, name) =>
      `see why: ${kubectlCommand(place, `describe persistentvolumeclaim ${name}`)}`,
  },
};

function ofOperator(
  { kind, metadata }: Manifest,
  { state, message }: Readiness,
  place: Place,
): Finding {
  const { cause, remedy } = OPERATORS[kind]!;
  return {
    severity: state === 'degraded' ? 'error' : 'warning',
    object: `${kind}/${metadata.name}`,
    found: message,
    cause,
    remedy: remedy(place, metadata.name),
  };
}
