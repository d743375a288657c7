// Measures what clients notice, and writes docs/evidence.md: npm run evidence

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { format, resolveConfig } from 'prettier';
import { ClusterUnavailable } from '../cluster';
import { versionOf } from '../cluster/modules';
import { underLoad } from '../node/under-load';
import { control, CONTROLS } from './controls';
import { disturb, DISTURBANCES } from './disturbances';
import { type Ground, RELEASES, startGround } from './ground';
import { compareReadiness, type ReadinessResult } from './readiness';
import { evidencePage } from './report';
import { type Measured, type Result, type Setting, sum, Tally } from './result';
import { Rollouts } from '../node/rollouts';
import { verbs } from './verbs';

const PAGE = join(__dirname, '../../docs/evidence.md');
/** What was measured last of each scenario, so that a part can be measured again. */
const RESULTS = join(__dirname, 'results.json');
const ROLLOUTS = versionOf('rollouts');
const READINESS = join(__dirname, 'readiness-results.json');
const PARTS = ['releases', 'disturbances', 'rollouts', 'readiness', 'controls'] as const;
type Part = (typeof PARTS)[number];

interface Options {
  readonly switches: number;
  readonly requests: number;
  readonly times: number;
  readonly only: readonly Part[];
  readonly write: boolean;
}

const say = (text: string): void =>
  console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);

/** Argo Rollouts under the same load, with the pods that tutorials have, and with ours. */
async function compared({ node, production, times }: Ground): Promise<Measured[]> {
  const rollouts = await Rollouts.start(production);
  const results: Measured[] = [];
  // The node has room for two colours, and its pods are as many here.
  const ours = `deployment/seda-api-${await production.active()}`;
  await production.kubectl('scale', ours, '--replicas=0');
  for (const pods of ['plain', 'ours'] as const) {
    await rollouts.create(RELEASES[0], pods);
    const tally = new Tally();
    for (let attempt = 0; attempt < 4 && tally.switches < 6; attempt++) {
      let switches = 0;
      const run = await underLoad(
        node,
        async (load) => {
          for (; switches < 6; switches++) {
            load.event('release');
            await rollouts.release(RELEASES[(switches + 1) % RELEASES.length]!);
          }
        },
        { namespace: rollouts.namespace, service: rollouts.service, times },
      );
      tally.add(run, switches);
      say([`${tally.switches} switches`, run.void, ...run.story].join('\n  '));
    }
    results.push(
      tally.result(
        `Argo Rollouts, ${pods === 'plain' ? 'its defaults' : 'our pod settings'}`,
        pods === 'plain'
          ? 'a Rollout with strategy.blueGreen and nothing else, pods with a readiness probe and no preStop; the same API, which serves on after SIGTERM'
          : 'the same, with the probes, the preStop and the time to end that our pods have',
        'counted',
      ),
    );
    await rollouts.remove();
  }
  await production.kubectl('scale', ours, '--replicas=3');
  await production.kubectl('rollout', 'status', ours, '--timeout=120s');
  return results;
}

/** What is kept in a file of results; nothing before it was measured. */
function read<T>(file: string): readonly T[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly T[]) : [];
}

/** Puts results in the place of those of the same name, in the order in which all are measured. */
async function write(
  results: readonly Result[],
  readiness: readonly ReadinessResult[],
  isKept: boolean,
): Promise<void> {
  const all = new Map([...read<Result>(RESULTS), ...results].map((one) => [one.name, one]));
  const asked = readiness.length > 0 ? readiness : read<ReadinessResult>(READINESS);
  const style = { ...(await resolveConfig(PAGE)), filepath: PAGE };
  const page = await format(evidencePage([...all.values()], asked, ROLLOUTS), style);
  if (!isKept) return console.log(page);
  const files = [
    [RESULTS, [...all.values()]],
    [READINESS, asked],
  ] as const;
  for (const [file, data] of files)
    writeFileSync(file, await format(JSON.stringify(data), { ...style, filepath: file }));
  writeFileSync(PAGE, page);
}

async function main(options: Options): Promise<void> {
  const ground = await startGround(options.times);
  const results: Result[] = [];
  let readiness: readonly ReadinessResult[] = [];
  const wants = (part: Part) => options.only.includes(part);
  const setting: Setting = {
    commit: execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).trim(),
    kubernetes: ground.node.version,
    node: process.version,
    proxy: (/[\d.]+/.exec(spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr) ?? ['none'])[0],
    machine: `${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB, others may use it as well`,
    rate: 4 + 250 * options.times,
  };
  const keep = async (...more: readonly Measured[]): Promise<void> => {
    for (const measured of more) {
      const result: Result = { setting, ...measured };
      const { name, switches, streams } = result;
      const failed = sum(Object.values(streams).map((one) => one.failed));
      say(`${name}: ${switches} switches, ${failed} failed`);
      results.push(result);
    }
    await write(results, readiness, options.write);
  };
  try {
    if (wants('releases')) await keep(await verbs(ground, options, say));
    if (wants('disturbances'))
      for (const one of DISTURBANCES) await keep(await disturb(ground, one, say));
    if (wants('rollouts')) await keep(...(await compared(ground)));
    if (wants('readiness')) {
      readiness = await compareReadiness(ground, setting, say);
      await write(results, readiness, options.write);
    }
    if (wants('controls')) for (const one of CONTROLS) await keep(await control(ground, one, say));
  } finally {
    await ground.stop();
  }
  const wrong = results.filter(({ expected, streams }) => {
    const failures = sum(Object.values(streams).map(({ failed }) => failed));
    return (
      (expected === 'none fail' && failures > 0) || (expected === 'some fail' && failures < 20)
    );
  });
  for (const { name, expected } of wrong) say(`${name}: expected that ${expected}`);
  if (wrong.length > 0) process.exitCode = 1;
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`expected a whole number from 1, got ${text}`);
}

new Command('npm run evidence --')
  .description('measure on a real node what clients notice of releases, and write docs/evidence.md')
  .option('--switches <count>', 'switches by the verbs at least', count, 42)
  .option('--requests <count>', 'requests during them at least', count, 1_000_000)
  .option('--times <count>', 'how often 250 requests a second are sent', count, 3)
  .option(
    '--only <parts>',
    `some of ${PARTS.join(', ')}`,
    (text: string) => text.split(',').map((part) => PARTS.find((one) => one === part)!),
    [...PARTS],
  )
  .option('--no-write', 'print the page')
  .action((options: Options) =>
    main(options).catch((error: unknown) => {
      console.error(error instanceof ClusterUnavailable ? error.message : error);
      process.exitCode = 1;
    }),
  )
  .parse();
