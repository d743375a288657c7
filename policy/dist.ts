import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { environments, renderPreview } from '../environments';
import { preview } from '../environments/preview';
import type { Manifest } from '../lib/manifests';
import type { Subject } from './subject';

export const ROOT = path.join(__dirname, '..');

/** Text of every file below a folder of the repository, by its path in the repository; none where the folder is not. */
export function filesBelow(folder: string): ReadonlyMap<string, string> {
  const entries = readdirSync(path.join(ROOT), { withFileTypes: true }).some(
    ({ name }) => name === folder,
  )
    ? readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    : [];
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return new Map(
    files.sort().map((file) => [path.relative(ROOT, file), readFileSync(file, 'utf8')]),
  );
}

/** What is committed below `dist/`. */
export const distFiles = filesBelow('dist');

/** The preview of a pull request, which no branch but its own has in `dist/`: the rules are the same. */
export const PREVIEW = preview(1);
const PREVIEW_IMAGE = `ghcr.io/seda-fm/seda-api:pr-1@sha256:${'6f4e0a1d2c3b4a59'.repeat(4)}`;

/** The objects of a folder of `dist/`. */
export function objectsIn(folder: string): Manifest[] {
  return read([...distFiles].filter(([file]) => file.startsWith(`dist/${folder}/`)));
}

/** The objects of files, as a reader of YAML 1.1 takes them. */
export function read(files: Iterable<readonly [string, string]>): Manifest[] {
  return [...files].flatMap(([, text]) =>
    parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as Manifest),
  );
}

/** The objects of each environment, and of a preview. */
export const objectsOf: ReadonlyMap<string, readonly Manifest[]> = new Map([
  ...environments.map(({ name }) => [name, objectsIn(name)] as const),
  [PREVIEW.name, read(renderPreview(1, PREVIEW_IMAGE))],
]);

/** What is committed, environment by environment, with a preview. */
export const committed: readonly Subject[] = [...environments, PREVIEW].map((environment) => ({
  environment,
  objects: objectsOf.get(environment.name)!,
}));
