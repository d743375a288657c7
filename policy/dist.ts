import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { environments } from '../environments';
import type { Manifest } from '../test/render';

export const ROOT = path.join(__dirname, '..');

/** Text of every file below a folder of the repository, by its path in the repository; none where the folder is not. */
export function filesBelow(folder: string): ReadonlyMap<string, string> {
  const entries = readdirSync(path.join(ROOT), { withFileTypes: true }).some(({ name }) => name === folder)
    ? readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    : [];
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return new Map(files.sort().map((file) => [path.relative(ROOT, file), readFileSync(file, 'utf8')]));
}

/** What is committed below `dist/`. */
export const distFiles = filesBelow('dist');

/** The Kubernetes objects of a folder of `dist/`, as a reader of YAML 1.1 takes them. Compose has a format of its own. */
export function objectsIn(folder: string): Manifest[] {
  return [...distFiles]
    .filter(([file]) => file.startsWith(`dist/${folder}/`) && !file.endsWith('/compose.yaml'))
    .flatMap(([, text]) => parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as Manifest));
}

/** The objects of each environment. */
export const objectsOf: ReadonlyMap<string, readonly Manifest[]> = new Map(environments.map(({ name }) => [name, objectsIn(name)]));
