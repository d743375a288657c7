import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Node } from '../node';
import type { Target } from '../node/load';

interface Slice {
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions: { readonly ready?: boolean };
  }[];
}

/**
 * nginx as an ingress controller uses it: it sends to the ready pods behind a Service themselves, follows them within a
 * second, and tries nobody else where one does not answer. It follows by a reload, so its clients make a connection for
 * each request.
 */
export class Proxy {
  private readonly folder: string;
  private watch: ChildProcess | undefined;
  private due: NodeJS.Timeout | undefined;

  constructor(
    private readonly node: Node,
    private readonly namespace: string,
    private readonly service: string,
    private readonly port: number,
  ) {
    this.folder = join(node.folder, `nginx-${port}`);
  }

  /** The requests that go through it. */
  target(rate: number): Target {
    return {
      name: 'proxy',
      kind: 'new-post',
      rate,
      url: `http://127.0.0.1:${this.port}/api/v1/version`,
    };
  }

  async start(): Promise<void> {
    mkdirSync(this.folder, { recursive: true });
    await this.write();
    this.begin();
    const watching = [
      ...[`--namespace=${this.namespace}`, 'get', 'endpointslices', '--watch'],
      ...[`--selector=kubernetes.io/service-name=${this.service}`, '--output=name'],
    ];
    this.watch = spawn(this.node.kubectl, watching, {
      env: this.node.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.watch.stdout!.on('data', () => (this.due ??= setTimeout(() => void this.follow(), 500)));
    await sleep(1000);
  }

  /** Ends it, and starts it again at once. */
  async restart(): Promise<void> {
    await this.node.kill(this.name);
    this.begin();
  }

  async stop(): Promise<void> {
    this.watch?.kill();
    clearTimeout(this.due);
    await this.node.kill(this.name);
  }

  private get name(): string {
    return `nginx-${this.port}`;
  }

  private get args(): string[] {
    return ['-p', this.folder, '-c', join(this.folder, 'nginx.conf')];
  }

  private begin(): void {
    this.node.begin(this.name, 'nginx', this.args);
  }

  private async follow(): Promise<void> {
    this.due = undefined;
    await this.write();
    spawn('nginx', [...this.args, '-s', 'reload'], { stdio: 'ignore' });
  }

  private async write(): Promise<void> {
    const { items } = await this.node.kubectlJson<{ items: readonly Slice[] }>(
      ...[`--namespace=${this.namespace}`, 'get', 'endpointslices'],
      `--selector=kubernetes.io/service-name=${this.service}`,
    );
    const servers = items
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ conditions }) => conditions.ready)
      .map(({ addresses }) => `server ${addresses[0]}:3001;`);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${this.folder}/${name};`,
    );
    // An upstream without servers is no configuration: nobody listens on this port.
    const upstream = servers.length > 0 ? servers : ['server 127.0.0.1:9;'];
    writeFileSync(
      join(this.folder, 'nginx.conf'),
      `
daemon off;
worker_processes 1;
user root;
pid ${this.folder}/pid;
error_log ${this.folder}/error.log warn;
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  upstream api { ${upstream.join(' ')} keepalive 64; }
  server {
    listen 127.0.0.1:${this.port};
    location / {
      proxy_pass http://api;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_next_upstream off;
    }
  }
}
`,
    );
  }
}
