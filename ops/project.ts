import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';

/** File that makes a folder a cdk8s project. */
export const SETTINGS = 'cdk8s.yaml';
/** The output folder where the settings name none, as in cdk8s. */
const OUTPUT = 'dist';

/** A cdk8s project, as its cdk8s.yaml describes it. */
export interface Project {
  readonly root: string;
  /**
   * Command that renders the project.
   * @default - main.ts, or main.js where there is no main.ts
   */
  readonly app?: string;
  /** Folder of the rendered YAML, relative to the root and without a slash at its end. */
  readonly output: string;
}

/** The nearest folder, from `start` upwards, with a cdk8s.yaml. */
export function projectRoot(start: string): string {
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    if (fs.existsSync(path.join(folder, SETTINGS))) return folder;
    if (folder === path.dirname(folder)) {
      throw new Error(
        `no cdk8s.yaml in ${path.resolve(start)} or above it; run seda inside the project`,
      );
    }
  }
}

/**
 * The project around a folder.
 *
 * @throws Error when there is none, or its cdk8s.yaml cannot be used
 */
export function openProject(start: string): Project {
  const root = projectRoot(start);
  const settings = readSettings(path.join(root, SETTINGS));
  const { app, output = OUTPUT } = settings;
  const bad = (key: string, got: unknown, expected: string) =>
    new Error(
      `${SETTINGS}: ${key} cannot be used, got ${JSON.stringify(got)}, expected ${expected}; correct it`,
    );
  if (app !== undefined && (typeof app !== 'string' || app.trim() === ''))
    throw bad('app', app, 'a command such as "npx ts-node main.ts"');
  if (typeof output !== 'string') throw bad('output', output, 'a folder of the project');
  const folder = normalized(output);
  // synth replaces the folder as a whole.
  if (folder === '.' || folder.startsWith('..') || path.isAbsolute(folder))
    throw bad('output', output, 'a folder below the one of cdk8s.yaml, such as dist');
  return { root, ...(app === undefined ? {} : { app }), output: folder };
}

function normalized(output: string): string {
  return path
    .normalize(output)
    .replace(/[/\\]$/, '')
    .split(path.sep)
    .join('/');
}

/** The output folder that the text of a cdk8s.yaml names, which may have been written at any time. */
export function outputIn(text: string): string {
  const { output } = Object(parse(text)) as { output?: unknown };
  return normalized(typeof output === 'string' ? output : OUTPUT);
}

function readSettings(file: string): { readonly [key: string]: unknown } {
  let settings: unknown;
  try {
    settings = parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${SETTINGS}: cannot be read: ${(error as Error).message.split('\n')[0]}`);
  }
  if (settings !== null && (typeof settings !== 'object' || Array.isArray(settings)))
    throw new Error(`${SETTINGS}: is not a map of settings; begin with "language: typescript"`);
  return (settings ?? {}) as { readonly [key: string]: unknown };
}

/** The exports of a TypeScript file of the project, by its path below the root. */
export function loadModule<T>(root: string, file: string): T {
  return loader().runTypeScript(path.join(root, file), root) as T;
}

interface Loader {
  /** Version of the package. */
  readonly version: string;
  /** Path of the script that runs a TypeScript file as a process of its own. */
  readonly script: string;
  runCompiled(file: string): unknown;
  runTypeScript(file: string, root?: string): unknown;
  sourceStack(error: Error): string;
  isInputError(error: unknown): boolean;
}

/** ops/load.cjs, which is not compiled: it stands beside this file or, seen from build/ops/cli.js, in ops/. */
export function loader(): Loader {
  const folder = __filename.endsWith('.ts') ? __dirname : path.join(__dirname, '../../ops');
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- its place is known only when the command runs
  const loaded = require(path.join(folder, 'load.cjs'));
  return { ...loaded, script: path.join(folder, 'run.cjs') };
}
