import type { Manifest } from '../../lib/manifests';
import type { Difference } from '../rendering/differences';
import { calledOf } from '../../lib/kubernetes/identity';
import type { Rendering } from '../rendering/rendering';
import type { Workload } from '../rendering/workloads';

/** A change of one environment, from the rendering of a commit to the next. */
export interface Step {
  readonly environment: string;
  readonly base: Rendering;
  readonly next: Rendering;
  readonly differences: readonly Difference[];
  /** What clients reach in both renderings, by name. */
  readonly serving: {
    readonly base: ReadonlyMap<string, Workload>;
    readonly next: ReadonlyMap<string, Workload>;
  };
  /** Whether an environment runs an image, or ran it in an earlier commit. */
  readonly ran: (environment: string, image: string) => boolean;
}

/** A change that must not be merged: which rule it breaks, where, why, and the way out. */
export interface Refusal {
  readonly rule: string;
  readonly object: string;
  readonly reason: string;
  readonly remedy: string;
}

/** What a rule finds; its name is added. */
export type Finding = Omit<Refusal, 'rule'>;

/** One thing that `seda check` proves. */
export interface Rule {
  /** Kebab-case, as `Seda-Allow` and `--allow` name it. */
  readonly name: string;
  /** One sentence for the documentation: what must hold. */
  readonly protects: string;
  /**
   * Whether somebody may overrule it for one change.
   * @default true
   */
  readonly overridable?: boolean;
  /** What of a step breaks it. */
  readonly refuse?: (step: Step) => readonly Finding[];
  /** Whether it knows a difference to be harmless, or to be judged by `refuse`. What no rule knows is refused. */
  readonly permit?: (difference: Difference, step: Step) => boolean;
}

/** A finding about an object. */
export function finding(object: Manifest | string, reason: string, remedy: string): Finding {
  return { object: typeof object === 'string' ? object : calledOf(object), reason, remedy };
}

/** The same finding once, however many ways lead to it. */
export function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [`${one.object} ${one.reason}`, one])).values()];
}
