import type { Manifest } from '../../lib/manifests';
import { isHealthy } from './controllers';
import { certificatesOf } from './entrances';
import { type Event, happen } from './events';
import { answered, type Damage, inspect, inspectAfterwards } from './inspect';
import { idOf, textOf } from './objects';
import { type Engine, type Plan, planOf } from './plan';
import { labelsOf } from './pods';
import { emptyState, type Platform, type State } from './state';

/** Harm, and when it is done. */
export interface Violation extends Damage {
  /** The wave, or the deletions after the last one. */
  readonly wave: number | 'prune' | 'afterwards';
  /** What had just been applied or deleted. */
  readonly object: string;
}

/** As a platform of seda.fm is. */
export const PLATFORM: Platform = {
  controllers: { nginx: 'ingress-nginx' },
  secrets: [],
  monitoring: 'monitoring',
  health: '/api/v1/health',
};

/** A cluster that takes one rendering after another, and tells what each does to what serves. */
export class Cluster {
  private state: State;

  constructor(
    platform: Partial<Platform> = {},
    private readonly engine: Engine = 'argocd',
  ) {
    this.state = emptyState({ ...PLATFORM, ...platform });
  }

  /** The pods of the moment, for tests of the cluster itself. */
  get pods(): State['pods'] {
    return this.state.pods;
  }

  /** The requests that are to be answered from now on. */
  get requests(): readonly string[] {
    return [...this.state.requests].sort();
  }

  /** A copy; what happens to one does not happen to the other. */
  copy(engine = this.engine): Cluster {
    const copy = new Cluster({}, engine);
    copy.state = this.state;
    return copy;
  }

  /** What is wrong now that nothing happens any more. */
  harm(): Violation[] {
    return inspect(this.state, new Map()).map((damage) => ({
      wave: 'afterwards',
      object: '',
      ...damage,
    }));
  }

  /** Applies a rendering as an engine does, and returns all harm of all moments, each once. */
  sync(rendering: readonly Manifest[]): Violation[] {
    const plan = planOf(this.state, rendering, this.engine);
    const floors = floorsOf(this.state, rendering);
    const found = new Map<string, Violation>();
    const add = (damage: readonly Damage[], moment: Pick<Violation, 'wave' | 'object'>): void => {
      for (const one of damage) {
        const key = textOf([one.harm, one.whom, one.what]);
        if (!found.has(key)) found.set(key, { ...moment, ...one });
      }
    };
    const look = (state: State, moment: Pick<Violation, 'wave' | 'object'>): void =>
      add(inspect(state, floors), moment);
    this.carryOut(plan, look, add);
    add(inspectAfterwards(this.state), { wave: 'afterwards', object: '' });
    this.state = remember(this.state);
    return [...found.values()];
  }

  private carryOut(
    plan: Plan,
    look: (state: State, moment: Pick<Violation, 'wave' | 'object'>) => void,
    add: (damage: readonly Damage[], moment: Pick<Violation, 'wave' | 'object'>) => void,
  ): void {
    for (const [index, { wave, events, objects }] of plan.waves.entries()) {
      explore(this.state, events, (state, object) => look(state, { wave, object }));
      for (const event of events) {
        const { end, fault } = happen(this.state, event);
        this.state = end;
        if (fault === undefined) continue;
        const whom = idOf(event.object);
        add([{ harm: 'error of the API server', whom, what: fault }], { wave, object: whom });
        return;
      }
      if (index === plan.waves.length - 1) break;
      const unhealthy = objects.find((object) => !isHealthy(this.state, object));
      if (unhealthy === undefined) continue;
      const whom = idOf(unhealthy);
      add([{ harm: 'stuck', whom, what: `wave ${wave} never ends` }], { wave, object: whom });
      return;
    }
    for (const event of plan.deletions) {
      const { moments, end } = happen(this.state, event);
      for (const state of moments) look(state, { wave: 'prune', object: idOf(event.object) });
      this.state = end;
    }
  }
}

/** So many events happen in every order; more of them in the orders in which one is early or late. */
const EVERY_ORDER = 4;

/** Objects that no pod, request or name depends on: when they are applied makes no difference. */
const NEVER_MATTERS = ['PrometheusRule', 'PodDisruptionBudget', 'ServiceMonitor', 'Probe'];

/** Goes through the moments of a wave, in whatever order its objects are applied. */
function explore(
  start: State,
  all: readonly Event[],
  look: (state: State, object: string) => void,
): void {
  const events = all.filter(({ object }) => !NEVER_MATTERS.includes(object.kind));
  const run = (state: State, event: Event): State => {
    const { moments, end } = happen(state, event);
    for (const moment of moments) look(moment, idOf(event.object));
    return end;
  };
  if (events.length <= EVERY_ORDER) {
    // Every set of events, each reached by every one of its members as the last.
    const ends = new Map<number, State>([[0, start]]);
    for (let set = 1; set < 2 ** events.length; set++)
      for (const [index, event] of events.entries())
        if (set & (1 << index)) ends.set(set, run(ends.get(set & ~(1 << index))!, event));
    return;
  }
  events.reduce(run, start);
  [...events].reverse().reduce(run, start);
  for (const event of events) run(start, event);
}

/** What a Deployment without colours must not fall below: what it has, or what the rendering wants of it, if less. */
function floorsOf(state: State, rendering: readonly Manifest[]): Map<string, number> {
  const wanted = new Map(
    rendering
      .filter(({ kind }) => kind === 'Deployment')
      .map((object) => [idOf(object), scaleOf(rendering, object)]),
  );
  return new Map(
    [...state.sizes].map(([owner, size]) => [
      owner,
      Math.max(1, Math.min(size, wanted.get(owner) ?? size)),
    ]),
  );
}

function scaleOf(rendering: readonly Manifest[], { spec, metadata }: Manifest): number | undefined {
  const scaler = rendering.find(
    (object) =>
      object.kind === 'HorizontalPodAutoscaler' &&
      object.spec?.scaleTargetRef?.name === metadata.name &&
      object.metadata.namespace === metadata.namespace,
  );
  return spec?.replicas ?? scaler?.spec?.minReplicas;
}

/** What holds from now on: who is answered, and with how many pods each colour was staged. */
function remember(state: State): State {
  const requests = new Set([...state.requests, ...answered(state)]);
  const promised = new Map(state.promised);
  for (const [owner, size] of state.sizes) {
    const [pods] = state.pods.filter((one) => one.owner === owner);
    if (pods === undefined || labelsOf(pods.template).version === undefined || size === 0) {
      promised.delete(owner);
      continue;
    }
    const known = promised.get(owner);
    promised.set(owner, {
      key: pods.key,
      size: known?.key === pods.key ? Math.max(known.size, size) : size,
    });
  }
  const made = certificatesOf(state).flatMap(({ isRenewed, text }) => (isRenewed ? [text] : []));
  const certificates = new Set([...state.certificates, ...made]);
  return { ...state, certificates, requests, promised };
}
