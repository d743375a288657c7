import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { COMPOSE_FOLDER } from '../../environments/layout';
import { LINK_MODE } from '../git';
import { outputIn, type Project, SETTINGS } from '../project';
import type { Base } from './base';

/** A file of manifests. */
export interface ManifestFile {
  /** Path below the output folder. */
  readonly path: string;
  /** Where a message says that it is. */
  readonly at: string;
  /** Tells contents apart. */
  readonly id: string;
  readonly text: () => string;
}

/** Files of manifests by environment: a folder of the output, a file without a folder, or all files of one object each; what Argo CD is given is one of them. */
export type ManifestFiles = ReadonlyMap<string, readonly ManifestFile[]>;

/** True for a file that kubectl and Argo CD read in a folder. */
function isManifest(file: string): boolean {
  return /\.(ya?ml|json)$/.test(file);
}

/**
 * What is below the output folder now.
 *
 * @throws Error for a link, which a commit would hold as a path alone
 */
export function filesHere(project: Project): ManifestFiles {
  const { root, output } = project;
  const folder = path.join(root, output);
  const found: ManifestFile[] = [];
  const visit = (below: string): void => {
    const entries = fs.readdirSync(path.join(folder, below), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      const at = `${output}/${name}`;
      if (entry.isSymbolicLink()) throw linkError(at);
      // Argo CD evaluates it, and applies what comes out.
      if (/\.(jsonnet|libsonnet)$/.test(name))
        throw new Error(
          `${at}: is a program, of which nobody can say what Argo CD would apply; render what it makes, and remove it`,
        );
      if (entry.name.startsWith('.git'))
        throw new Error(
          `${at}: is a file of git, which may leave out or change what is beside it; remove it`,
        );
      if (entry.isDirectory()) visit(name);
      else if (isManifest(name)) {
        const content = fs.readFileSync(path.join(folder, name));
        found.push({ path: name, at, id: blobId(content), text: () => decode(at, content) });
      }
    }
  };
  if (fs.existsSync(folder)) visit('');
  return byEnvironment(project, found);
}

/** What a commit has below the output folder; the contents that are `known` by their id are not read again. */
export function filesOf({ project, git, ref, commit }: Base, known: ManifestFiles): ManifestFiles {
  const { output } = project;
  const committed = git
    .files(commit, output)
    .filter(({ path: file, mode }) => isManifest(file) || mode === LINK_MODE);
  const here = new Map([...known.values()].flat().map((file) => [file.id, file]));
  const contents = git.contents([
    ...new Set(committed.map(({ id }) => id).filter((id) => !here.has(id))),
  ]);
  const found = committed.map(({ path: file, mode, id }): ManifestFile => {
    const at = `${ref}:${file}`;
    if (mode === LINK_MODE) throw linkError(at);
    const text = () => here.get(id)?.text() ?? decode(at, contents.get(id)!);
    return { path: file.slice(output.length + 1), at, id, text };
  });
  return byEnvironment(project, found);
}

/**
 * Refuses another name of the output folder: the base would have nothing under the new one, and everything would be new.
 *
 * @throws Error where the commit has manifests in the folder that its own cdk8s.yaml names
 */
export function checkSameOutput({ project: { output }, git, ref, commit }: Base): void {
  const settings = git.text(commit, SETTINGS);
  if (settings === undefined) return;
  const former = outputIn(settings);
  if (former === output || !git.files(commit, former).some(({ path: file }) => isManifest(file)))
    return;
  throw new Error(
    `${SETTINGS}: output is ${output} and was ${former}, where ${ref} has its manifests, so nothing can be compared; keep the name, as whatever applies ${former} goes on doing so`,
  );
}

/** `Service.shop-api`, as cdk8s calls a file where each object has one of its own; of which chart it is, no name says. */
const ONE_OBJECT = /^[A-Z][A-Za-z]*\./;

function byEnvironment({ root, output }: Project, files: readonly ManifestFile[]): ManifestFiles {
  // In another project these are names like any other.
  const ours = fs.existsSync(path.join(root, 'environments/index.ts'));
  const environments = new Map<string, ManifestFile[]>();
  for (const file of files) {
    const [first = '', ...rest] = file.path.split('/');
    const name = first.replace(/\.[^.]+$/, '').replace(/\.k8s$/, '');
    const environment = rest.length > 0 ? first : ONE_OBJECT.test(name) ? output : name;
    if (ours && environment === COMPOSE_FOLDER) continue;
    environments.set(environment, [...(environments.get(environment) ?? []), file]);
  }
  return environments;
}

/** The id that git gives to a content, as long as its repositories use SHA-1. */
function blobId(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

function decode(at: string, content: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new Error(`${at}: is not UTF-8, expected text that kubectl can read; render it again`);
  }
}

function linkError(at: string): Error {
  return new Error(
    `${at}: is a symbolic link, expected a file: a commit holds only where a link leads; put the file in its place`,
  );
}
