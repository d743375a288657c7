import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { frozenFile } from '../../environments/frozen-name';
import { releaseFile } from '../../environments/layout';
import type { Base } from '../rendering/base';
import { finding, type Refusal, type Rule } from './rule';
import { colourNotStaged } from './rules/colour-not-staged';
import { contractionTooEarly } from './rules/contraction-too-early';
import { imageNotProven } from './rules/image-not-proven';
import { migrationChanged } from './rules/migration-changed';
import { servingColourChanged } from './rules/serving-colour-changed';

const COLOURS = ['blue', 'green'] as const;

/**
 * What records of environments no longer say, and nothing that is rendered says it before it is needed: which release
 * expanded the schema, what a colour was staged with, which image ran before.
 */
export function recordRefusals(
  { project, git, commit, ref }: Base,
  environments: readonly string[],
): ReadonlyMap<string, readonly Refusal[]> {
  const files = new Map(git.files(commit, 'environments').map(({ path: file, id }) => [file, id]));
  const isHere = (file: string) => fs.existsSync(path.join(project.root, file));
  const held = environments.flatMap((name) => {
    const file = `environments/${releaseFile({ name })}`;
    const id = files.get(file);
    return id !== undefined && isHere(file) ? [{ name, file, id }] : [];
  });
  const contents = git.contents(held.map(({ id }) => id));
  return new Map(
    held.map(({ name, file, id }): [string, Refusal[]] => {
      const before = recordIn(contents.get(id)!.toString('utf8'));
      const after = recordIn(fs.readFileSync(path.join(project.root, file), 'utf8'));
      const bundles = COLOURS.filter((colour) => after.replicas[colour] > 0)
        .map((colour) => `environments/${frozenFile({ name }, colour)}`)
        .filter((bundle) => files.has(bundle) && !isHere(bundle));
      return [
        name,
        [
          ...expansionRefusals(file, before, after),
          ...previousRefusals(file, before, after),
          ...markRefusals(file, before, after),
          ...bundles.map((bundle) => lostBundle(bundle, ref)),
        ],
      ];
    }),
  );
}

function refusal({ name }: Rule, file: string, reason: string, remedy: string): Refusal {
  return { rule: name, ...finding(file, reason, remedy) };
}

function expansionRefusals(file: string, before: Kept, after: Kept): Refusal[] {
  const [was, is] = [before.expandedIn, after.expandedIn];
  // Who takes back a release that never served takes back what it was to expand.
  const isTakenBack =
    before.releases[before.idle] === was && COLOURS.every((colour) => after.releases[colour] < was);
  if (is >= was || isTakenBack) return [];
  const says = is === 0 ? 'nothing of it' : `release ${is}`;
  return [
    refusal(
      contractionTooEarly,
      file,
      `release ${was} expanded the schema last, and the record would say ${says}`,
      'keep expandedIn in the record: it guards the next contraction',
    ),
  ];
}

/** `seda release rollback` goes to the previous image: one that ran. */
function previousRefusals(file: string, before: Kept, after: Kept): Refusal[] {
  const ran = [before.image, before.previous];
  return after.previous === undefined || ran.includes(after.previous)
    ? []
    : [
        refusal(
          imageNotProven,
          file,
          `previous is ${after.previous}, which this environment did not run, and a rollback would go there`,
          `let it be ${before.image}, the image that runs`,
        ),
      ];
}

/** What is known of the release that was rolled back, or ran before, stays known as long as nothing is released. */
function markRefusals(file: string, before: Kept, after: Kept): Refusal[] {
  if (before.released !== after.released) return [];
  const { rolledBack: was, previousMigration: migrated } = before;
  return [
    ...(was === true && after.rolledBack !== true
      ? [
          refusal(
            colourNotStaged,
            file,
            'it no longer says that a release was rolled back, which could then be promoted again by mistake',
            'keep rolledBack: seda release promote --again takes it out',
          ),
        ]
      : []),
    ...(migrated !== after.previousMigration
      ? [
          refusal(
            migrationChanged,
            file,
            `previousMigration changes from ${String(migrated ?? 'nothing')} to ${String(after.previousMigration ?? 'nothing')}, and nothing was released`,
            'keep it: a rollback takes it over',
          ),
        ]
      : []),
  ];
}

function lostBundle(file: string, ref: string): Refusal {
  return refusal(
    servingColourChanged,
    file,
    'it is gone, and its colour has pods: the next change of the code would reach them without a stage',
    `take it back: git checkout ${ref} -- ${file}`,
  );
}

/** What a record keeps for later. */
interface Kept {
  /** 0 where no release expanded the schema. */
  readonly expandedIn: number;
  readonly idle: 'blue' | 'green';
  /** Of each colour; NaN where there is none. */
  readonly releases: { readonly blue: number; readonly green: number };
  readonly replicas: { readonly blue: number; readonly green: number };
  readonly image: unknown;
  readonly previous: unknown;
  readonly previousMigration: unknown;
  readonly rolledBack: unknown;
  /** What runs, and where clients are led, to compare. */
  readonly released: string;
}

/** What a record says; nothing where nobody can read it, which synth tells. */
function recordIn(text: string): Kept {
  let read: Partial<{ [key: string]: unknown }>;
  try {
    read = Object(parse(text)) as typeof read;
  } catch {
    read = {};
  }
  const ofBoth = (key: string) => {
    const [blue, green] = COLOURS.map((colour) =>
      Number((Object(read[colour]) as { [key: string]: unknown })[key]),
    ) as [number, number];
    return { blue, green };
  };
  return {
    expandedIn: typeof read.expandedIn === 'number' ? read.expandedIn : 0,
    idle: read.active === 'green' ? 'blue' : 'green',
    releases: ofBoth('release'),
    replicas: ofBoth('replicas'),
    image: read.image,
    previous: read.previous,
    previousMigration: read.previousMigration,
    rolledBack: read.rolledBack,
    released: JSON.stringify([
      ...[read.active, read.weights, read.image, read.previous],
      ...[ofBoth('release'), ofBoth('replicas')],
    ]),
  };
}
