import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { releaseFile } from '../../environments/layout';
import type { Base } from '../rendering/base';
import { type Finding, finding } from './rule';

/**
 * Environments whose record no longer says which release expanded the schema, or says an older one. Nothing that is rendered
 * says it before a contraction comes, and then it would be too late.
 */
export function forgottenExpansions(
  { project, git, commit }: Base,
  environments: readonly string[],
): ReadonlyMap<string, readonly Finding[]> {
  const records = new Map(
    git.files(commit, 'environments').map(({ path: file, id }) => [file, id]),
  );
  const held = environments.flatMap((name) => {
    const file = `environments/${releaseFile({ name })}`;
    const [id, here] = [records.get(file), path.join(project.root, file)];
    return id !== undefined && fs.existsSync(here) ? [{ name, file, id, here }] : [];
  });
  const contents = git.contents(held.map(({ id }) => id));
  return new Map(
    held.flatMap(({ name, file, id, here }): [string, Finding[]][] => {
      const [before, after] = [
        contents.get(id)!.toString('utf8'),
        fs.readFileSync(here, 'utf8'),
      ].map(recordIn) as [Expansions, Expansions];
      const [was, is] = [before.expandedIn, after.expandedIn];
      // Who takes back a release that never served takes back what it was to expand.
      const isTakenBack = before.staged === was && after.releases.every((release) => release < was);
      if (is >= was || isTakenBack) return [];
      const says = is === 0 ? 'nothing of it' : `release ${is}`;
      return [
        [
          name,
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

/** What a record says of releases that expand the schema. */
interface Expansions {
  /** 0 where no release expanded the schema. */
  readonly expandedIn: number;
  readonly releases: readonly number[];
  /** The release of the colour that serves nobody. */
  readonly staged?: number;
}

/** What a record says; nothing where nobody can read it, which synth tells. */
function recordIn(text: string): Expansions {
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
