import { setTimeout as sleep } from 'node:timers/promises';
import type { Node } from '../node';
import { buildGateway, GATEWAY, startGateway } from './gateway';
import type { Build } from './images';
import { until } from './production';
import { type Started, startProduction } from './start';

const HOST = 'api.seda.fm';
const INGRESS = "ingress: { kind: 'ingress-nginx', className: 'nginx' }";

/** What a client asks for. */
interface Asked {
  /** @default that of production */
  readonly host?: string;
  /**
   * A header, such as `x-seda-preview: true`.
   * @default - none
   */
  readonly header?: string;
  /** Requests a second. @default 10 */
  readonly rate?: number;
  /** @default 1 */
  readonly seconds?: number;
}

/** How requests were answered: by what status, and by which version. */
export interface Answers {
  readonly statuses: readonly string[];
  readonly versions: { readonly [version: string]: number };
}

/** dist/production behind a real Gateway, for the listener that its route names. */
export interface BehindGateway extends Started {
  readonly entry: { readonly address: string; readonly host: string };
  /** Sends requests for a path, for a moment. */
  ask(path: string, asked?: Asked): Promise<Answers>;
}

/**
 * Starts a node with Envoy Gateway, and deploys production to it, whose pods admit the proxies.
 *
 * @throws ClusterUnavailable where no node can run, or a program cannot be had
 */
export async function startBehindGateway(builds: readonly Build[]): Promise<BehindGateway> {
  const gateway = await buildGateway();
  const edit = (project: Started['project'], ingress: string) =>
    project.edit('environments/production.ts', (text) => text.replace(INGRESS, ingress));
  const started = await startProduction(builds, builds[0]!.tag, gateway.images, (project) =>
    edit(project, `ingress: { kind: 'gateway-api', gateway: ${JSON.stringify(GATEWAY)} }`),
  );
  const { node, production } = started;
  try {
    const entry = { address: `${await startGateway(node, gateway)}:443`, host: HOST };
    const ask = asking(node, entry);
    await production.deploy();
    await until('the route is taken', async () =>
      (await ask('/api/v1/version')).statuses.includes('status 200'),
    ).catch(async ({ message }: Error) => {
      const route = await production.kubectl('get', 'httproutes', '--output=yaml');
      throw new Error(`${message}\n${route}`);
    });
    console.log(`Kubernetes ${node.version}, ${gateway.versions}`);
    return { ...started, entry, ask };
  } catch (error) {
    await started.stop();
    throw error;
  }
}

const asking =
  (node: Node, entry: BehindGateway['entry']): BehindGateway['ask'] =>
  async (path, { host = entry.host, header, rate = 10, seconds = 1 } = {}) => {
    const url = `http://${entry.address}${path}`;
    const load = node.load([{ name: 'asked', kind: 'new', rate, url }], { host, header });
    await sleep(seconds * 1000);
    const { kinds, answered, versions } = (await load.stop()).streams.asked!;
    return {
      statuses: [...(answered > 0 ? ['status 200'] : []), ...Object.keys(kinds)],
      versions,
    };
  };
