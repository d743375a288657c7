import type { Manifest } from '../../lib/manifests';
import { endOf, isOpen, reaches } from './network';
import { id, idOf, namespaceOf, textOf } from './objects';
import { probeFault, start } from './pods';
import { endpoints } from './services';
import { having, ofKind, type Pods, type State } from './state';

/** What the controllers of Kubernetes make of a change, event by event, until nothing is left to do. */
export function* settle(state: State): Generator<State, State> {
  for (let now = state; ;) {
    const next = event(now);
    if (next === undefined) return now;
    yield next;
    now = next;
  }
}

/** The next thing that happens by itself. */
function event(state: State): State | undefined {
  return orphans(state) ?? scaling(state) ?? readiness(state) ?? rollouts(state) ?? jobs(state);
}

/** Pods whose Deployment is gone go as well. */
function orphans(state: State): State | undefined {
  const pods = state.pods.filter(({ owner, count }) => state.objects.has(owner) && count > 0);
  return pods.length === state.pods.length ? undefined : { ...state, pods };
}

/** Autoscalers, at the hour of the day that is worst: with nothing to do, they go to their minimum. */
function scaling(state: State): State | undefined {
  for (const { spec, metadata } of ofKind(state, 'HorizontalPodAutoscaler')) {
    const target = id('Deployment', metadata.namespace ?? 'default', spec?.scaleTargetRef?.name);
    const size = state.sizes.get(target) ?? 0;
    const least = spec?.minReplicas ?? 1;
    if (size > 0 && size !== least) return { ...state, sizes: having(state.sizes, target, least) };
  }
  return undefined;
}

/** Pods start once all that they read is there, and are ready once their probes find what they ask for. */
function readiness(state: State): State | undefined {
  for (const [index, pods] of state.pods.entries()) {
    if (pods.ready === pods.count) continue;
    const started = start(state, pods.namespace, pods.template);
    if (started === undefined || probeFault(state, pods.template, started.env) !== undefined)
      continue;
    return withPods(state, index, {
      ...pods,
      ready: pods.count,
      started: pods.started ?? started,
    });
  }
  return undefined;
}

function withPods(state: State, index: number, pods: Pods): State {
  return { ...state, pods: state.pods.map((one, at) => (at === index ? pods : one)) };
}

function rollouts(state: State): State | undefined {
  for (const deployment of ofKind(state, 'Deployment')) {
    const next = rollout(state, deployment);
    if (next !== undefined) return next;
  }
  return undefined;
}

/** One pod more or one less, within the bounds that the Deployment sets. */
function rollout(state: State, deployment: Manifest): State | undefined {
  const owner = idOf(deployment);
  const size = state.sizes.get(owner) ?? 0;
  const template = deployment.spec?.template;
  const key = textOf(template);
  const own = state.pods.filter((pods) => pods.owner === owner);
  const fresh = own.find((pods) => pods.key === key);
  const old = own.filter((pods) => pods.key !== key);
  const count = (pods: Pods, to: number): State =>
    withPods(state, state.pods.indexOf(pods), {
      ...pods,
      count: to,
      // What is not ready goes first.
      ready: Math.min(pods.ready, to),
    });
  const grow = (by: number): State =>
    fresh
      ? count(fresh, fresh.count + by)
      : {
          ...state,
          pods: [
            ...state.pods,
            { owner, namespace: namespaceOf(deployment), template, key, count: by, ready: 0 },
          ],
        };
  const has = fresh?.count ?? 0;
  if (has > size) return count(fresh!, size);
  const [outgoing] = old;
  if (outgoing === undefined) return has < size ? grow(size - has) : undefined;
  if (size === 0 || deployment.spec?.strategy?.type === 'Recreate') return count(outgoing, 0);
  const { surge, unavailable } = bounds(deployment, size);
  const ready = own.reduce((sum, pods) => sum + pods.ready, 0);
  const total = own.reduce((sum, pods) => sum + pods.count, 0);
  const broken = old.find((pods) => pods.ready < pods.count);
  if (broken) return count(broken, broken.count - 1);
  if (ready - 1 >= size - unavailable) return count(outgoing, outgoing.count - 1);
  const room = Math.min(size + surge - total, size - has);
  return room > 0 ? grow(room) : undefined;
}

function bounds({ spec }: Manifest, size: number): { surge: number; unavailable: number } {
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec?.strategy?.rollingUpdate ?? {};
  const number = (value: number | string, round: (of: number) => number) =>
    typeof value === 'number' ? value : round((Number.parseFloat(value) * size) / 100);
  const surge = number(maxSurge, Math.ceil);
  const unavailable = number(maxUnavailable, Math.floor);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

function jobs(state: State): State | undefined {
  for (const [name, job] of state.jobs) {
    const object = state.objects.get(name);
    if (job === 'waits' && object && succeeds(state, object))
      return { ...state, jobs: having(state.jobs, name, 'succeeded') };
  }
  return undefined;
}

/** Whether a Job can do what it is for: a gate counts pods, a migration gets to the database. */
function succeeds(state: State, job: Manifest): boolean {
  const namespace = namespaceOf(job);
  const template = job.spec?.template;
  const started = start(state, namespace, template);
  if (started === undefined) return false;
  const pods = { owner: '', namespace, template, key: '', count: 1, ready: 1, started };
  const { GATE_HOST: host, GATE_OTHER: other, GATE_FLOOR: floor } = started.env;
  if (host === undefined)
    return started.needs
      .filter(({ variable }) => ['names', 'DATABASE_URL'].includes(variable))
      .every((need) => reaches(state, pods, need));
  const good = answering(state, pods, host, Number(started.env.GATE_PORT));
  const isAlone =
    other !== undefined && answering(state, pods, other, Number(started.env.GATE_PORT)) === 0;
  return good >= (isAlone ? 1 : Number(floor));
}

/** Ready pods behind a Service to which other pods get. */
function answering(state: State, from: Pods, service: string, port: number): number {
  const found = endpoints(state, from.namespace, service, port);
  if ('problem' in found) return 0;
  return found.behind
    .filter((one) => isOpen(state, endOf(from), endOf(one.pods), one.port))
    .reduce((sum, { pods }) => sum + pods.ready, 0);
}

/** Whether a wave may end: what it applied is rolled out, and has done its work. */
export function isHealthy(state: State, object: Manifest): boolean {
  const name = idOf(object);
  if (object.kind === 'Job') return state.jobs.get(name) !== 'waits';
  if (object.kind !== 'Deployment') return true;
  const size = state.sizes.get(name) ?? 0;
  const own = state.pods.filter(({ owner }) => owner === name);
  return (
    own.every(
      ({ key, ready, count }) => key === textOf(object.spec?.template) && ready === count,
    ) && own.reduce((sum, { count }) => sum + count, 0) === size
  );
}
