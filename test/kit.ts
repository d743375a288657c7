import { execFile, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { runInThisContext } from 'node:vm';
import type { Io } from '../ops/cli';
import { rememberBundles } from './bundles';

export const ROOT = path.join(__dirname, '..');

/** What the command and `cdk8s synth` need of a project beside `dist/`, and tests change. */
const COPIED = ['main.ts', 'cdk8s.yaml', 'package.json', 'environments'];
/** What few tests change: a copy takes longer than most of them. */
const LINKED = ['lib', 'imports', 'ops'];

/** Environments of the first day, in the order in which an image travels. */
const FIRST = ['development', 'qa', 'sandbox', 'production'];

/** Neither the name of a person nor their settings of git reach a test. */
const ENV = {
  PATH: process.env.PATH,
  HOME: os.tmpdir(),
  GIT_CONFIG_GLOBAL: os.devNull,
  GIT_CONFIG_NOSYSTEM: '1',
  // What git starts after a commit to tidy up, and the samples of its hooks, are for repositories that stay.
  GIT_CONFIG_COUNT: '2',
  GIT_CONFIG_KEY_0: 'maintenance.auto',
  GIT_CONFIG_VALUE_0: 'false',
  GIT_CONFIG_KEY_1: 'gc.auto',
  GIT_CONFIG_VALUE_1: '0',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
};

/** What a call of the command left. */
/** What a synth says as long as three of the environments are behind ingress-nginx. */
export const RETIRED =
  'note: ingress-nginx is retired since March 2026, without security fixes: qa, sandbox, production; docs/gateway.md says how to leave it\n';

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test gives to the command in place of what its process has. */
export interface Given extends Partial<
  Pick<Io, 'cwd' | 'env' | 'clock' | 'kubectl' | 'onInterrupt'>
> {
  /**
   * What a person types at a terminal.
   * @default - there is no terminal
   */
  readonly typed?: string;
  /**
   * Standard output and standard error are a terminal.
   * @default false
   */
  readonly terminal?: boolean;
}

type Cli = typeof import('../ops/cli');

let cli: Cli | undefined;

/**
 * The command, loaded as ops/seda.cjs loads it: outside of jest's modules, so that it shares one `process` with the
 * project that it runs, and finds cdk8s where the test file before has left it.
 */
function command(): Cli {
  const { createRequire } = runInThisContext(`process.getBuiltinModule('node:module')`) as {
    createRequire: typeof import('node:module').createRequire;
  };
  const require = createRequire(__filename);
  rememberBundles(require);
  const { runTypeScript } = require('../ops/load.cjs') as {
    runTypeScript(file: string): unknown;
  };
  return (cli ??= runTypeScript(path.join(ROOT, 'ops/cli.ts')) as Cli);
}

/** Keeps what is written. */
class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/**
 * Runs `seda` in this process.
 *
 * @param args a command line, or its arguments one by one
 */
export async function seda(
  args: string | readonly string[],
  { cwd = ROOT, env, typed, terminal = false, ...given }: Given = {},
): Promise<Result> {
  const { run, systemClock } = command();
  const output = () => Object.assign(new Collector(), { isTTY: terminal });
  const [stdout, stderr] = [output(), output()];
  const code = await run(typeof args === 'string' ? args.split(' ').filter(Boolean) : args, {
    cwd,
    env: { ...ENV, ...env },
    stdin: Object.assign(new PassThrough().end(typed), { isTTY: typed !== undefined }),
    stdout,
    stderr,
    kubectl: ['kubectl'],
    clock: systemClock,
    onInterrupt: () => () => {},
    ...given,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** Runs a program to its end. */
export function runProgram(
  [program, ...args]: readonly [string, ...string[]],
  { cwd = ROOT, env = {} }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Result> {
  return new Promise((resolve) =>
    execFile(program, args, { cwd, env: { ...ENV, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    ),
  );
}

/** A file with what a colour was staged with. */
const isFrozen = (file: string): boolean => /\.(blue|green)\.yaml$/.test(file);

let firstDist: Record<string, string> | undefined;
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => fs.rmSync(folder, { recursive: true, force: true })));

/** A copy of this repository that a test may change. It is removed after the last test of the file. */
export class Project {
  /** A folder of its own for whatever does not belong into the project. */
  readonly outside = fs.mkdtempSync(path.join(os.tmpdir(), 'seda-test-'));
  readonly root = path.join(this.outside, 'project');

  private constructor() {
    folders.push(this.outside);
    for (const source of COPIED) this.copy(source);
    for (const folder of [...LINKED, 'node_modules'])
      fs.symlinkSync(path.join(ROOT, folder), this.path(folder));
    this.write('.gitignore', 'node_modules\n.dist-*\n');
  }

  /** With the settings, records and `dist/` that are in this commit, whatever they are. */
  static asCommitted(): Project {
    const project = new Project();
    project.copy('dist');
    return project;
  }

  /** With the settings and records of test/first-day, so that nothing depends on what people have released since. */
  static async onFirstDay(): Promise<Project> {
    const project = new Project();
    fs.cpSync(path.join(ROOT, 'test/first-day'), project.path('environments'), { recursive: true });
    // What people add to the program's own lists.
    const reset = (file: string, from: RegExp, to: string) =>
      project.write(file, project.read(file).replace(from, to));
    reset('environments/index.ts', /(environments: .*= )\[[^\]]*\]/, `$1[${FIRST.join(', ')}]`);
    reset('environments/api.ts', /secretKeys: \{[^}]*\} as/, 'secretKeys: {} as');
    // Nothing was staged yet, and there was no other environment.
    const isLater = (file: string) =>
      isFrozen(file) || (file.endsWith('.release.yaml') && !FIRST.includes(file.split('.')[0]!));
    for (const file of fs.readdirSync(project.path('environments')).filter(isLater))
      fs.rmSync(project.path(`environments/${file}`));
    if (firstDist === undefined) {
      const { code, stdout, stderr } = await project.seda('synth');
      if (code !== 0) throw new Error(`the first day cannot be rendered: ${stdout}${stderr}`);
      firstDist = project.files('dist');
    } else {
      for (const [file, text] of Object.entries(firstDist)) project.write(`dist/${file}`, text);
    }
    return project;
  }

  path(file: string): string {
    return path.join(this.root, file);
  }

  private copy(source: string): void {
    fs.cpSync(path.join(ROOT, source), this.path(source), {
      recursive: true,
      filter: (file) => !file.endsWith('.test.ts'),
    });
  }

  /** Makes copies of what is only linked, so that a test can change it or run something in it. */
  own(): void {
    if (!fs.lstatSync(this.path(LINKED[0]!)).isSymbolicLink()) return;
    for (const folder of LINKED) {
      fs.unlinkSync(this.path(folder));
      this.copy(folder);
    }
  }

  read(file: string): string {
    return fs.readFileSync(this.path(file), 'utf8');
  }

  write(file: string, text: string): void {
    if (LINKED.includes(file.split('/')[0]!)) this.own();
    fs.mkdirSync(path.dirname(this.path(file)), { recursive: true });
    fs.writeFileSync(this.path(file), text);
  }

  /** Changes what a file says, which must be there. */
  edit(file: string, from: RegExp | string, to: string): void {
    const [text, edited] = [this.read(file), this.read(file).replace(from, to)];
    if (text === edited) throw new Error(`${file} does not contain ${from}`);
    this.write(file, edited);
  }

  /** Every file below a folder with its content. */
  files(folder: string): Record<string, string> {
    const names = fs
      .readdirSync(this.path(folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => fs.statSync(this.path(path.join(folder, name))).isFile());
    return Object.fromEntries(
      names.sort().map((name) => [name, this.read(path.join(folder, name))]),
    );
  }

  /** What a run left behind that was on its way to `dist/`. */
  leftovers(): string[] {
    return fs.readdirSync(this.root).filter((name) => name.startsWith('.dist-'));
  }

  /** Runs `seda` in this process; without a `cwd` at the root of the project. */
  seda(args: string | readonly string[], given: Given = {}): Promise<Result> {
    return seda(args, { cwd: this.root, ...given });
  }

  /** Runs `seda` as a process of its own, for tests about processes: it takes ten times as long. */
  sedaProcess(args: string, env?: NodeJS.ProcessEnv): Promise<Result> {
    const script = this.path('ops/seda.cjs');
    return runProgram([process.execPath, script, ...args.split(' ')], { cwd: this.root, env });
  }

  /** What git prints. */
  git(...args: string[]): string {
    return execFileSync('git', args, {
      cwd: this.root,
      env: ENV,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Commits everything that is there; the first time it makes the repository. */
  commit(message: string): void {
    if (!fs.existsSync(this.path('.git'))) this.git('init', '--quiet', '--template=');
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', message);
  }

  /** Makes a program that is a shell script, in a folder for the PATH. */
  program(name: string, script: string): string {
    const file = path.join(this.outside, 'bin', name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, script, { mode: 0o755 });
    return file;
  }
}
