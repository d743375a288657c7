import * as fs from 'node:fs';
import * as path from 'node:path';
// eslint-disable-next-line no-restricted-imports -- a run that was killed is known by the number of its process
import { kill, pid, umask } from 'node:process';
import { ARGOCD_FOLDER } from '../environments/layout';
import type { Project } from './project';
import { type FileTexts, replaceTogether, undoKilled } from './together';

const PREFIX = '.dist-';
/** End of the name of a `dist/` that has stepped aside. */
const OLD = '.old';
/** End of the name of a file that says how to undo what a run has not finished. */
const UNDO = '.undo';

/** What a render changes, one line a file, and how to make it so. */
export interface Rendered {
  readonly changes: readonly string[];
  /** Puts the render in the place of `dist/`, together with the texts of other files, or nothing of both. */
  readonly keep: (others?: FileTexts) => void;
}

/**
 * Renders into a folder beside `dist/`, which is always the whole output of one run, whatever fails, is
 * killed or runs at the same time.
 *
 * @param render writes into the folder that it is given
 * @param use decides what becomes of the render
 */
export function withRender<T>(
  { root, output }: Pick<Project, 'root' | 'output'>,
  render: (folder: string) => boolean,
  use: (rendered: Rendered | undefined) => T,
): T {
  const dist = path.join(root, output);
  removeLeftovers(root, dist);
  const fresh = fs.mkdtempSync(path.join(root, `${PREFIX}${pid}-`));
  try {
    if (!render(fresh)) return use(undefined);
    const changes = compare(output, dist, fresh);
    const replaceDist = () => {
      if (changes.length === 0) return;
      // mkdtemp makes folders that nobody else may read.
      fs.chmodSync(fresh, 0o777 & ~umask());
      replace(dist, fresh);
    };
    const keep = (others: FileTexts = new Map()) => {
      const journal = path.join(root, `${PREFIX}${pid}${UNDO}`);
      replaceTogether(root, journal, path.basename(fresh), others, replaceDist);
    };
    return use({ changes, keep });
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true });
  }
}

/** Writes files by their paths below a folder. */
export function writeTree(folder: string, files: Iterable<readonly [string, string]>): void {
  for (const [name, text] of files) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}

/** A merge does not bring `dist/argocd` to Argo CD, so whoever changes it is told; nothing where it stays. */
export function argocdNotes(changes: readonly string[]): string[] {
  const file = new RegExp(`^(added|changed|removed) +dist/${ARGOCD_FOLDER}/`);
  return changes.some((change) => file.test(change))
    ? [
        `note: a person applies dist/${ARGOCD_FOLDER}, before or after the merge, see docs/argocd.md`,
      ]
    : [];
}

/** One line for each file that differs, is new or goes. */
function compare(output: string, before: string, after: string): string[] {
  const [old, fresh] = [readTree(before), readTree(after)];
  const names = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  return names.flatMap((name) => {
    if (!fresh.has(name)) return [`removed  ${output}/${name}`];
    if (!old.has(name)) return [`added    ${output}/${name}`];
    return old.get(name) === fresh.get(name) ? [] : [`changed  ${output}/${name}`];
  });
}

function readTree(folder: string): Map<string, string> {
  if (!fs.existsSync(folder)) return new Map();
  const files = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const file = path.join(entry.parentPath ?? entry.path, entry.name);
      return [path.relative(folder, file).split(path.sep).join('/'), fs.readFileSync(file, 'utf8')];
    }),
  );
}

/**
 * A folder can be renamed only onto nothing, so the old one steps aside; when another run was faster, it does so again.
 * What stepped aside comes back when the new one cannot take its place, and the next run brings it back when this one is
 * killed between the two renames.
 */
function replace(dist: string, fresh: string): void {
  const old = `${fresh}${OLD}`;
  for (;;) {
    fs.mkdirSync(path.dirname(dist), { recursive: true });
    try {
      fs.renameSync(dist, old);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    try {
      fs.renameSync(fresh, dist);
      fs.rmSync(old, { recursive: true, force: true });
      return;
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) {
        if (fs.existsSync(old) && !fs.existsSync(dist)) fs.renameSync(old, dist);
        throw error;
      }
      fs.rmSync(old, { recursive: true, force: true });
    }
  }
}

/** Undoes what runs that were killed have not finished, so that whoever reads their files next reads what holds. */
export function undoLeftovers(root: string): void {
  for (const name of leftoversIn(root).filter((one) => one.endsWith(UNDO)))
    undoKilled(root, path.join(root, name));
}

function leftoversIn(root: string): string[] {
  return fs
    .readdirSync(root)
    .filter((name) => name.startsWith(PREFIX))
    .filter((name) => !isRunning(Number.parseInt(name.slice(PREFIX.length), 10)));
}

/** Removes the folders of runs that were killed, and brings `dist/` back where one of them had moved it aside. */
function removeLeftovers(root: string, dist: string): void {
  undoLeftovers(root);
  const left = leftoversIn(root);
  const old = left.find((name) => name.endsWith(OLD));
  if (old !== undefined && !fs.existsSync(dist)) fs.renameSync(path.join(root, old), dist);
  for (const name of left) fs.rmSync(path.join(root, name), { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
