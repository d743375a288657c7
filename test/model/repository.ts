import {
  type BlueGreenRelease,
  isBlueGreen,
  type SedaEnvironment,
} from '../../environments/environment';
import { promote, stage } from '../../environments/release-steps';
import type { Manifest } from '../../lib';
import { after, GATEWAY, placeholderPair, production, qa } from '../fixtures';
import { Cluster, type Violation } from '../oracle/cluster';
import type { Refusals } from './acceptance';
import { type Commit, released, render } from './commit';

/** Images that were built, by number. */
export const image = (build: number) =>
  `ghcr.io/seda-fm/seda-api:1.${build}.0@sha256:${String(build).padStart(63, '0')}f`;

/** Something that somebody does: the commit after it; undefined where it cannot be done. */
export interface Step {
  readonly name: string;
  readonly change: (commit: Commit) => Partial<Commit> | undefined;
  /** Rules that the commit names as exceptions. */
  readonly allow?: readonly string[];
}

/** What became of a step. */
export type Fate =
  | { readonly kind: 'impossible' }
  | { readonly kind: 'refused'; readonly refusals: ReturnType<Refusals> }
  | {
      readonly kind: 'merged';
      /** The cluster did not take it, as an engine says; it was taken back. */
      readonly isStuck: boolean;
      readonly violations: readonly Violation[];
    };

/** Pods may read Secrets that the platform makes. */
const OUTSIDE = { secrets: ['sentry', 'registry'] };

/** An environment from its first release on: `main`, and the cluster that follows it, once by each engine. */
export class Repository {
  private commit: Commit;
  private rendering: Manifest[];
  private readonly clusters: readonly Cluster[];

  constructor(
    private readonly refusals: Refusals,
    environment: Beginning = 'production',
  ) {
    const { commit, rendering, clusters } = starts(environment);
    this.commit = commit;
    this.rendering = rendering;
    this.clusters = clusters.map((cluster) => cluster.copy());
  }

  /** Does something, and merges it if the check lets it. */
  take({ change, allow = [] }: Step): Fate {
    const changed = change(this.commit);
    const next = changed && { ...this.commit, ...changed };
    const rendering = next && render(next);
    if (next === undefined || rendering === undefined) return { kind: 'impossible' };
    const refusals = this.refusals(this.rendering, rendering).filter(
      ({ rule }) => !allow.includes(rule),
    );
    if (refusals.length > 0) return { kind: 'refused', refusals };
    const clusters = this.clusters.map((cluster) => cluster.copy());
    const sync = (objects: readonly Manifest[]) =>
      clusters.flatMap((cluster) => [
        ...cluster.sync(objects).filter((one) => isBlueGreen(next.release) || isHarm(one)),
        ...cluster.harm(),
      ]);
    const all = sync(rendering);
    const isStuck = all.some(({ harm }) => harm === 'stuck');
    const violations = [
      ...all.filter(({ harm }) => harm !== 'stuck'),
      // A rollout that never ends, or a gate that fails, is what waves are for: people see it and go back.
      ...(isStuck ? sync(this.rendering) : []),
    ];
    // After harm a history goes on as if it had been refused, to find what else there is.
    if (violations.length === 0)
      Object.assign(this, isStuck ? { clusters } : { commit: next, rendering, clusters });
    return { kind: 'merged', isStuck, violations };
  }
}

/**
 * Where there are no colours, pods lose what the settings no longer name shortly before they are replaced, and what they read
 * with it. Requests are answered all the time, and when the step is over all is as it should be.
 */
function isHarm({ harm }: Violation): boolean {
  return !['cannot reach', 'reads what is gone', 'public URL leads elsewhere'].includes(harm);
}

interface Start {
  readonly commit: Commit;
  readonly rendering: Manifest[];
  readonly clusters: readonly Cluster[];
}

const known = new Map<string, Start>();

/** Pairs that differ in what cannot be edited later without losing somebody. */
const PAIRS = {
  production: {},
  'production behind a Gateway': { ingress: GATEWAY },
  'production with an autoscaler': { autoscaling: { minReplicas: 3, maxReplicas: 6 } },
  'production with Redis in its namespace': { redis: { kind: 'local' } },
} satisfies { readonly [name: string]: Partial<SedaEnvironment> };

/** Where a history begins; qa has no colours. */
export type Beginning = keyof typeof PAIRS | 'qa';

/** Where histories of pairs begin. */
export const PAIR_BEGINNINGS = Object.keys(PAIRS) as readonly (keyof typeof PAIRS)[];

function starts(environment: Beginning): Start {
  if (!known.has(environment)) {
    const commit =
      environment === 'qa'
        ? { ...UNCHANGED, environment: qa, release: { image: image(1) } }
        : firstRelease({ ...production, ...PAIRS[environment] });
    const rendering = render(commit)!;
    const clusters = (['argocd', 'deploy'] as const).map((engine) => new Cluster(OUTSIDE, engine));
    for (const cluster of clusters) cluster.sync(rendering);
    known.set(environment, { commit, rendering, clusters });
  }
  return known.get(environment)!;
}

const UNCHANGED = { frozen: {}, code: [], hands: [] };

/** Green serves the first release, blue has the pods of the first day no more. */
function firstRelease(environment: SedaEnvironment): Commit {
  const before = placeholderPair(environment);
  const built = { image: image(1), sourceImage: image(1) };
  const staged = after(stage({ environment, release: before, ...built }));
  const promoted = after(promote({ environment, release: staged }));
  const empty: Commit = { ...UNCHANGED, environment, release: before };
  const first: Commit = { ...empty, ...released(empty, staged) };
  const { blue, ...release } = promoted as BlueGreenRelease;
  const { blue: _, ...frozen } = first.frozen;
  const retired = { ...release, blue: { ...blue, image: image(0), replicas: 0 } };
  return { ...first, release: retired, frozen };
}
