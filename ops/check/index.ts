import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { projectRoot } from '../project';
import { type Manifest, Rendering } from './rendering';
import { judge, type Refusal, type Verdict } from './transition';

/** What a person may say to `seda check`. */
export interface CheckOptions {
  /** Git ref of what runs now, e.g. `origin/main`. */
  readonly base: string;
  /** Environments whose serving colour may change in place. */
  readonly allowInPlace?: readonly string[];
  /** Environments in which stage and promote may come in one commit. */
  readonly oneCommit?: readonly string[];
  /** Environments that may disappear. */
  readonly allowRemoval?: readonly string[];
}

/** The result, also as `--json` prints it. */
export interface CheckResult {
  readonly base: string;
  readonly allowed: { readonly inPlace: readonly string[]; readonly oneCommit: readonly string[]; readonly removal: readonly string[] };
  readonly verdicts: readonly Verdict[];
}

/**
 * Judges the step from the `dist/` of a commit to the one in the working tree. It looks at nothing but
 * these two, so it judges edits by hand as well.
 *
 * @throws Error when git does not have the commit
 */
export function check(cwd: string, { base, allowInPlace = [], oneCommit = [], allowRemoval = [] }: CheckOptions): CheckResult {
  const root = projectRoot(cwd);
  const before = committed(root, base);
  const after = renderings(path.join(root, 'dist'));
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const verdicts = names.map((name): Verdict => {
    const [old, next] = [before.get(name), after.get(name)];
    if (next === undefined) return removed(name, allowRemoval.includes(name));
    if (old === undefined) return { ...judge(name, new Rendering([]), next, { allowInPlace: true, oneCommit: true }), sentences: [`${name}: is a new environment`] };
    return judge(name, old, next, { allowInPlace: allowInPlace.includes(name), oneCommit: oneCommit.includes(name) });
  });
  return { base, allowed: { inPlace: allowInPlace, oneCommit, removal: allowRemoval }, verdicts };
}

function removed(environment: string, allowed: boolean): Verdict {
  const reason = 'everything in its namespace would be pruned';
  const refusals: Refusal[] = allowed ? [] : [{ rule: 'environment removed', object: environment, reason, remedy: `take it out of the cluster first, then allow it: --allow-removal ${environment}` }];
  return { environment, sentences: [`${environment}: is no longer rendered`], refusals };
}

/** What a person reads. */
export function checkText({ verdicts, allowed }: CheckResult): string {
  const notes = [
    ...allowed.inPlace.map((name) => `${name}: a change of the serving colour in place is allowed in this run`),
    ...allowed.oneCommit.map((name) => `${name}: stage and promote in one commit are allowed in this run`),
    ...allowed.removal.map((name) => `${name}: its removal is allowed in this run`),
  ];
  const lines = verdicts.flatMap(({ environment, sentences, refusals }) => [
    ...sentences,
    ...refusals.map(({ rule, object, reason, remedy }) => `${environment}: refused, ${rule}: ${object}: ${reason}; ${remedy}`),
  ]);
  return [...(lines.length > 0 ? lines : ['nothing changes what runs']), ...notes].join('\n');
}

/** The environments below a folder, each as the objects of its files. */
function renderings(dist: string): Map<string, Rendering> {
  const found = new Map<string, Rendering>();
  for (const entry of fs.existsSync(dist) ? fs.readdirSync(dist, { withFileTypes: true }) : []) {
    if (!entry.isDirectory()) continue;
    const folder = path.join(dist, entry.name);
    const files = fs.readdirSync(folder).filter(isManifest).sort();
    found.set(entry.name, rendering(files.map((file) => fs.readFileSync(path.join(folder, file), 'utf8'))));
  }
  return found;
}

function committed(root: string, ref: string): Map<string, Rendering> {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`);
  } catch {
    throw new Error(`git has no commit "${ref}"; in a shallow clone fetch it first: git fetch --depth=1 origin ${ref}`);
  }
  const texts = new Map<string, string[]>();
  for (const file of git('ls-tree', '-r', '-z', '--name-only', ref, '--', 'dist/').split('\0').filter(isManifest)) {
    const environment = file.split('/')[1]!;
    texts.set(environment, [...(texts.get(environment) ?? []), git('show', `${ref}:./${file}`)]);
  }
  return new Map([...texts].map(([environment, files]) => [environment, rendering(files)]));
}

function isManifest(file: string): boolean {
  return file.endsWith('.k8s.yaml');
}

function rendering(texts: readonly string[]): Rendering {
  const documents = texts.flatMap((text) => parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as Manifest | null));
  return new Rendering(documents.filter((object): object is Manifest => typeof object?.kind === 'string' && typeof object.metadata?.name === 'string'));
}
