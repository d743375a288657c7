import type { Workspace } from '../io';
import { Rendering } from '../rendering/rendering';
import { loadRenderings } from '../rendering/load';
import type { Refusal } from './refusal';
import { judge, type Verdict } from './transition';

/** What a person may say to `seda check`. */
export interface CheckOptions {
  /** Git ref of what runs now, e.g. `origin/main`. */
  readonly base: string;
  /** Environments whose serving colour may change in place. */
  readonly allowInPlace?: readonly string[];
  /** Environments in which stage and promote may come in one commit. */
  readonly oneCommit?: readonly string[];
  /** Environments that may disappear. */
  readonly allowRemoval?: readonly string[];
}

/** The result, also as `--json` prints it. */
export interface CheckResult {
  readonly base: string;
  readonly allowed: {
    readonly inPlace: readonly string[];
    readonly oneCommit: readonly string[];
    readonly removal: readonly string[];
  };
  readonly verdicts: readonly Verdict[];
}

/**
 * Judges the step from the `dist/` of a commit to the one in the working tree. It looks at nothing but
 * these two, so it judges edits by hand as well.
 *
 * @throws Error when git does not have the commit
 */
export function check(
  workspace: Workspace,
  { base, allowInPlace = [], oneCommit = [], allowRemoval = [] }: CheckOptions,
): CheckResult {
  const verdicts = loadRenderings(workspace, base).map(
    ({ name, old, next, formerName }): Verdict => {
      if (next === undefined) return removed(name, allowRemoval.includes(name));
      if (old === undefined)
        return {
          ...judge(name, new Rendering([]), next, { allowInPlace: true, oneCommit: true }),
          sentences: [`${name}: is a new environment`],
        };
      const verdict = judge(name, old, next, {
        allowInPlace: allowInPlace.includes(name),
        oneCommit: oneCommit.includes(name),
      });
      return formerName === undefined
        ? verdict
        : { ...verdict, sentences: [`${name}: was called ${formerName}`, ...verdict.sentences] };
    },
  );
  return { base, allowed: { inPlace: allowInPlace, oneCommit, removal: allowRemoval }, verdicts };
}

function removed(environment: string, allowed: boolean): Verdict {
  const reason = 'everything in its namespace would be pruned';
  const refusals: Refusal[] = allowed
    ? []
    : [
        {
          rule: 'environment removed',
          object: environment,
          reason,
          remedy: `take it out of the cluster first, then allow it: --allow-removal ${environment}`,
        },
      ];
  return { environment, sentences: [`${environment}: is no longer rendered`], refusals };
}

/** What a person reads. */
export function checkText({ verdicts, allowed }: CheckResult): string {
  const notes = [
    ...allowed.inPlace.map(
      (name) => `${name}: a change of the serving colour in place is allowed in this run`,
    ),
    ...allowed.oneCommit.map(
      (name) => `${name}: stage and promote in one commit are allowed in this run`,
    ),
    ...allowed.removal.map((name) => `${name}: its removal is allowed in this run`),
  ];
  const lines = verdicts.flatMap(({ environment, sentences, refusals }) => [
    ...sentences,
    ...refusals.map(
      ({ rule, object, reason, remedy }) =>
        `${environment}: refused, ${rule}: ${object}: ${reason}; ${remedy}`,
    ),
  ]);
  return [...(lines.length > 0 ? lines : ['nothing changes what runs']), ...notes].join('\n');
}
