import { type Difference, differencesOf, fieldOf } from '../rendering/differences';
import type { Manifest } from '../../lib/manifests';
import { calledOf } from '../../lib/kubernetes/identity';
import type { Rendering } from '../rendering/rendering';
import { servingIn } from '../rendering/serving';
import { finding, type Refusal, type Rule, type Step } from './rule';
import { RULES, UNKNOWN_CHANGE } from './rules';
import { sentences } from './sentences';

/** What a change of one environment does, and what of it is refused. */
export interface Verdict {
  readonly environment: string;
  readonly sentences: readonly string[];
  readonly refusals: readonly Refusal[];
  /** What would be refused, had not somebody allowed it for this change. */
  readonly allowed: readonly Refusal[];
}

export interface JudgeOptions {
  /**
   * Names of rules that are overruled in this environment.
   * @default - none
   */
  readonly allow?: readonly string[];
  /**
   * Whether an environment runs an image, or ran it.
   * @default - none ever ran any
   */
  readonly ran?: Step['ran'];
  /**
   * The rules.
   * @default - all of them, and what none of them knows is refused
   */
  readonly rules?: readonly Rule[];
}

/** Judges the step from one rendering of an environment to the next; reads nothing else. */
export function judge(
  environment: string,
  base: Rendering,
  next: Rendering,
  { allow = [], ran = () => false, rules }: JudgeOptions = {},
): Verdict {
  const differences = differencesOf(base, next);
  const step: Step = {
    environment,
    base,
    next,
    differences,
    serving: { base: servingIn(base), next: servingIn(next) },
    ran,
  };
  const found = (rules ?? RULES).flatMap(({ name, refuse }) =>
    (refuse?.(step) ?? []).map((one): Refusal => ({ rule: name, ...one })),
  );
  const all = [...found, ...(rules ? [] : unknownChanges(step, found))];
  const isAllowed = ({ rule }: Refusal) => allow.includes(rule);
  return {
    environment,
    // In a cluster not all that is gone is deleted, which the deploy says itself.
    sentences: sentences(
      environment,
      rules
        ? { ...step, differences: differences.filter(({ change }) => change !== 'removed') }
        : step,
    ),
    refusals: all.filter((refusal) => !isAllowed(refusal)),
    allowed: all.filter(isAllowed),
  };
}

/** What is about more than its namespace, and so about environments that are there; a Namespace of its own is not. */
function reachesBeyond({ kind, metadata, apiVersion }: Manifest): boolean {
  return (
    metadata.namespace === undefined &&
    kind !== 'Namespace' &&
    (/^Cluster|^Custom|WebhookConfiguration$|^Priority|^APIService$|^Node/.test(kind) ||
      apiVersion.startsWith('rbac.'))
  );
}

/** Closed world: what no rule permits is refused, once for each object that is not refused already. */
function unknownChanges(step: Step, found: readonly Refusal[]): Refusal[] {
  const refused = new Set(found.map(({ object }) => object));
  const unknown = new Map<string, Difference[]>();
  for (const difference of step.differences) {
    const called = calledOf(difference.object);
    const isKnown =
      RULES.some(({ permit }) => permit?.(difference, step)) ||
      (step.base.objects.length === 0 && !reachesBeyond(difference.object));
    if (refused.has(called) || isKnown) continue;
    unknown.set(called, [...(unknown.get(called) ?? []), difference]);
  }
  return [...unknown.values()].map((differences): Refusal => {
    const [{ change, object }] = differences as [Difference];
    const fields = differences.map(fieldOf);
    const shown = [...fields.slice(0, 3), ...(fields.length > 3 ? ['…'] : [])].join(', ');
    const reason =
      change === 'changed'
        ? `no rule knows what a change of ${shown} does`
        : `no rule knows what it does that an object of this kind ${change === 'added' ? 'comes' : 'goes'}`;
    return {
      rule: UNKNOWN_CHANGE.name,
      ...finding(object, reason, 'leave it out, or allow it after somebody has looked at it'),
    };
  });
}
