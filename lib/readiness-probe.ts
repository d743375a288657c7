import { checkWholeNumber, fault } from './checks';

/** When a pod leaves its Services because its readiness path does not answer 200; it comes back with the first answer that does. */
export interface ReadinessProbe {
  /**
   * Seconds between two questions.
   * @default 5
   */
  readonly periodSeconds?: number;
  /**
   * Seconds for an answer, at most `periodSeconds`.
   * @default 4 - the processor of a busy node is away for a second or two
   */
  readonly timeoutSeconds?: number;
  /**
   * Failures in a row after which the pod gets no more requests. A path that looks at something that all pods share takes all
   * of them out at once: then the Service leads nowhere, where the pods themselves could have answered.
   * @default 6 - half a minute; docs/evidence.md compares it with fewer
   */
  readonly failureThreshold?: number;
}

const DEFAULTS: Required<ReadinessProbe> = {
  periodSeconds: 5,
  timeoutSeconds: 4,
  failureThreshold: 6,
};

/** The probe with its defaults. */
export function readinessTimes(probe: ReadinessProbe = {}): Required<ReadinessProbe> {
  const { periodSeconds = DEFAULTS.periodSeconds } = probe;
  const timeoutSeconds = probe.timeoutSeconds ?? Math.min(DEFAULTS.timeoutSeconds, periodSeconds);
  return { ...DEFAULTS, ...probe, periodSeconds, timeoutSeconds };
}

/** The faults of a probe, by its path. */
export function readinessFaults(at: string, probe: ReadinessProbe | undefined): string[] {
  if (probe === undefined) return [];
  const { periodSeconds, timeoutSeconds, failureThreshold } = readinessTimes(probe);
  return [
    ...checkWholeNumber(`${at}.periodSeconds`, periodSeconds, 1, 60),
    ...checkWholeNumber(`${at}.timeoutSeconds`, timeoutSeconds, 1, 60),
    ...checkWholeNumber(`${at}.failureThreshold`, failureThreshold, 1, 60),
    ...(timeoutSeconds > periodSeconds
      ? [
          fault(
            `${at}.timeoutSeconds`,
            'is longer than the time to the next question',
            timeoutSeconds,
            `at most ${periodSeconds}, the periodSeconds`,
            'lower it, or ask less often',
          ),
        ]
      : []),
  ];
}
