import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { RESERVED_FOLDERS } from '../../environments/layout';
import { conflictFault } from '../../environments/record-text';
import type { Workspace } from '../io';
import { projectRoot } from '../project';
import type { Manifest } from '../../lib/manifests';
import { Rendering } from './rendering';

/** One environment in both renderings; absent where it is not rendered. */
export interface Pair {
  readonly name: string;
  readonly old?: Rendering;
  readonly next?: Rendering;
  /** What it was called in the commit, where it has another name now. */
  readonly formerName?: string;
}

/**
 * The `dist/` of a commit and the one in the working tree, environment by environment.
 *
 * @throws Error when git does not have the commit
 */
export function loadRenderings({ cwd, env }: Workspace, base: string): Pair[] {
  const root = projectRoot(cwd);
  const before = committed({ cwd: root, env }, base);
  const after = renderings(path.join(root, 'dist'));
  const gone = [...before.keys()].filter((name) => !after.has(name));
  const pairs = [...after].map(([name, next]): Pair => {
    if (before.has(name)) return { name, old: before.get(name), next };
    // A folder or file of another name is the same environment where the namespace is the same.
    const formerName = gone.find(
      (former) => next.namespace !== undefined && before.get(former)!.namespace === next.namespace,
    );
    return formerName === undefined
      ? { name, next }
      : { name, old: before.get(formerName), next, formerName };
  });
  const renamed = pairs.map(({ formerName }) => formerName);
  return [
    ...pairs,
    ...gone
      .filter((name) => !renamed.includes(name))
      .map((name) => ({ name, old: before.get(name) })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What is rendered of one environment here. */
export function loadEnvironment(root: string, name: string): Rendering {
  return renderings(path.join(root, 'dist')).get(name) ?? new Rendering([]);
}

/**
 * The environments below a folder, each as the objects of its files.
 *
 * @throws Error with the file and line of every conflict that a merge left
 */
function renderings(dist: string): Map<string, Rendering> {
  const found = new Map<string, Rendering>();
  for (const entry of fs.existsSync(dist) ? fs.readdirSync(dist, { withFileTypes: true }) : []) {
    if (!entry.isDirectory() || RESERVED_FOLDERS.has(entry.name)) continue;
    const folder = path.join(dist, entry.name);
    const files = fs.readdirSync(folder).filter(isManifest).sort();
    const texts = files.map((file) => fs.readFileSync(path.join(folder, file), 'utf8'));
    const conflicts = texts.flatMap(
      (text, index) =>
        conflictFault(`dist/${entry.name}/${files[index]}`, text, 'a rendered file') ?? [],
    );
    if (conflicts.length > 0) throw new Error(conflicts.join('\n'));
    found.set(entry.name, parseRendering(texts));
  }
  return found;
}

function committed(workspace: Workspace, ref: string): Map<string, Rendering> {
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      ...workspace,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  try {
    git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`);
  } catch {
    throw new Error(
      `git has no commit "${ref}"; in a shallow clone fetch it first: git fetch --depth=1 origin ${ref}`,
    );
  }
  const texts = new Map<string, string[]>();
  for (const file of git('ls-tree', '-r', '-z', '--name-only', ref, '--', 'dist/')
    .split('\0')
    .filter(isManifest)) {
    const environment = file.split('/')[1]!.replace(/\.k8s\.yaml$/, '');
    if (RESERVED_FOLDERS.has(environment)) continue;
    texts.set(environment, [...(texts.get(environment) ?? []), git('show', `${ref}:./${file}`)]);
  }
  return new Map([...texts].map(([environment, files]) => [environment, parseRendering(files)]));
}

/** True for a file that kubectl applies. */
export function isManifest(file: string): boolean {
  return file.endsWith('.k8s.yaml');
}

/** The objects of manifests. */
export function parseRendering(texts: readonly string[]): Rendering {
  const documents = texts.flatMap((text) =>
    parseAllDocuments(text, { version: '1.1' }).map(
      (document) => document.toJS() as Manifest | null,
    ),
  );
  return new Rendering(
    documents.filter(
      (object): object is Manifest =>
        typeof object?.kind === 'string' && typeof object.metadata?.name === 'string',
    ),
  );
}
