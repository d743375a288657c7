import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterUnavailable } from '../cluster';
import type { Node } from '../node';
import type { Build } from '../node/images';
import type { Load } from '../node/load';
import type { Production } from '../node/production';
import { startProduction } from '../node/start';
import type { Run } from '../node/under-load';
import { Proxy } from './proxy';

/** Builds of the API that a release may have; each release takes the next one. */
export const RELEASES = ['1.0.0', '1.1.0', '1.2.0', '1.3.0'] as const;

/** Builds that do not do at their end what docs/development.md asks for. */
export const HASTY = '3.0.0-no-drain';
export const ABRUPT = '3.1.0-exits-at-once';

const BUILDS: readonly Build[] = [
  ...RELEASES.map((tag) => ({ tag })),
  { tag: HASTY, env: { E2E_DRAIN_MS: '0' } },
  { tag: ABRUPT, env: { E2E_SIGTERM: 'exit' } },
];

/** dist/production on a node, with a proxy in front that follows its endpoints. */
export interface Ground {
  readonly node: Node;
  readonly production: Production;
  readonly proxy: Proxy;
  /** How often the usual rate is sent. */
  readonly times: number;
  underLoad(act: (load: Load) => Promise<void>): Promise<Run>;
  stop(): Promise<void>;
}

/**
 * Starts it, with a first release in service.
 *
 * @throws ClusterUnavailable where no node can run
 */
export async function startGround(times: number): Promise<Ground> {
  if (spawnSync('nginx', ['-v']).status !== 0)
    throw new ClusterUnavailable(
      'there is no nginx for the proxy in front: apt-get install nginx-light',
    );
  const { node, production, stop } = await startProduction(BUILDS, RELEASES[0]);
  try {
    await production.deploy();
    const proxy = new Proxy(node, 'seda-prod', 'seda-api', 8080);
    await proxy.start();
    await sleep(2000);
    const more = [proxy.target(30 * times)];
    return {
      ...{ node, production, proxy, times },
      underLoad: (act) => production.underLoad(act, { times, more }),
      stop: async () => {
        await proxy.stop();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
