import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { loader, type Project } from './project';
import { unreadableFiles } from './readable';

/** The app of this repository, which renders before its script ends, so that it can run in this process. */
const OWN_APP = /^node ops\/run\.cjs (\S+\.ts)$/;

/** A script that Node runs, as an app that `tsc` has compiled. */
const SCRIPT = /^node (\S+\.js)$/;

/** How an app is run. */
export interface AppRun {
  /** Environment variables of the app, to which its output folder is added. */
  readonly env: NodeJS.ProcessEnv;
  /** Takes what the app prints. */
  readonly say: (text: string) => void;
  /**
   * Takes what the process of an app that is good writes to standard error.
   * @default - `fault` takes it
   */
  readonly warn?: (text: string) => void;
  /** Takes what is wrong with it. */
  readonly fault: (text: string) => void;
}

/**
 * Runs the app of a project with `outdir` as its output folder, as `cdk8s synth` does: by its command, in the folder of
 * cdk8s.yaml, until its process has ended. This repository's own app and a compiled one with a code cache run in this
 * process, which is faster.
 *
 * @returns false when the app has failed or wrote nothing, which has been said
 * @throws Error when the app cannot be started, or its sources do not compile
 */
export function runApp(project: Project, outdir: string, run: AppRun): boolean {
  const { env, fault } = run;
  const { root, app } = project;
  refuseStale(project);
  const own = app === undefined ? undefined : OWN_APP.exec(app)?.[1];
  const compiled = app === undefined ? undefined : SCRIPT.exec(app)?.[1];
  const { runCompiled, runTypeScript } = loader();
  let good: boolean;
  if (own !== undefined && fs.existsSync(path.join(root, 'ops/run.cjs'))) {
    good = inProcess(() => runTypeScript(path.join(root, own), root), outdir, run);
  } else if (compiled !== undefined && fs.existsSync(path.join(root, `${compiled}.cache`))) {
    good = inProcess(() => runCompiled(path.join(root, compiled)), outdir, run);
  } else {
    good = asProcess(app ?? defaultApp(root), root, { ...env, CDK8S_OUTDIR: outdir }, run);
  }
  if (good && !hasFile(outdir)) {
    fault(
      `the app wrote no file, ${project.output}/ stays as it was; expected it to write into the folder that CDK8S_OUTDIR names, as app.synth() does`,
    );
    return false;
  }
  // What this repository's own app writes is written by `yamlText`, which knows all readers.
  const unreadable = good && own === undefined ? unreadableFiles(project, outdir) : [];
  for (const text of unreadable) fault(text);
  return good && unreadable.length === 0;
}

function inProcess(
  render: () => unknown,
  outdir: string,
  { say, fault }: Pick<AppRun, 'say' | 'fault'>,
): boolean {
  /* eslint-disable no-restricted-globals -- the app is any program that cdk8s can run, and reads them itself */
  process.env.CDK8S_OUTDIR = outdir;
  process.exitCode = undefined;
  const { error, log } = console;
  console.error = (...texts) => fault(texts.join(' '));
  console.log = (...texts) => say(texts.join(' '));
  try {
    render();
  } catch (thrown) {
    if (loader().isInputError(thrown) || !(thrown as Error)?.stack) throw thrown;
    fault(loader().sourceStack(thrown as Error));
    return false;
  } finally {
    Object.assign(console, { error, log });
  }
  const good = !process.exitCode;
  process.exitCode = undefined;
  /* eslint-enable no-restricted-globals */
  return good;
}

/** Through the shell, because the command may be any. */
function asProcess(
  command: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
  { say, fault, warn = fault }: Pick<AppRun, 'say' | 'fault' | 'warn'>,
): boolean {
  const { status, signal, stdout, stderr, error } = spawnSync(command, {
    cwd,
    env,
    shell: true,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (stdout?.trim()) say(stdout.trimEnd());
  if (stderr?.trim()) (status === 0 ? warn : fault)(stderr.trimEnd());
  if (error) throw new Error(`the app cannot be started: ${error.message}; see app in cdk8s.yaml`);
  if (status === 0) return true;
  fault(`the app failed with ${signal ?? `exit code ${status}`}: ${command}`);
  return false;
}

/** What runs a project whose cdk8s.yaml names no app. */
function defaultApp(root: string): string {
  const quote = (text: string) => `"${text.replace(/(["\\$`])/g, '\\$1')}"`;
  // eslint-disable-next-line no-restricted-globals -- the same Node again
  const node = quote(process.execPath);
  if (fs.existsSync(path.join(root, 'main.ts'))) return `${node} ${quote(loader().script)} main.ts`;
  if (fs.existsSync(path.join(root, 'main.js'))) return `${node} main.js`;
  throw new Error(
    `${root} has no main.ts and its cdk8s.yaml no "app"; write main.ts, or name the command that renders the project: app: npx ts-node main.ts`,
  );
}

/** What was compiled before the last edit renders something else than the sources say. */
function refuseStale({ root, app }: Project): void {
  const script = app === undefined ? undefined : SCRIPT.exec(app)?.[1];
  if (script === undefined) return;
  const source = script.replace(/\.js$/, '.ts');
  const changed = (file: string) =>
    fs.statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs;
  const [compiledAt, editedAt] = [changed(script), changed(source)];
  if (compiledAt !== undefined && editedAt !== undefined && editedAt > compiledAt)
    throw new Error(
      `${script} is older than ${source}, from which it is compiled; compile it again, e.g. with npx tsc`,
    );
}

function hasFile(folder: string): boolean {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .some((entry) => entry.isFile());
}
