import { setTimeout as sleep } from 'node:timers/promises';
import { buildGateway, GATEWAY, startGateway } from './gateway';
import type { Build } from './images';
import type { Counts, LoadOptions, Target } from './load';
import { until } from './production';
import { type Started, startProduction } from './start';

const HOST = 'api.seda.fm';
const INGRESS = "ingress: { kind: 'ingress-nginx', className: 'nginx' }";
/** A release is measured with more requests than one client may make. */
const NO_LIMITS = "'by-the-platform'";

/** One sort of requests, by the path that they ask for. */
type Sort<Name extends string> = Omit<Target, 'url' | 'name'> & {
  readonly name: Name;
  readonly path: string;
};

/** dist/production behind a real Gateway, for the listener that its route names. */
export interface BehindGateway extends Started {
  readonly entry: { readonly address: string; readonly host: string };
  /** Sends requests for a time, each sort at its rate. */
  send<Name extends string>(
    sorts: readonly Sort<Name>[],
    milliseconds: number,
    options?: LoadOptions,
  ): Promise<{ readonly [name in Name]: Counts }>;
  /** Sends ten requests for a path within a second. */
  ask(path: string, options?: LoadOptions): Promise<Counts>;
  /** Deploys production with other limits, as the source says them. */
  limit(limits: string): Promise<void>;
}

/** What became of requests, such as `status 404`. */
export function answerOf({ kinds, answered }: Counts): string {
  return [...(answered > 0 ? ['status 200'] : []), ...Object.keys(kinds)].join(', ');
}

function ingress(limits: string): string {
  return `ingress: { kind: 'gateway-api', implementation: 'envoy-gateway', gateway: ${JSON.stringify(GATEWAY)} }, limits: ${limits}`;
}

/**
 * Starts a node with Envoy Gateway, and deploys production to it.
 *
 * @throws ClusterUnavailable where no node can run, or a program cannot be had
 */
export async function startBehindGateway(builds: readonly Build[]): Promise<BehindGateway> {
  const gateway = await buildGateway();
  const edit = (project: Started['project'], from: string, to: string) =>
    project.edit('environments/production.ts', (text) => text.replace(from, to));
  const started = await startProduction(builds, builds[0]!.tag, gateway.images, (project) =>
    edit(project, INGRESS, ingress(NO_LIMITS)),
  );
  const { node, production, project } = started;
  try {
    const entry = { address: `${await startGateway(node, gateway)}:443`, host: HOST };
    const send = async <Name extends string>(
      sorts: readonly Sort<Name>[],
      milliseconds: number,
      options: LoadOptions = {},
    ) => {
      const load = node.load(
        sorts.map(({ path, ...sort }) => ({ ...sort, url: `http://${entry.address}${path}` })),
        { host: HOST, ...options },
      );
      await sleep(milliseconds);
      return (await load.stop()).streams as { readonly [name in Name]: Counts };
    };
    const ask: BehindGateway['ask'] = async (path, options) =>
      (await send([{ name: 'asked', kind: 'new', rate: 10, path }], 1000, options)).asked;
    await production.deploy();
    await until('the route is taken', async () =>
      answerOf(await ask('/api/v1/version')).startsWith('status 200'),
    ).catch(async ({ message }: Error) => {
      const route = await production.kubectl('get', 'httproutes', '--output=yaml');
      throw new Error(`${message}\n${route}`);
    });
    console.log(`Kubernetes ${node.version}, ${gateway.versions}`);
    let limits = NO_LIMITS;
    return {
      ...{ ...started, entry, send, ask },
      limit: async (next) => {
        edit(project, ingress(limits), ingress(next));
        limits = next;
        await project.commit('limits of production');
        await production.deploy();
      },
    };
  } catch (error) {
    await started.stop();
    throw error;
  }
}
