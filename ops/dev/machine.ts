import * as fs from 'node:fs';
import { connect } from 'node:net';
import * as path from 'node:path';
import { parseEnv } from 'node:util';
import { fault } from '../../lib/checks';
import { ComposeFile, publishedPorts } from './compose-file';

/** What came of a program. */
export interface Outcome {
  /** @default - there is no such program */
  readonly code?: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** @default - that of this process */
  readonly env?: NodeJS.ProcessEnv;
  /**
   * What goes to the terminal in place of the outcome; `stderr` is the progress of a program whose result is a secret.
   * @default - nothing
   */
  readonly show?: 'all' | 'stderr';
}

/** Runs a program to its end. */
export type Run = (
  program: string,
  args: readonly string[],
  options?: RunOptions,
) => Promise<Outcome>;

/** Where local development finds what it starts. */
export class Machine {
  readonly composePath: string;
  /** The environment of this process over what the file .env says. */
  readonly env: NodeJS.ProcessEnv;
  /** The checkout of the API: its Dockerfile and its Supabase project. */
  readonly source: string;

  constructor(
    root: string,
    env: NodeJS.ProcessEnv,
    readonly run: Run,
  ) {
    this.composePath = path.join(root, 'dist/compose/development.yaml');
    const file = path.join(root, '.env');
    this.env = { ...(fs.existsSync(file) ? parseEnv(fs.readFileSync(file, 'utf8')) : {}), ...env };
    this.source = path.resolve(root, this.env.SEDA_API_SOURCE || '../seda-api');
  }

  /** @throws Error when it has not been rendered */
  get compose(): ComposeFile {
    return new ComposeFile(fs.readFileSync(this.composePath, 'utf8'));
  }

  docker(
    args: readonly string[],
    options: { readonly key?: string; readonly show?: 'all' } = {},
  ): Promise<Outcome> {
    // Absolute, because Compose takes a relative folder from where its file is.
    const env = {
      ...this.env,
      SEDA_API_SOURCE: this.source,
      ...(options.key ? { SUPABASE_SERVICE_KEY: options.key } : {}),
    };
    return this.run('docker', ['compose', '--file', this.composePath, ...args], {
      env,
      show: options.show,
    });
  }

  supabase(args: readonly string[], show?: 'stderr'): Promise<Outcome> {
    return this.run('supabase', [...args, '--workdir', this.source], { env: this.env, show });
  }

  /** Everything that is missing or in the way of a start. */
  async startFaults(): Promise<string[]> {
    const [tools, ports] = await Promise.all([this.toolFaults(), this.portFaults()]);
    return [...this.fileFaults(), ...tools, ...ports];
  }

  /** Every program that is missing, or does not work. */
  async toolFaults(): Promise<string[]> {
    const [plugin, engine, supabase] = await Promise.all([
      this.run('docker', ['compose', 'version']),
      this.run('docker', ['info', '--format', '{{.ServerVersion}}']),
      this.run('supabase', ['--version']),
    ]);
    const docker =
      engine.code === undefined
        ? [
            'docker is not installed, or not on the PATH; install it: https://docs.docker.com/get-docker/',
          ]
        : [];
    return [
      ...docker,
      ...(docker.length > 0 || plugin.code === 0
        ? []
        : ['docker has no compose plugin; install it: https://docs.docker.com/compose/install/']),
      ...(docker.length > 0 || engine.code === 0
        ? []
        : [
            `the engine of Docker does not answer: ${lastLine(engine.stderr)}; ${engineRemedy(engine.stderr)}`,
          ]),
      ...(supabase.code === 0
        ? []
        : [
            'supabase is not installed, or not on the PATH; install the CLI: https://supabase.com/docs/guides/local-development/cli/getting-started',
          ]),
    ];
  }

  private fileFaults(): string[] {
    if (!fs.existsSync(this.composePath))
      return ['dist/compose/development.yaml does not exist; run: npm run synth'];
    const lacks = (file: string, remedy: string) =>
      fs.existsSync(path.join(this.source, file))
        ? []
        : [
            fault(
              'SEDA_API_SOURCE',
              `has no ${file}`,
              this.source,
              'the checkout of the API',
              remedy,
            ),
          ];
    return [
      ...lacks('Dockerfile', 'set SEDA_API_SOURCE in the file .env, or copy app/ there'),
      ...lacks('supabase/config.toml', 'run there: supabase init'),
      ...this.compose
        .missing(this.env)
        .map(
          (name) =>
            `${name} has no value, and dist/compose/development.yaml needs one; set it in the file .env`,
        ),
    ];
  }

  private async portFaults(): Promise<string[]> {
    if (!fs.existsSync(this.composePath)) return [];
    const { compose } = this;
    const [containers, supabase] = await Promise.all([
      this.docker(['ps', '--format', 'json']),
      this.supabase(['status']),
    ]);
    // What was started before may go on: a second start is no fault.
    const ours = [
      ...(containers.code === 0 ? publishedPorts(containers.stdout) : []),
      ...(supabase.code === 0 ? [compose.supabasePort] : []),
    ];
    const wanted = compose.ports.filter(({ port }) => !ours.includes(port));
    const busy = await Promise.all(wanted.map(({ port }) => listens(port)));
    return wanted
      .filter((_, index) => busy[index])
      .map(
        ({ port, by }) =>
          `port ${port} is taken, and ${by} needs it; end what listens there, to be seen with: lsof -nP -iTCP:${port} -sTCP:LISTEN`,
      );
  }
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}

function engineRemedy(output: string): string {
  return /permission denied/i.test(output)
    ? 'let this user talk to it: https://docs.docker.com/engine/install/linux-postinstall/'
    : 'start Docker Desktop, or on Linux: sudo systemctl start docker';
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 });
    const end = (taken: boolean) => (socket.destroy(), resolve(taken));
    socket
      .on('connect', () => end(true))
      .on('error', () => end(false))
      .on('timeout', () => end(true));
  });
}
