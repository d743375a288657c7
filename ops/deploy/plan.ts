import { WAVE_ANNOTATION, WAVES } from '../../lib/wave-plan';
import type { Manifest } from '../../lib/manifests';

/** Objects that are applied together, and waited for before the next wave. */
export interface WaveStep {
  readonly wave: number;
  readonly objects: readonly Manifest[];
  /** Nothing comes after it, so what is not healthy in it holds nothing up. */
  readonly last: boolean;
}

/** The waves of an environment in their order; an object without one is in wave 0, as for Argo CD. */
export function wavePlan(objects: readonly Manifest[]): WaveStep[] {
  const waves = [...new Set(objects.map(waveOf))].sort((a, b) => a - b);
  return waves.map((wave) => ({
    wave,
    objects: objects.filter((object) => waveOf(object) === wave),
    last: wave === WAVES.rest,
  }));
}

/** Whether nothing comes after an object, and nothing waits for it: the traffic has moved before. */
export function isLast(object: Manifest): boolean {
  return waveOf(object) === WAVES.rest;
}

function waveOf({ metadata }: Manifest): number {
  return Number(metadata.annotations?.[WAVE_ANNOTATION] ?? 0);
}
