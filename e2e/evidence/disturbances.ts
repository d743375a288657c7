import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Load } from '../node/load';
import { CONTAINERS } from '../node/namespaces';
import { until } from '../node/production';
import type { Ground } from './ground';
import { type Measured, type Result, Tally } from './result';

interface Disturbance {
  readonly name: string;
  readonly what: string;
  readonly expected: Result['expected'];
  /** Pods that are starved are what is measured. */
  readonly starves?: boolean;
  readonly act: (ground: Ground, load: Load) => Promise<void>;
}

const podsOf = async ({ production }: Ground): Promise<string[]> => {
  const pods = await production.kubectl(
    ...['get', 'pods', '--selector=app=seda-api', '--field-selector=status.phase=Running'],
    '--output=jsonpath={range .items[*]}{.metadata.name}{"\\n"}{end}',
  );
  return pods.trim().split('\n');
};

/** Three pods that are ready, and no other. */
export const settled = (ground: Ground) =>
  until('three pods are ready', async () => {
    const active = await ground.production.active();
    const path = '--output=jsonpath={.status.readyReplicas} {.status.replicas}';
    const found = await ground.production.kubectl('get', 'deployment', `seda-api-${active}`, path);
    return found === '3 3' && (await podsOf(ground)).length === 3;
  });

export const DISTURBANCES: readonly Disturbance[] = [
  {
    name: 'a container is killed',
    what: 'the process of one serving container gets SIGKILL, twice',
    expected: 'counted',
    act: async (ground, load) => {
      for (let round = 0; round < 2; round++) {
        const [pid] = execFileSync('pgrep', ['--full', '^node dist/main.js'], {
          encoding: 'utf8',
        }).split('\n');
        load.event('kill');
        process.kill(Number(pid), 'SIGKILL');
        await sleep(5000);
        await settled(ground);
      }
    },
  },
  {
    name: 'every serving pod is evicted',
    what: 'the eviction API is asked for all serving pods at once, again and again, as a drain does; the disruption budget lets one go at a time',
    expected: 'none fail',
    act: async (ground, load) => {
      const { node } = ground;
      const first = await podsOf(ground);
      load.event('evict');
      await until('every pod was evicted', async () => {
        const left = (await podsOf(ground)).filter((name) => first.includes(name));
        for (const name of left) {
          const eviction = {
            apiVersion: 'policy/v1',
            kind: 'Eviction',
            metadata: { name, namespace: 'seda-prod' },
          };
          const path = `/api/v1/namespaces/seda-prod/pods/${name}/eviction`;
          // Refused for now: 429.
          await node
            .run(['create', '--raw', path, '--filename=-'], JSON.stringify(eviction))
            .catch(() => '');
        }
        return left.length === 0;
      });
      await settled(ground);
    },
  },
  {
    name: 'the node loses kube-proxy',
    what: 'kube-proxy is killed and started again five seconds later',
    expected: 'none fail',
    act: async ({ node }, load) => {
      load.event('kill kube-proxy');
      await node.kill('kube-proxy');
      await sleep(5000);
      load.event('start kube-proxy');
      node.restartProxy();
      await sleep(8000);
    },
  },
  {
    name: 'the proxy in front is restarted',
    what: 'the nginx that follows the endpoints is killed and started again at once; requests that go past it must not fail',
    expected: 'counted',
    act: async ({ proxy }, load) => {
      load.event('restart');
      await proxy.restart();
      await sleep(5000);
    },
  },
  {
    name: 'the pods starve',
    what: 'sixty-four processes in the cgroup of the containers take the processor for 20 seconds, from the pods and in part from all else, the load among it',
    expected: 'counted',
    starves: true,
    act: async (ground, load) => {
      load.event('starve');
      const join = existsSync(CONTAINERS) ? `echo $$ > ${CONTAINERS}/cgroup.procs; ` : '';
      const hogs = Array.from({ length: 64 }, () =>
        spawn('sh', ['-c', `${join}while :; do :; done`], { stdio: 'ignore' }),
      );
      await sleep(20_000);
      for (const hog of hogs) hog.kill('SIGKILL');
      load.event('end of the hunger');
      await settled(ground);
      await sleep(3000);
    },
  },
];

const RUNS = 3;

/** Does it once, again where the machine was late. */
export async function disturb(
  ground: Ground,
  { name, what, expected, starves = false, act }: Disturbance,
  say: (text: string) => void,
): Promise<Measured> {
  const tally = new Tally();
  for (let attempt = 0; attempt < RUNS; attempt++) {
    const run = await ground.underLoad((load) => act(ground, load));
    say([run.void, ...run.story].join('\n  '));
    if (tally.add(starves ? { ...run, void: undefined } : run, 0)) break;
  }
  return tally.result(name, what, expected);
}
