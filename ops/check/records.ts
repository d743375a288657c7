import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { Git } from '../git';
import type { Workspace } from '../io';
import { openProject } from '../project';
import { type Finding, finding } from './rule';

const FOLDER = 'environments';
const RECORD = /^environments\/([a-z0-9-]+)\.release\.yaml$/;

/**
 * Environments whose record no longer says which release expanded the schema, or says an older one. Nothing that is rendered
 * says it before a contraction comes, and then it would be too late.
 */
export function forgottenExpansions(
  { cwd, env }: Workspace,
  base: string,
): ReadonlyMap<string, readonly Finding[]> {
  const { root } = openProject(cwd);
  const git = new Git({ cwd: root, env });
  const records = git.files(git.commit(base), FOLDER).filter(({ path: file }) => RECORD.test(file));
  const contents = git.contents(records.map(({ id }) => id));
  return new Map(
    records.flatMap(({ path: file, id }): [string, Finding[]][] => {
      const here = path.join(root, file);
      if (!fs.existsSync(here)) return [];
      const [before, after] = [
        contents.get(id)!.toString('utf8'),
        fs.readFileSync(here, 'utf8'),
      ].map(recordIn) as [Record, Record];
      const [was, is] = [before.expandedIn, after.expandedIn];
      // Who takes back a release that never served takes back what it was to expand.
      const isTakenBack = before.staged === was && after.releases.every((release) => release < was);
      if (is >= was || isTakenBack) return [];
      const says = is === 0 ? 'nothing of it' : `release ${is}`;
      return [
        [
          RECORD.exec(file)![1]!,
          [
            finding(
              file,
              `release ${was} expanded the schema last, and the record would say ${says}`,
              'keep expandedIn in the record: it guards the next contraction',
            ),
          ],
        ],
      ];
    }),
  );
}

interface Record {
  /** 0 where no release expanded the schema. */
  readonly expandedIn: number;
  readonly releases: readonly number[];
  /** The release of the colour that serves nobody. */
  readonly staged?: number;
}

/** What a record says; nothing where nobody can read it, which synth tells. */
function recordIn(text: string): Record {
  let read: Partial<{ [key: string]: unknown }>;
  try {
    read = Object(parse(text)) as typeof read;
  } catch {
    return { expandedIn: 0, releases: [] };
  }
  const releaseOf = (colour: string) =>
    Number((Object(read[colour]) as { release?: unknown }).release);
  return {
    expandedIn: typeof read.expandedIn === 'number' ? read.expandedIn : 0,
    releases: ['blue', 'green'].map(releaseOf),
    staged: releaseOf(read.active === 'green' ? 'blue' : 'green'),
  };
}
