import { execFile, execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Cluster } from './cluster';

const ROOT = path.join(__dirname, '..');
const SOURCES = [
  'main.ts',
  'cdk8s.yaml',
  'package.json',
  'lib',
  'environments',
  'imports',
  'ops',
  'dist',
];

/** What a command did. */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly milliseconds: number;
}

/** A build of the API that nobody ever made; pods are simulated. The tag says how its pods behave. */
export function image(tag: string): string {
  return `ghcr.io/seda-fm/seda-api:${tag}@sha256:${Buffer.from(tag).toString('hex').padEnd(64, 'a').slice(0, 64)}`;
}

/** The reference of an environment's Supabase project: twenty letters. */
export function projectRef(environment: string): string {
  return `${environment}abcdefghijklmnopqrst`.slice(0, 20);
}

/** A copy of this repository as it was on its first day, in git, with the facts filled in that are placeholders there. */
export class Project {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seda-e2e-project-'));

  /** @param imageOf the reference of a tag, where images are real */
  constructor(
    private readonly cluster: Cluster,
    private readonly imageOf: (tag: string) => string = image,
  ) {
    for (const source of SOURCES)
      fs.cpSync(path.join(ROOT, source), path.join(this.folder, source), { recursive: true });
    // Whatever people have released or decided since.
    fs.cpSync(path.join(ROOT, 'test/first-day'), path.join(this.folder, 'environments'), {
      recursive: true,
    });
    for (const file of fs.readdirSync(path.join(this.folder, 'environments')))
      if (/\.(blue|green)\.yaml$/.test(file))
        fs.rmSync(path.join(this.folder, 'environments', file));
    fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(this.folder, 'node_modules'));
    fs.writeFileSync(path.join(this.folder, '.gitignore'), 'node_modules\n.dist-*\n');
    for (const name of ['qa', 'sandbox', 'production'])
      this.edit(`environments/${name}.ts`, (text) =>
        text.replace(/your-(\w+)-project-ref/, (_, of: string) => projectRef(of)),
      );
    // The record froze the placeholder with the colour.
    this.edit('environments/production.release.yaml', (text) =>
      text.replace(/your-(\w+)-project-ref/g, (_, of: string) => projectRef(of)),
    );
    this.git('init', '--quiet');
  }

  git(...args: string[]): string {
    return execFileSync(
      'git',
      ['-c', 'user.name=e2e', '-c', 'user.email=e2e@example.com', ...args],
      { cwd: this.folder, encoding: 'utf8' },
    );
  }

  edit(file: string, change: (text: string) => string): void {
    const name = path.join(this.folder, file);
    fs.writeFileSync(name, change(fs.readFileSync(name, 'utf8')));
  }

  /** Renders and commits everything. */
  async commit(message: string): Promise<void> {
    await this.must('synth');
    this.git('add', '.');
    this.git('commit', '--quiet', '--allow-empty', '--message', message);
  }

  /** Runs the command; in the environment are the cluster's kubeconfig and kubectl. */
  seda(...args: string[]): Promise<Outcome> {
    const start = performance.now();
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        this.argv(args),
        { cwd: this.folder, env: this.env(), maxBuffer: 2 ** 26 },
        (error, stdout, stderr) => {
          resolve({
            code: error ? ((error as { code?: number }).code ?? null) : 0,
            output: stdout + stderr,
            milliseconds: performance.now() - start,
          });
        },
      );
    });
  }

  /** The same for a command that must succeed. */
  async must(...args: string[]): Promise<Outcome> {
    const outcome = await this.seda(...args);
    if (outcome.code !== 0) throw new Error(`seda ${args.join(' ')} failed:\n${outcome.output}`);
    return outcome;
  }

  /** Releases something, as people do: verb and commit. */
  async release(...args: string[]): Promise<void> {
    await this.must('release', ...args);
    await this.commit(args.slice(0, 2).join(' '));
  }

  /** An image on its way to production, not committed yet. */
  async stageInSandbox(tag: string): Promise<void> {
    await this.must('release', 'stage', 'qa', '--image', this.imageOf(tag));
    await this.must('release', 'stage', 'sandbox', '--from', 'qa');
  }

  /** A release for the colour of production that serves nobody, committed. */
  async stageInProduction(tag: string, ...options: string[]): Promise<void> {
    await this.stageInSandbox(tag);
    await this.release('stage', 'production', '--from', 'sandbox', ...options);
  }

  /** The first release of a pair, committed: the colour that served nobody goes. */
  async firstRelease(tag: string): Promise<void> {
    await this.stageInSandbox(tag);
    await this.must('release', 'stage', 'production', '--from', 'sandbox', '--promote');
    await this.must('release', 'retire', 'production');
    await this.commit('first release');
  }

  /** What doctor finds, but for what it says of a cluster without an ingress controller. */
  async findings(name: string): Promise<Record<'object' | 'found' | 'cause' | 'remedy', string>[]> {
    const { output } = await this.seda('doctor', name, '--context', this.cluster.context, '--json');
    // The values that the operators at play give to every key.
    if (/dummy|ZHVtbXk/.test(output)) throw new Error(`doctor prints a value:\n${output}`);
    const { findings } = JSON.parse(output) as {
      findings: Record<'object' | 'found' | 'cause' | 'remedy', string>[];
    };
    return findings.filter(
      ({ object }) => !/^(Ingress|IngressClass|Secret\/seda-api-tls)/.test(object),
    );
  }

  deploy(name: string, ...options: string[]): Promise<Outcome> {
    return this.inCluster('deploy', name, options);
  }

  /** The command of `seda` itself, which commits and deploys. */
  rollback(name: string, ...options: string[]): Promise<Outcome> {
    return this.inCluster('rollback', name, options);
  }

  private inCluster(verb: string, name: string, options: readonly string[]): Promise<Outcome> {
    const usual = ['--context', this.cluster.context, '--yes', '--timeout', '120'];
    return this.seda(verb, name, ...usual, ...options);
  }

  /** Deploys, and is sent a signal once a line is printed; there is no exit code where nothing could be done about it. */
  async deployEndedAt(
    name: string,
    line: RegExp,
    signal: 'SIGKILL' | 'SIGINT',
  ): Promise<Omit<Outcome, 'milliseconds'> & { readonly signalled: boolean }> {
    const child = spawn(
      process.execPath,
      this.argv(['deploy', name, '--context', this.cluster.context, '--yes']),
      { cwd: this.folder, env: this.env(), stdio: ['ignore', 'pipe', 'ignore'] },
    );
    let signalled = false;
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (signalled || !line.test(text)) return;
      signalled = true;
      child.kill(signal);
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, output: text, signalled };
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private argv(args: readonly string[]): string[] {
    return [path.join(this.folder, 'ops/seda.cjs'), ...args];
  }

  private env(): NodeJS.ProcessEnv {
    const git = {
      GIT_AUTHOR_NAME: 'e2e',
      GIT_AUTHOR_EMAIL: 'e2e@example.com',
      GIT_COMMITTER_NAME: 'e2e',
      GIT_COMMITTER_EMAIL: 'e2e@example.com',
    };
    // jest forces colours in its workers where it is started at a terminal.
    return { ...this.cluster.env, FORCE_COLOR: '0', ...git };
  }
}
