/**
 * The order in which a change reaches the cluster. Argo CD and `seda deploy` apply a wave, wait until
 * its objects are healthy, and go on; the last wave is not waited for.
 *
 * - `prepare`: what pods need before they start
 * - `migrate`: the schema of the database
 * - `target`: the Deployment that serves, or is about to
 * - `gate`: proof that enough of its pods answer
 * - `switch`: the Services that follow the active colour
 * - `rest`: everything that must not hold up a switch, above all the colour that traffic leaves, which
 *   may be the broken one
 */
export const WAVES = {
  prepare: -30,
  migrate: -20,
  target: 0,
  gate: 10,
  switch: 20,
  rest: 30,
} as const;

/** Where an object says its wave; Argo CD and `seda deploy` read it. */
export const WAVE_ANNOTATION = 'argocd.argoproj.io/sync-wave';

/** One step of the order. */
export type Wave = keyof typeof WAVES;
