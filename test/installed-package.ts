import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './kit';
import { startNpmRegistry } from './npm-registry';

export const MODULES = path.join(ROOT, 'node_modules');

/**
 * A project of another team beside a folder with the packed package. Links or `file:` overrides would hide a dependency
 * that package.json does not name, and npm's cache cannot be relied on, so npm installs from a registry of this machine.
 */
export class Consumer {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'package-'));
  readonly root = path.join(this.folder, 'shop');
  private readonly env: NodeJS.ProcessEnv;

  constructor() {
    fs.mkdirSync(this.root);
    this.env = {
      // As in a shell: without the settings that `npm test` hands down.
      ...Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !/^(npm_|cdk8s_|git_)/i.test(name)),
      ),
      npm_config_cache: path.join(this.folder, 'cache'),
      npm_config_userconfig: path.join(this.folder, 'npmrc'),
      npm_config_ignore_scripts: 'true',
      npm_config_noproxy: '127.0.0.1',
      npm_config_loglevel: 'error',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
      GIT_CONFIG_GLOBAL: os.devNull,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@example.com',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@example.com',
    };
  }

  /** Packs this repository into the folder `manifests` beside the project. */
  async pack(): Promise<void> {
    const manifests = path.join(this.folder, 'manifests');
    fs.mkdirSync(manifests);
    // What makes the package is a script of its own.
    const env = { ...this.env, npm_config_ignore_scripts: 'false' };
    await execute('npm', ['pack', '--pack-destination', manifests], { cwd: ROOT, env });
  }

  /** Runs a program in the project. Its error has what was printed. */
  readonly run = (command: string, ...args: string[]): Promise<string> =>
    this.runIn(this.root, command, ...args);

  runIn(cwd: string, command: string, ...args: string[]): Promise<string> {
    return execute(command, args, { cwd, env: this.env });
  }

  /** Runs a command line as a person types it. */
  async sh(line: string): Promise<string> {
    const registry = await startNpmRegistry((name) => path.join(MODULES, name));
    try {
      const env = { ...this.env, npm_config_registry: registry.url };
      return await execute('sh', ['-c', line], { cwd: this.root, env });
    } finally {
      registry.stop();
    }
  }

  path(file: string): string {
    return path.join(this.root, file);
  }

  read(file: string): string {
    return fs.readFileSync(this.path(file), 'utf8');
  }

  write(file: string, text: string): void {
    fs.writeFileSync(this.path(file), text);
  }

  /** Changes what main.ts says, which must be there, and renders it. */
  async edit(from: string, to: string): Promise<string> {
    const text = this.read('main.ts');
    if (!text.includes(from)) throw new Error(`main.ts does not contain ${from}`);
    this.write('main.ts', text.replace(from, to));
    return this.sh('npx seda synth');
  }

  /** Commits everything. */
  async commit(): Promise<void> {
    await this.sh('git init --quiet && git add --all && git commit --quiet --message all');
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

async function execute(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, options)).stdout;
  } catch (error) {
    const { message, stdout } = error as Error & { stdout: string };
    throw new Error(`${message}\n${stdout}`);
  }
}

/** Text by path below `start`. */
export function readTree(start: string): Map<string, string> {
  const entries = fs
    .readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile());
  const files = entries.map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
  return new Map(
    files.map((file) => [
      path.relative(start, file).split(path.sep).join('/'),
      fs.readFileSync(file, 'utf8'),
    ]),
  );
}
