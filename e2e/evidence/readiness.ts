import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONTAINERS } from '../node/namespaces';
import { TrafficWatcher } from '../traffic';
import { settled } from './disturbances';
import type { Ground } from './ground';
import { type Setting, sum } from './result';

/** How the kubelet asks whether a pod is ready. */
export interface Readiness {
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

/** What became of the requests while something happened to pods that are asked in one way. */
export interface ReadinessResult {
  readonly setting: Setting;
  readonly readiness: Readiness;
  readonly what: string;
  readonly sent: number;
  readonly failed: number;
  /** Seconds in which the Service led to no pod at all. */
  readonly emptySeconds: number;
  /** The fewest pods that it led to. */
  readonly fewest: number;
  /** The share of requests that left late, because the machine had other work. */
  readonly lateShare: number;
}

/** The first is what this library rendered until November 2026. */
export const READINESSES: readonly Readiness[] = [
  { periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 2 },
  { periodSeconds: 5, timeoutSeconds: 4, failureThreshold: 3 },
  { periodSeconds: 5, timeoutSeconds: 4, failureThreshold: 6 },
];

interface Trouble {
  readonly what: string;
  readonly happen: () => Promise<void>;
}

const processes = (): number[] =>
  execFileSync('pgrep', ['--full', '^node dist/main.js'], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number);
const signalAll = (signal: NodeJS.Signals): void =>
  processes().forEach((pid) => process.kill(pid, signal));

/** The database of every pod is away for a while; the API answers all but its health as before. */
const databaseAway = (seconds: number): Trouble => ({
  what: `the database is away for ${seconds} s`,
  happen: async () => {
    signalAll('SIGUSR2');
    await sleep(seconds * 1000);
    signalAll('SIGUSR2');
  },
});

/** Busy processes beside the containers, which get a tenth of the processor together, so that the rest of the machine goes on. */
async function starve(): Promise<void> {
  const shares = `${CONTAINERS}/cpu.shares`;
  const before = existsSync(shares) ? readFileSync(shares, 'utf8') : undefined;
  const join = existsSync(CONTAINERS) ? `echo $$ > ${CONTAINERS}/cgroup.procs; ` : '';
  if (before !== undefined) writeFileSync(shares, '100');
  const hogs = Array.from({ length: 64 }, () =>
    spawn('sh', ['-c', `${join}while :; do :; done`], { stdio: 'ignore' }),
  );
  await sleep(20_000);
  for (const hog of hogs) hog.kill('SIGKILL');
  if (before !== undefined) writeFileSync(shares, before);
}

const TROUBLES: readonly Trouble[] = [
  ...[5, 20, 60].map(databaseAway),
  {
    what: 'the process of one pod is killed',
    happen: async () => void process.kill(processes()[0]!, 'SIGKILL'),
  },
  {
    what: 'the process of one pod hangs for 60 s',
    happen: async () => {
      const [pid] = processes();
      process.kill(pid!, 'SIGSTOP');
      await sleep(60_000);
      // Somebody may have ended it meanwhile.
      if (processes().includes(pid!)) process.kill(pid!, 'SIGCONT');
    },
  },
  { what: 'the pods get no processor for 20 s', happen: starve },
];

/** Measures each trouble with each way of asking. */
export async function compareReadiness(
  ground: Ground,
  setting: Setting,
  say: (text: string) => void,
): Promise<ReadinessResult[]> {
  const results: ReadinessResult[] = [];
  for (const readiness of READINESSES) {
    await ask(ground, readiness);
    for (const { what, happen } of TROUBLES) {
      const watcher = await new TrafficWatcher(ground.node, 'seda-prod').start();
      const { report } = await ground.underLoad(async (load) => {
        load.event(what);
        await happen();
        await settled(ground);
        await sleep(3000);
      });
      watcher.stop();
      const counts = Object.values(report.streams);
      const sent = sum(counts.map((one) => one.sent));
      const result = {
        ...{ setting, readiness, what, sent },
        failed: sum(counts.map(({ failed }) => failed)),
        emptySeconds: watcher.emptySeconds,
        fewest: watcher.least,
        lateShare: sum(counts.map(({ late }) => late)) / sent,
      };
      results.push(result);
      say(
        `${what}, ${JSON.stringify(readiness)}: ${result.failed} of ${sent} failed, ${result.emptySeconds.toFixed(1)} s without a pod, at least ${result.fewest}, late ${(result.lateShare * 100).toFixed(1)} %`,
      );
    }
  }
  return results;
}

/** Changes the probe of the serving pods by hand, as nobody may. */
async function ask({ production }: Ground, readiness: Readiness): Promise<void> {
  const deployment = `deployment/seda-api-${await production.active()}`;
  const patch = Object.entries(readiness).map(([field, value]) => ({
    op: 'replace',
    path: `/spec/template/spec/containers/0/readinessProbe/${field}`,
    value,
  }));
  await production.kubectl('patch', deployment, '--type=json', `--patch=${JSON.stringify(patch)}`);
  await production.kubectl('rollout', 'status', deployment, '--timeout=180s');
  await sleep(20_000);
}
