import type { Manifest } from '../../lib/manifests';
import type { Event } from './events';
import { asks, idOf, textOf, waveOf } from './objects';
import type { State } from './state';

/**
 * Who applies. `argocd` deletes in the waves, those of the deleted objects turned round; `deploy` deletes after the
 * last wave, and no claim on data.
 */
export type Engine = 'argocd' | 'deploy';

/** What an engine does with a rendering. */
export interface Plan {
  readonly waves: readonly {
    readonly wave: number;
    readonly events: readonly Event[];
    /** All objects of the wave, changed or not: it waits for each of them. */
    readonly objects: readonly Manifest[];
  }[];
  /** What goes after the last wave. */
  readonly deletions: readonly Event[];
}

/** The plan by which a cluster gets from what was applied to a rendering. */
export function planOf(state: State, rendering: readonly Manifest[], engine: Engine): Plan {
  const wanted = new Set(rendering.map(idOf));
  const gone = [...state.objects.values()].filter(
    (object) =>
      !wanted.has(idOf(object)) &&
      !asks(object, 'Prune=false') &&
      !(engine === 'deploy' && object.kind === 'PersistentVolumeClaim'),
  );
  const deletions = gone.map((object): Event => ({ does: 'delete', object }));
  const applied = rendering
    .filter((object) => textOf(state.objects.get(idOf(object))) !== textOf(object))
    .map((object): Event => ({ does: 'apply', object }));
  const last = (a: Event, b: Event) => waveOf(b.object) - waveOf(a.object);
  const isLast = (object: Manifest) => engine === 'deploy' || asks(object, 'PruneLast=true');
  const turned = turn(gone.filter((object) => !isLast(object)).map(waveOf));
  const waves = new Map<number, Event[]>();
  const inWaves = [...deletions.filter(({ object }) => !isLast(object)), ...applied];
  for (const event of inWaves) {
    const own = waveOf(event.object);
    const wave = event.does === 'apply' ? own : turned.get(own)!;
    waves.set(wave, [...(waves.get(wave) ?? []), event]);
  }
  return {
    waves: inOrder(rendering, waves),
    deletions: deletions.filter(({ object }) => isLast(object)).sort(last),
  };
}

/** The first wave in which something is deleted for the last one, the second for the last but one, and so on. */
function turn(waves: readonly number[]): Map<number, number> {
  const sorted = [...new Set(waves)].sort((a, b) => a - b);
  return new Map(sorted.map((wave, index) => [wave, sorted[sorted.length - 1 - index]!]));
}

function inOrder(
  rendering: readonly Manifest[],
  events: ReadonlyMap<number, readonly Event[]>,
): Plan['waves'] {
  const numbers = new Set([...rendering.map(waveOf), ...events.keys()]);
  return [...numbers]
    .sort((a, b) => a - b)
    .map((wave) => ({
      wave,
      events: events.get(wave) ?? [],
      objects: rendering.filter((object) => waveOf(object) === wave),
    }));
}
