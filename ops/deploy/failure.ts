import { Gateways } from '../cluster/gateways';
import type { Kubectl } from '../cluster/kubectl';
import { parentTroubles, untaken } from '../cluster/route-trouble';
import type { Manifest } from '../../lib/manifests';

const LOG_LINES = 10;

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly deletionTimestamp?: string;
    readonly creationTimestamp: string;
  };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
      readonly reason?: string;
    }[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: {
    readonly waiting?: Reason;
    readonly terminated?: Reason & { readonly exitCode: number };
    readonly running?: object;
  };
  readonly lastState?: { readonly terminated?: Reason & { readonly exitCode: number } };
}

interface Reason {
  readonly reason?: string;
  readonly message?: string;
}

/** Why an object is not well, as far as something beside it says so: its pods, or the Gateway of a route. */
export async function troubleWith(kubectl: Kubectl, object: Manifest): Promise<string[]> {
  if (['Deployment', 'Job'].includes(object.kind)) return podTrouble(kubectl, object);
  return object.kind === 'HTTPRoute' ? routeTrouble(kubectl, object) : [];
}

async function routeTrouble(kubectl: Kubectl, route: Manifest): Promise<string[]> {
  const parents = await new Gateways(kubectl).parentsOf(route);
  const troubles = parents.flatMap((parent) => parentTroubles(route, parent, kubectl));
  return troubles.length > 0
    ? troubles.map(({ object, found, cause, remedy }) => `${object}: ${found}; ${cause}; ${remedy}`)
    : parents.map(({ ref, gateway }) => untaken(ref, gateway));
}

/** Why the pods of a Deployment or a Job are not well: for the worst of them, its reason and its last words. */
export async function podTrouble(kubectl: Kubectl, object: Manifest): Promise<string[]> {
  const labels: Record<string, string> =
    object.kind === 'Job'
      ? { 'batch.kubernetes.io/job-name': object.metadata.name }
      : object.spec.selector.matchLabels;
  const selector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const { items } = await kubectl.json<{ items: Pod[] }>(
    `cannot read the pods of ${object.metadata.name}`,
    ['get', 'pods', `--selector=${selector}`],
  );
  const troubled = items
    .filter((pod) => troubleOf(pod) !== undefined)
    .sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1));
  const [pod] = troubled;
  if (!pod) return items.length === 0 ? [await eventsOf(kubectl, object)] : [];
  const more = troubled.length > 1 ? ` (and ${troubled.length - 1} more like it)` : '';
  return [`pod ${pod.metadata.name}: ${troubleOf(pod)}${more}`, ...(await lastWords(kubectl, pod))];
}

/** What is wrong with a pod, in the words of the kubelet or the scheduler. */
export function troubleOf({ status, metadata }: Pod): string | undefined {
  if (metadata.deletionTimestamp !== undefined || status.phase === 'Succeeded') return undefined;
  for (const container of status.containerStatuses ?? []) {
    const { waiting, terminated } = container.state;
    const before = container.lastState?.terminated;
    if (waiting && waiting.reason !== 'ContainerCreating' && waiting.reason !== 'PodInitializing') {
      return [
        `${container.name} waits`,
        waiting.reason,
        waiting.message,
        before && `it ended with exit code ${before.exitCode}`,
      ]
        .filter(Boolean)
        .join(', ');
    }
    if (terminated && terminated.exitCode !== 0)
      return [
        `${container.name} ended with exit code ${terminated.exitCode}`,
        terminated.reason,
        terminated.message,
      ]
        .filter(Boolean)
        .join(', ');
  }
  const unscheduled = status.conditions?.find(
    (condition) => condition.type === 'PodScheduled' && condition.status === 'False',
  );
  if (unscheduled) return `no node takes it, ${unscheduled.message ?? unscheduled.reason}`;
  const unready = status.containerStatuses?.find(
    (container) => container.state.running && !container.ready,
  );
  if (unready)
    return `${unready.name} runs and does not answer its readiness probe, ${unready.restartCount} restarts`;
  return status.phase === 'Failed'
    ? 'it failed'
    : status.phase === 'Pending'
      ? 'it has not started'
      : undefined;
}

async function lastWords(kubectl: Kubectl, { metadata }: Pod): Promise<string[]> {
  // A container that never started has none, and a broken node has nobody to ask.
  const log = await kubectl
    .run(
      'cannot read the log',
      ['logs', metadata.name, '--all-containers', `--tail=${LOG_LINES}`],
      { patient: false },
    )
    .catch(() => '');
  return log.trim() === ''
    ? []
    : [
        'its last lines:',
        ...log
          .trim()
          .split('\n')
          .map((line) => `  ${line}`),
      ];
}

/** Where there is no pod, the reason is in the events: a quota, an admission, a missing account. */
async function eventsOf(kubectl: Kubectl, { kind, metadata }: Manifest): Promise<string> {
  const args = ['get', 'events', `--field-selector=type=Warning,involvedObject.kind!=Pod`];
  const { items } = await kubectl.json<{
    items: { message: string; involvedObject: { name: string } }[];
  }>('cannot read the events', args);
  const last = items
    .filter(({ involvedObject }) => involvedObject.name.startsWith(metadata.name))
    .at(-1);
  return last
    ? `no pod was made: ${last.message}`
    : `no pod of the ${kind} ${metadata.name} exists`;
}
