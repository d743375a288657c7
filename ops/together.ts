import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeAtomically } from './record';

/** Texts of files by their paths below the root; nothing where a file is to be gone. */
export type FileTexts = ReadonlyMap<string, string | undefined>;

/** What a run that was killed leaves behind: the texts before it, and the folder that is there until `dist/` is replaced. */
interface Journal {
  readonly render: string;
  readonly before: { readonly [file: string]: string | null };
}

/**
 * Replaces files, and then does what belongs to it. When that fails the files are as they were, and when the process is
 * killed in between, `undoKilled` of the next run makes them so.
 *
 * @param journal path of a file that is there in the meantime
 * @param render name of a folder below the root that is gone once all is done
 */
export function replaceTogether(
  root: string,
  journal: string,
  render: string,
  texts: FileTexts,
  then: () => void,
): void {
  const before = Object.fromEntries([...texts.keys()].map((file) => [file, textOf(root, file)]));
  writeAtomically(journal, JSON.stringify({ render, before } satisfies Journal));
  try {
    write(root, texts);
    then();
  } catch (error) {
    restore(root, before);
    throw error;
  } finally {
    fs.rmSync(journal, { force: true });
  }
}

/** Makes the files what they were before a run that was killed, unless it had replaced everything. */
export function undoKilled(root: string, journal: string): void {
  const { render, before } = JSON.parse(fs.readFileSync(journal, 'utf8')) as Journal;
  if (fs.existsSync(path.join(root, render))) restore(root, before);
  fs.rmSync(journal, { force: true });
}

function restore(root: string, before: Journal['before']): void {
  write(root, new Map(Object.entries(before).map(([file, text]) => [file, text ?? undefined])));
}

function write(root: string, texts: FileTexts): void {
  for (const [file, text] of texts) {
    if (text === undefined) fs.rmSync(path.join(root, file), { force: true });
    else writeAtomically(path.join(root, file), text);
  }
}

function textOf(root: string, file: string): string | null {
  const name = path.join(root, file);
  return fs.existsSync(name) ? fs.readFileSync(name, 'utf8') : null;
}
