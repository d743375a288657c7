import * as fs from 'node:fs';
import * as path from 'node:path';
// eslint-disable-next-line no-restricted-imports -- a run that was killed is known by the number of its process
import { kill, pid, umask } from 'node:process';
import { ARGOCD_FOLDER } from '../environments/layout';
import type { Project } from './project';

const PREFIX = '.dist-';

/** What a render changes, one line a file, and how to make it so. */
export interface Rendered {
  readonly changes: readonly string[];
  /** Puts the render in the place of `dist/`. */
  readonly keep: () => void;
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
  removeLeftovers(root);
  const fresh = fs.mkdtempSync(path.join(root, `${PREFIX}${pid}-`));
  const dist = path.join(root, output);
  try {
    if (!render(fresh)) return use(undefined);
    const keep = () => {
      // mkdtemp makes folders that nobody else may read.
      fs.chmodSync(fresh, 0o777 & ~umask());
      replace(dist, fresh);
    };
    return use({ changes: compare(output, dist, fresh), keep });
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

/** A folder can be renamed only onto nothing, so the old one steps aside; when another run was faster, it does so again. */
function replace(dist: string, fresh: string): void {
  for (;;) {
    const old = `${fresh}.old`;
    try {
      fs.renameSync(dist, old);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    try {
      fs.mkdirSync(path.dirname(dist), { recursive: true });
      fs.renameSync(fresh, dist);
      return;
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? ''))
        throw error;
    } finally {
      fs.rmSync(old, { recursive: true, force: true });
    }
  }
}

/** Removes the folders of runs that were killed. */
function removeLeftovers(root: string): void {
  for (const name of fs.readdirSync(root).filter((entry) => entry.startsWith(PREFIX))) {
    if (!isRunning(Number.parseInt(name.slice(PREFIX.length), 10)))
      fs.rmSync(path.join(root, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
