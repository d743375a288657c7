import type { Manifest } from '../../lib/manifests';
import { apiFault } from './api-server';
import { settle } from './controllers';
import { asks, idOf, namespaceOf } from './objects';
import { having, lacking, type State } from './state';

/** Something that an engine does to one object. */
export interface Event {
  readonly does: 'apply' | 'delete';
  readonly object: Manifest;
}

/** What an event leads to: every moment on the way, and the one in which nothing more happens. */
export interface Outcome {
  readonly moments: readonly State[];
  readonly end: State;
  /** Why the API server refused it. */
  readonly fault?: string;
}

/** Does it, and lets the controllers finish. */
export function happen(state: State, { does, object }: Event): Outcome {
  const name = idOf(object);
  const before = state.objects.get(name);
  if (does === 'delete') return settled([], deleted(state, object));
  const fault = apiFault(state, object, before);
  if (fault !== undefined) return { moments: [], end: state, fault };
  if (before && asks(object, 'Force=true') && asks(object, 'Replace=true')) {
    const gone = settled([], deleted(state, object));
    return settled(gone.moments, applied(gone.end, object, undefined));
  }
  return settled([], applied(state, object, before));
}

function settled(earlier: readonly State[], state: State): Outcome {
  const moments = [...earlier, state, ...settle(state)];
  return { moments, end: moments.at(-1)! };
}

function applied(state: State, object: Manifest, before: Manifest | undefined): State {
  const name = idOf(object);
  const next = { ...state, objects: having(state.objects, name, object) };
  if (object.kind === 'Deployment')
    return { ...next, sizes: having(state.sizes, name, sizeOf(state, object, before)) };
  // A Job runs once; what changes about it later does not run it again.
  if (object.kind === 'Job' && !state.jobs.has(name))
    return { ...next, jobs: having(state.jobs, name, 'waits') };
  return next;
}

/** A number that is taken back falls to one, as the field's default says; one that was never there is the autoscaler's. */
function sizeOf(state: State, object: Manifest, before: Manifest | undefined): number {
  const { replicas } = object.spec ?? {};
  if (replicas !== undefined) return replicas;
  return before === undefined || before.spec?.replicas !== undefined
    ? 1
    : (state.sizes.get(idOf(object)) ?? 1);
}

function deleted(state: State, object: Manifest): State {
  const name = idOf(object);
  const gone =
    object.kind === 'Namespace'
      ? [...state.objects].filter(([, one]) => namespaceOf(one) === object.metadata.name)
      : [];
  return [...gone.map(([one]) => one), name].reduce(
    (rest, one): State => ({
      ...rest,
      objects: lacking(rest.objects, one),
      sizes: lacking(rest.sizes, one),
      jobs: lacking(rest.jobs, one),
    }),
    state,
  );
}
