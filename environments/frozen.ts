import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Colour, COLOURS, type Manifest } from '../lib';
import { oneLine } from '../lib/checks';
import { yamlText } from '../lib/yaml-text';
import { type Bundle, bundleOf, type Bundles, withoutWave } from './bundle';
import type { BlueGreenRelease, SedaEnvironment } from './environment';
import { frozenFaults } from './frozen-checks';
import { frozenFile } from './frozen-name';
import { readDocuments, readText } from './record-text';

/** A bundle is a few hundred lines; a larger file is a mistake or an attack. */
const MAX_BYTES = 1024 * 1024;

/** The text of a file, or nothing where it is to be gone. */
export type FileChange = string | undefined;

/** Texts that stand for files of the folder of records, by file name. */
export type FileChanges = ReadonlyMap<string, FileChange>;

/** The text of a bundle, with what a reader must know of it. */
export function frozenText({ name }: SedaEnvironment, colour: Colour, bundle: Bundle): string {
  return [
    `# What ${colour} of ${name} was given when it was staged. Written by \`seda release\`; nobody edits it.`,
    '# It is rendered as it is here until the next stage, whatever the code and the settings say by then.',
    yamlText(bundle),
  ].join('\n');
}

type Documents = ReturnType<typeof readDocuments>;

/** What was read last of each file: the notes after a render read what the render has read. */
const lastRead = new Map<string, { readonly text: string; readonly documents: Documents }>();

function documentsOf(label: string, text: string): Documents {
  const last = lastRead.get(label);
  if (last?.text === text) return last.documents;
  const documents = readDocuments(label, text, 'the file of one side');
  lastRead.set(label, { text, documents });
  return documents;
}

/** Checks the text of a bundle against its shape, the environment and the record. Faults carry file, line and path. */
export function parseFrozen(
  label: string,
  text: string,
  environment: SedaEnvironment,
  release: BlueGreenRelease,
  colour: Colour,
): { readonly bundle: Bundle } | { readonly faults: readonly string[] } {
  const read = documentsOf(label, text);
  if ('faults' in read) return read;
  const faults = frozenFaults(
    read.documents.map(({ value }) => value),
    environment,
    release[colour],
    colour,
  ).map(({ index, keys, message }) => {
    const at = read.documents[index]?.where(keys) ?? `${label}:1`;
    return oneLine(`${at}: ${message}`);
  });
  if (faults.length > 0) return { faults };
  return { bundle: read.documents.map(({ value }) => withoutWave(value as Manifest)) };
}

/**
 * The frozen bundles of an environment. Never throws: what cannot be used is a list of faults.
 *
 * @param changes texts that stand for the files in the folder
 */
export function readFrozen(
  folder: string,
  environment: SedaEnvironment,
  release: BlueGreenRelease,
  changes: FileChanges = new Map(),
): { readonly frozen: Bundles; readonly faults: readonly string[] } {
  const frozen: { [colour in Colour]?: Bundle } = {};
  const faults: string[] = [];
  for (const colour of COLOURS) {
    const file = frozenFile(environment, colour);
    const label = `environments/${file}`;
    const read = textOf(folder, file, changes);
    if (read === undefined) continue;
    if ('faults' in read) faults.push(...read.faults);
    else if (release[colour].replicas === 0)
      faults.push(
        `${label}: belongs to a colour without pods, expected no file; delete it, or restore the record from git`,
      );
    else {
      const parsed = parseFrozen(label, read.text, environment, release, colour);
      if ('faults' in parsed) faults.push(...parsed.faults);
      else frozen[colour] = parsed.bundle;
    }
  }
  return { frozen, faults };
}

function textOf(
  folder: string,
  file: string,
  changes: FileChanges,
): ReturnType<typeof readText> | undefined {
  if (changes.has(file)) {
    const text = changes.get(file);
    return text === undefined ? undefined : { text };
  }
  // A link to nowhere is there, and no file.
  const found = fs.lstatSync(path.join(folder, file), { throwIfNoEntry: false });
  if (!found) return undefined;
  return readText(
    path.join(folder, file),
    `environments/${file}`,
    'what was staged in the colour',
    MAX_BYTES,
  );
}

/**
 * How the frozen bundles follow a verb: what is staged is frozen as it is rendered, and what serves with it where it was
 * not frozen yet; a colour that loses its pods loses its file. A promotion and a rollback change none.
 *
 * @param frozen the bundles before
 */
export function freeze(
  environment: SedaEnvironment,
  before: BlueGreenRelease,
  after: BlueGreenRelease,
  frozen: Bundles,
): FileChanges {
  const staged = (colour: Colour) =>
    after[colour].replicas > 0 && after[colour].release !== before[colour].release;
  const isStage = COLOURS.some(staged);
  const changes = new Map<string, FileChange>();
  for (const colour of COLOURS) {
    const file = frozenFile(environment, colour);
    const exists = frozen[colour] !== undefined;
    if (after[colour].replicas === 0) {
      if (exists) changes.set(file, undefined);
    } else if (staged(colour) || (isStage && !exists)) {
      const bundle = bundleOf(environment, after, colour);
      changes.set(file, frozenText(environment, colour, bundle));
    }
  }
  return changes;
}
