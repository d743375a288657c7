import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { stringify } from 'yaml';
import { matches } from '../lib/kubernetes/selection';
import type { Manifest } from '../lib/manifests';
import { PrometheusApi } from './prometheus-api';

/** A pod that listens on this machine. */
export interface Listening {
  readonly name: string;
  readonly port: number;
  /** The Deployment that it is of. */
  readonly of: Manifest;
}

/**
 * The scrape configuration that Prometheus Operator makes of a ServiceMonitor, for pods that listen on loopback: their labels
 * are those that its relabelings would give. Only the time between two scrapes is another one.
 */
export function scrapesOf(
  monitor: Manifest,
  objects: readonly Manifest[],
  pods: readonly Listening[],
): object[] {
  const { selector, jobLabel, podTargetLabels = [], endpoints } = monitor.spec;
  const services = objects.filter(
    ({ kind, metadata }) => kind === 'Service' && matches(selector, metadata.labels),
  );
  return services.flatMap((service) =>
    endpoints.map(({ port, path: metricsPath }: { port: string; path: string }) => ({
      job_name: `serviceMonitor/${monitor.metadata.namespace}/${monitor.metadata.name}/${port}`,
      metrics_path: metricsPath,
      static_configs: pods
        .filter(({ of }) =>
          matches({ matchLabels: service.spec.selector }, of.spec.template.metadata.labels),
        )
        .map(({ name, port: listens, of }) => ({
          targets: [`127.0.0.1:${listens}`],
          labels: {
            namespace: service.metadata.namespace,
            service: service.metadata.name,
            pod: name,
            container: of.spec.template.spec.containers[0].name,
            endpoint: port,
            job: service.metadata.labels?.[jobLabel],
            ...Object.fromEntries(
              (podTargetLabels as string[]).flatMap((label) => {
                const value = of.spec.template.metadata.labels?.[label];
                return value === undefined ? [] : [[label.replace(/\W/g, '_'), value]];
              }),
            ),
          },
        })),
    })),
  );
}

/** A port of loopback on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Ends a process, and waits until it has ended. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** A Prometheus on loopback, with its data in a folder of its own. */
export class Prometheus extends PrometheusApi {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly url: string,
  ) {
    super(async (asked) => (await fetch(`${url}${asked}`)).text());
  }

  static async start(scrapes: readonly object[], rules: object): Promise<Prometheus> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seda-prometheus-'));
    fs.writeFileSync(path.join(folder, 'rules.yaml'), stringify(rules));
    fs.writeFileSync(
      path.join(folder, 'prometheus.yaml'),
      stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
        rule_files: ['rules.yaml'],
        scrape_configs: scrapes,
      }),
    );
    const port = await freePort();
    const child = spawn(
      'prometheus',
      [
        `--config.file=${path.join(folder, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${path.join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const prometheus = new Prometheus(child, folder, `http://127.0.0.1:${port}`);
    await prometheus.until(() => prometheus.isReady());
    return prometheus;
  }

  private async isReady(): Promise<boolean> {
    if (this.child.exitCode !== null) throw new Error('prometheus has ended');
    return fetch(`${this.url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async stop(): Promise<void> {
    await end(this.child);
    fs.rmSync(this.folder, { recursive: true });
  }
}
