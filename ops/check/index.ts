import type { Workspace } from '../io';
import { Rendering } from '../rendering/rendering';
import { loadStep, type Pair } from '../rendering/load';
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
  /** The commit has no manifests at all, so that nothing could be compared. */
  readonly isFirst: boolean;
  readonly verdicts: readonly Verdict[];
}

/**
 * Judges the step from the `dist/` of a commit to the one in the working tree. It looks at nothing but
 * these two, so it judges edits by hand as well.
 *
 * @throws Error when git does not have the commit, or a side cannot be read
 */
export function check(
  workspace: Workspace,
  { base, allowInPlace = [], oneCommit = [], allowRemoval = [] }: CheckOptions,
): CheckResult {
  const step = loadStep(workspace, base);
  const judged = new Map(
    step.changed.map((pair) => [
      pair.name,
      judgePair(pair, {
        inPlace: allowInPlace.includes(pair.name),
        oneCommit: oneCommit.includes(pair.name),
        removal: allowRemoval.includes(pair.name),
      }),
    ]),
  );
  const former = step.changed.map(({ formerName }) => formerName);
  const verdicts = step.names
    .filter((name) => !former.includes(name))
    .map((name) => judged.get(name) ?? { environment: name, sentences: [], refusals: [] });
  return {
    base,
    allowed: { inPlace: allowInPlace, oneCommit, removal: allowRemoval },
    isFirst: step.isFirst,
    verdicts,
  };
}

function judgePair(
  { name, old, next, formerName }: Pair,
  allowed: { readonly inPlace: boolean; readonly oneCommit: boolean; readonly removal: boolean },
): Verdict {
  if (next === undefined) return removed(name, allowed.removal);
  if (old === undefined)
    return {
      ...judge(name, new Rendering([]), next, { allowInPlace: true, oneCommit: true }),
      sentences: [`${name}: is a new environment`],
    };
  const verdict = judge(name, old, next, {
    allowInPlace: allowed.inPlace,
    oneCommit: allowed.oneCommit,
  });
  return formerName === undefined
    ? verdict
    : { ...verdict, sentences: [`${name}: was called ${formerName}`, ...verdict.sentences] };
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
export function checkText({ base, verdicts, allowed, isFirst }: CheckResult): string {
  const notes = [
    ...(isFirst ? [`${base} has no manifests: everything is new, and nothing was compared`] : []),
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
