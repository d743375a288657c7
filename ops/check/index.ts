import { ARGOCD_FOLDER } from '../../environments/layout';
import type { Workspace } from '../io';
import { openBase } from '../rendering/base';
import { loadStep, type Pair, type Step as LoadedStep } from '../rendering/load';
import { Rendering } from '../rendering/rendering';
import { allowedText, type Exceptions, parseExceptions, unusedExceptions } from './exceptions';
import { judge, type Verdict } from './judge';
import type { Finding, Refusal, Rule } from './rule';
import { type SchemaFaults, schemaFindings } from './valid/schema';
import { appliedTooEarly, emptyFolders } from './applications';
import { unappliedFiles } from './files';
import { recordRefusals } from './records';
import { takenFrom } from './hosts';
import { forbiddenObjects } from './kinds';
import { migrationsLeftOut } from './migrations';
import { refusedTogether } from './neighbours';
import {
  ENVIRONMENT_REMOVED,
  FILE_NOT_APPLIED,
  HOST_TAKEN,
  KIND_NOT_ALLOWED,
  OVERRIDABLE,
} from './rules';
import { argocdChanged } from './rules/argocd-changed';
import { malformed } from './rules/malformed';
import { migrationChanged } from './rules/migration-changed';

/** What a person may say to `seda check`. */
export interface CheckOptions {
  /** Git ref of what runs now, e.g. `origin/main`. */
  readonly base: string;
  /**
   * Rules that are overruled, as `RULE=ENV`.
   * @default - none
   */
  readonly allow?: readonly string[];
  /**
   * What an API server refuses of an object.
   * @default - nobody is asked
   */
  readonly schemaFaults?: SchemaFaults;
}

/** The result, also as `--json` prints it. */
export interface CheckResult {
  readonly base: string;
  /** The commit has no manifests at all, so that nothing could be compared. */
  readonly isFirst: boolean;
  readonly verdicts: readonly Verdict[];
}

/**
 * Judges the step from the `dist/` of a commit to the one in the working tree. Of the sources it reads only which release
 * expanded the schema, so it judges edits by hand as well.
 *
 * @throws Error when git does not have the commit, or a side cannot be read
 * @throws UsageError for an exception that cannot be meant
 */
export function check(
  workspace: Workspace,
  { base, allow = [], schemaFaults }: CheckOptions,
): CheckResult {
  const from = openBase(workspace, base);
  const step = loadStep(from);
  const records = recordRefusals(from, step.names);
  return {
    base,
    isFirst: step.isFirst,
    verdicts: judgeAll(step, { allow, records, schemaFaults }),
  };
}

/** What a step is judged with, besides the rules. */
interface Judging extends Pick<CheckOptions, 'allow' | 'schemaFaults'> {
  /**
   * What the records of environments no longer say.
   * @default - nothing
   */
  readonly records?: ReadonlyMap<string, readonly Refusal[]>;
}

/**
 * Judges every environment of a step.
 *
 * @throws UsageError for an exception that cannot be meant
 */
export function judgeAll(
  step: LoadedStep,
  { allow = [], records = new Map(), schemaFaults = () => [] }: Judging = {},
): Verdict[] {
  const exceptions = parseExceptions(allow, step.names);
  const former = step.changed.map(({ formerName }) => formerName);
  const changed = new Map(step.changed.map((pair) => [pair.name, pair]));
  const verdicts = step.names
    .filter((name) => !former.includes(name))
    .map((name): Verdict => {
      const pair = changed.get(name);
      return pair === undefined
        ? { environment: name, sentences: [], refusals: [], allowed: [] }
        : judgePair(pair, exceptions, step, schemaFaults);
    });
  const together = refusedTogether(step, verdicts);
  return verdicts.map((verdict): Verdict => {
    const name = verdict.environment;
    const allow = exceptions.get(name) ?? [];
    const found = [
      ...(together.get(name) ?? []),
      ...(records.get(name) ?? []),
      ...(name === ARGOCD_FOLDER ? named(argocdChanged, appliedTooEarly(step)) : []),
    ];
    const judged = withRefusals(verdict, found, allow);
    // Nobody can mean that all of an environment is deleted, so that it cannot be allowed.
    const empty = name === ARGOCD_FOLDER ? named(FILE_NOT_APPLIED, emptyFolders(step)) : [];
    return withUnused({ ...judged, refusals: [...judged.refusals, ...empty] }, allow);
  });
}

function named({ name }: Rule, findings: readonly Finding[]): Refusal[] {
  return findings.map((one) => ({ rule: name, ...one }));
}

function judgePair(
  pair: Pair,
  exceptions: Exceptions,
  step: LoadedStep,
  schemaFaults: SchemaFaults,
): Verdict {
  const { name, old, next, formerName, files } = pair;
  const allow = exceptions.get(name) ?? [];
  if (next === undefined) return removed(name, allow.includes(ENVIRONMENT_REMOVED.name));
  const judged = judge(name, old ?? new Rendering([]), next, { allow, ran: step.ran });
  const around = [
    ...named(FILE_NOT_APPLIED, unappliedFiles(name, files, step.argocd)),
    ...named(KIND_NOT_ALLOWED, forbiddenObjects(name, next, step.argocd)),
    ...named(HOST_TAKEN, takenFrom(pair, step)),
    ...named(migrationChanged, migrationsLeftOut(pair, step)),
    ...named(malformed, schemaFindings(pair, schemaFaults)),
  ];
  const verdict = withRefusals(judged, around, allow);
  if (old === undefined) return { ...verdict, sentences: [`${name}: is a new environment`] };
  return formerName === undefined
    ? verdict
    : { ...verdict, sentences: [`${name}: was called ${formerName}`, ...verdict.sentences] };
}

function removed(environment: string, isAllowed: boolean): Verdict {
  const refusal: Refusal = {
    rule: ENVIRONMENT_REMOVED.name,
    object: environment,
    reason: 'all that it renders would be deleted',
    remedy: 'take it out of the cluster first, then allow it',
  };
  return {
    environment,
    sentences: [`${environment}: is no longer rendered`],
    refusals: isAllowed ? [] : [refusal],
    allowed: isAllowed ? [refusal] : [],
  };
}

/** A verdict with what else is refused, or allowed. */
function withRefusals(
  verdict: Verdict,
  found: readonly Refusal[],
  allow: readonly string[],
): Verdict {
  const isAllowed = ({ rule }: Refusal) => allow.includes(rule);
  return {
    ...verdict,
    refusals: [...verdict.refusals, ...found.filter((one) => !isAllowed(one))],
    allowed: [...verdict.allowed, ...found.filter(isAllowed)],
  };
}

/** An exception that nothing needs stands for a change that is not there, and might excuse another one. */
function withUnused(verdict: Verdict, allow: readonly string[]): Verdict {
  return {
    ...verdict,
    refusals: [
      ...verdict.refusals,
      ...unusedExceptions(verdict, allow).map((rule): Refusal => ({
        rule,
        object: verdict.environment,
        reason: 'it is allowed, and nothing in this change needs that',
        remedy: 'take the exception out',
      })),
    ],
  };
}

/** What a person reads. */
export function checkText({ base, verdicts, isFirst }: CheckResult): string {
  const notes = isFirst
    ? [`${base} has no manifests: everything is new, and nothing was compared`]
    : [];
  const lines = verdicts.flatMap(({ environment, sentences, refusals, allowed }) => [
    ...sentences,
    ...refusals.map((refusal) => `${environment}: refused, ${refusalText(refusal)}`),
    ...allowed.map((refusal) => `${environment}: ${allowedText(refusal)}`),
  ]);
  const rules = new Set(
    verdicts.flatMap(({ environment, refusals }) =>
      refusals
        .filter(({ rule }) => OVERRIDABLE.includes(rule))
        .map(({ rule }) => `${rule}=${environment}`),
    ),
  );
  const remedy =
    rules.size === 0
      ? []
      : [`what must be, is allowed by name: --allow ${[...rules].join(' --allow ')}`];
  return [...(lines.length > 0 ? lines : ['nothing changes what runs']), ...remedy, ...notes].join(
    '\n',
  );
}

/** A refusal as one clause. */
export function refusalText({ rule, object, reason, remedy }: Refusal): string {
  return `${rule}: ${object}: ${reason}; ${remedy}`;
}
