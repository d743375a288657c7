import type { Container } from '../../../lib/kubernetes/pods';
import { canonicalText } from '../../rendering/canonical';

interface Probe {
  readonly timeoutSeconds?: number;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
  readonly successThreshold?: number;
  readonly initialDelaySeconds?: number;
  readonly [handler: string]: unknown;
}

/** Seconds in which a node that is busy for a moment answers no probe. */
const LEAST_PATIENCE = 4;

/** Seconds after which nobody waits for a pod that starts. */
const MOST_PATIENCE = 900;

/** A probe may notice somewhat sooner, and nothing else; each a clause. */
export function probeGuards(before: Container, after: Container): string[] {
  const { name } = after;
  return (['readinessProbe', 'livenessProbe', 'startupProbe'] as const).flatMap((kind) => {
    const [was, is] = [before[kind], after[kind]] as (Probe | undefined)[];
    // Where nobody asked, a pod cannot be ready, alive or started later than it was.
    if (was === undefined) return is === undefined ? [] : newProbe(name, kind, is);
    return is === undefined
      ? [`the ${kind} of ${name} is gone`]
      : changes(kind, was, is).map((clause) => `the ${kind} of ${name} ${clause}`);
  });
}

/** Readiness has been without; who ends pods by a question that nobody has asked yet may end all of them. */
function newProbe(name: string, kind: string, probe: Probe): string[] {
  if (kind === 'readinessProbe') return [];
  return patience(probe) < 30
    ? [`the ${kind} of ${name} ends pods after ${patience(probe)} s`]
    : [];
}

function changes(kind: string, was: Probe, is: Probe): string[] {
  // Another question proves something else.
  if (asked(was) !== asked(is)) return ['asks for something else'];
  const later = (field: keyof Probe, fallback: number) =>
    Number(is[field] ?? fallback) > Number(was[field] ?? fallback);
  if (kind === 'startupProbe') {
    if (patience(is) * 2 < patience(was)) return ['ends pods that start slowly'];
    const longest = ({ timeoutSeconds = 1, periodSeconds = 10, ...probe }: Probe) =>
      patience({ ...probe, periodSeconds: Math.max(periodSeconds, timeoutSeconds) });
    return longest(is) > Math.max(longest(was), MOST_PATIENCE)
      ? [`waits ${longest(is)} s for pods that never start`]
      : [];
  }
  const isLater =
    patience(is) > patience(was) ||
    later('timeoutSeconds', 1) ||
    later('failureThreshold', 3) ||
    later('initialDelaySeconds', 0) ||
    Number(is.successThreshold ?? 1) < Number(was.successThreshold ?? 1);
  if (isLater) return ['notices later'];
  // A pod that is restarted sooner is no guard more.
  if (kind === 'livenessProbe') return patience(is) < patience(was) ? ['restarts pods sooner'] : [];
  const comeback = ({ successThreshold = 1, periodSeconds = 10 }: Probe) =>
    successThreshold * periodSeconds;
  // All pods at once are slow where a node is, and then nothing is behind the Service.
  const isHasty = patience(is) < LEAST_PATIENCE && patience(is) * 2 < patience(was);
  return [
    ...(isHasty ? ['gives up on slow pods'] : []),
    ...(comeback(is) > Math.max(30, comeback(was))
      ? [`takes ${comeback(is)} s until a pod is ready`]
      : []),
  ];
}

function asked({
  timeoutSeconds: _,
  periodSeconds: __,
  failureThreshold: ___,
  successThreshold: ____,
  initialDelaySeconds: _____,
  ...handler
}: Probe): string {
  return canonicalText(handler);
}

/** Seconds in which a probe may fail. */
function patience({ periodSeconds = 10, failureThreshold = 3 }: Probe): number {
  return periodSeconds * failureThreshold;
}
