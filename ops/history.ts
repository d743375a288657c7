import { parse } from 'yaml';
import { Git } from './git';
import type { Io } from './io';
import { Releases, type Verb } from './release';
import { table } from './table';

/** One commit that changed the record of an environment. */
export interface HistoryEntry {
  /** When it was committed: ISO 8601, in UTC. */
  readonly date: string;
  /** What was done, by what changed in the record; `edit` is a change that no verb makes. */
  readonly verb:
    | Exclude<Verb, 'shift'>
    | `shift ${number} %`
    | 'stage and promote'
    | 'first record'
    | 'edit'
    | 'removed'
    | 'unreadable';
  /**
   * What it was done with: the version that was staged, went live, came back, lost its pods or was dropped.
   * @default - the record cannot be read
   */
  readonly version?: string;
  /**
   * Colour of that version.
   * @default - the environment has no colours
   */
  readonly colour?: string;
  /** Full id. */
  readonly commit: string;
  readonly author: string;
}

/** Part of a record that tells the verbs apart. Old records are not held to the rules of today. */
interface Slot {
  readonly image: string;
  readonly version?: string;
  readonly release?: number;
  readonly replicas?: number;
}

interface RollingRecord extends Slot {
  readonly previous?: string;
  readonly rolledBack?: boolean;
}

interface PairRecord {
  readonly active: string;
  readonly blue: Slot;
  readonly green: Slot;
  readonly weights?: { readonly [colour: string]: number };
}

type OldRecord = RollingRecord | PairRecord;

/** What a change of the record was, and the part of it that says the version. */
type Change = Pick<HistoryEntry, 'verb' | 'colour'> & { readonly slot?: Slot };

/**
 * The releases of an environment, newest first: every commit of the branch that changed its record. A merge counts as one,
 * because the merge is the release.
 *
 * @param warn takes what is missing in the answer
 * @throws Error when there is no such environment, or git cannot read the repository
 */
export function historyOf(
  { cwd, env }: Pick<Io, 'cwd' | 'env'>,
  name: string,
  warn: (line: string) => void,
): HistoryEntry[] {
  const releases = new Releases(cwd);
  const file = releases.recordFile(releases.environment(name));
  const git = new Git({ cwd: releases.root, env });
  const changes = git.history(file);
  const ids = changes.flatMap(({ before, after }) => [before, after]);
  const contents = git.contents([...new Set(ids.filter((id) => id !== undefined))]);
  const record = (id: string | undefined): OldRecord | 'unreadable' | undefined =>
    id === undefined ? undefined : parseRecord(contents.get(id)!.toString('utf8'));
  const entries = changes.map(({ before, after, commit, date, author }): HistoryEntry => {
    const { verb, slot, colour } = changeOf(record(before), record(after));
    return {
      date: new Date(date).toISOString(),
      verb,
      ...(slot === undefined ? {} : { version: releases.versionOf(slot) }),
      ...(colour === undefined ? {} : { colour }),
      commit,
      author,
    };
  });
  if (!git.isShallow()) return entries;
  warn('the clone is shallow, so older releases are missing; fetch them: git fetch --unshallow');
  // Where the clone ends, everything looks as if it had been added there.
  return entries.filter(({ verb }) => verb !== 'first record');
}

function parseRecord(text: string): OldRecord | 'unreadable' {
  let record: unknown;
  try {
    record = parse(text);
  } catch {
    return 'unreadable';
  }
  const isSlot = (value: unknown) => typeof (value as Slot | null)?.image === 'string';
  const { active, blue, green } = (record ?? {}) as PairRecord;
  const isPair = (active === 'blue' || active === 'green') && isSlot(blue) && isSlot(green);
  return isPair || isSlot(record) ? (record as OldRecord) : 'unreadable';
}

function changeOf(
  before: OldRecord | 'unreadable' | undefined,
  after: OldRecord | 'unreadable' | undefined,
): Change {
  if (after === undefined) return { verb: 'removed' };
  if (after === 'unreadable') return { verb: 'unreadable' };
  if (before === undefined) return serving('first record', after);
  if (before === 'unreadable') return serving('edit', after);
  if ('active' in before && 'active' in after) return changeOfPair(before, after);
  if ('active' in before || 'active' in after) return serving('edit', after);
  if (before.image === after.image) return serving('edit', after);
  const swapped = before.previous === after.image && after.previous === before.image;
  return serving(swapped && (before.rolledBack || after.rolledBack) ? 'rollback' : 'stage', after);
}

function changeOfPair(before: PairRecord, after: PairRecord): Change {
  const number = ({ release = 0 }: Slot) => release;
  const newest = Math.max(number(before.blue), number(before.green));
  const other = after.active === 'blue' ? 'green' : 'blue';
  if (before.weights !== undefined || after.weights !== undefined)
    return changeOfShares(before, after);
  if (before.active !== after.active) {
    const forward = number(after[after.active as 'blue']) > number(after[other]);
    const staged = number(after[after.active as 'blue']) > newest;
    return serving(forward ? (staged ? 'stage and promote' : 'promote') : 'rollback', after);
  }
  const [old, next] = [before[other], after[other]];
  const idle = (verb: Change['verb'], slot: Slot): Change => ({ verb, colour: other, slot });
  if (number(next) > newest) return idle('stage', next);
  // A release that is dropped leaves a copy of what serves, which is no release of its own.
  if (number(next) === 0 && number(old) > 0) return idle('abort', old);
  if (old.replicas !== 0 && next.replicas === 0) return idle('retire', old);
  return serving('edit', after);
}

/** Of a release that is on its way: it got another share, all requests, or none any more. */
function changeOfShares(before: PairRecord, after: PairRecord): Change {
  if (JSON.stringify(before.weights) === JSON.stringify(after.weights))
    return serving('edit', after);
  const { blue, green, active } = after;
  const newest = (blue.release ?? 0) > (green.release ?? 0) ? 'blue' : 'green';
  if (after.weights === undefined)
    return serving(active === newest ? 'promote' : 'rollback', after);
  const share = after.weights[newest] ?? 0;
  return { verb: `shift ${share} %`, colour: newest, slot: after[newest] };
}

function serving(verb: Change['verb'], record: OldRecord): Change {
  return 'active' in record
    ? { verb, colour: record.active, slot: record[record.active as 'blue'] }
    : { verb, slot: record };
}

/** A table for people. */
export function historyText(name: string, entries: readonly HistoryEntry[]): string {
  if (entries.length === 0) return `${name}: no commit here has changed its record`;
  return table(
    entries.map(({ date, verb, version = '', colour = '', commit, author }) => [
      `${date.slice(0, 16).replace('T', ' ')} UTC`,
      verb,
      version,
      colour,
      commit.slice(0, 10),
      author,
    ]),
  ).join('\n');
}
