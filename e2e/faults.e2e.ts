import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { sayUnavailable, testsOn } from './fixture';
import type { Build } from './node/images';
import { other, until } from './node/production';
import { type Started, startProduction } from './node/start';
import { TrafficWatcher } from './traffic';

/*
 * What goes wrong around a deploy of production, with pods that are processes and a few requests all the time. A watcher
 * counts the endpoints behind the Service, also where the machine was too busy to say anything of the requests.
 */

const TAGS = ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0', '1.5.0'];
const BUILDS: readonly Build[] = TAGS.map((tag) => ({ tag }));
/** Pods that production's colours have; fewer never serve. */
const FLOOR = 3;
/** Of the usual rate, so that other tests can run on the same machine. */
const TIMES = 0.2;

let started: Started | undefined;
let { node, project, production } = {} as Started;
const onNode = testsOn('real node', () => started);
const table: string[][] = [];
const inProduction = (...args: string[]) => production.kubectl(...args);
const rollback = () => project.rollback('production');

let released = 0;
/** A release that the node has an image of, in the idle colour and in a commit. */
const stage = () => project.stageInProduction(TAGS[++released]!);

/** Traffic as it is while something goes wrong: never below the floor, and no request fails. */
async function during(fault: string, run: () => Promise<string>): Promise<void> {
  const watcher = await new TrafficWatcher(node, 'seda-prod').start();
  let outcome = '';
  const { report, story, ...measured } = await production.underLoad(
    async (load) => {
      load.event(fault);
      outcome = await run();
    },
    { times: TIMES },
  );
  watcher.stop();
  const counts = Object.values(report.streams);
  const sent = counts.reduce((sum, one) => sum + one.sent, 0);
  const failed = counts.reduce((sum, one) => sum + one.failed, 0);
  const requests =
    measured.void === undefined ? `${failed} of ${sent} requests failed` : `void: ${measured.void}`;
  table.push([fault, outcome, watcher.summary(), requests]);
  expect([fault, watcher.least >= FLOOR ? [] : watcher.timeline()]).toEqual([fault, []]);
  if (measured.void === undefined) expect([fault, story]).toEqual([fault, []]);
}

beforeAll(async () => {
  started = (await startProduction(BUILDS, TAGS[0]!).catch(sayUnavailable)) ?? undefined;
  if (!started) return;
  ({ node, project, production } = started);
  await production.deploy();
});

afterAll(async () => {
  if (table.length > 0) console.log(table.map((row) => row.join(' | ')).join('\n'));
  await started?.stop();
});

onNode('a deploy that is killed in any wave and given again finishes', async () => {
  const killed = async (what: string, wave: number) => {
    await during(`killed in wave ${wave} of a ${what}`, async () => {
      const ended = await project.deployEndedAt(
        'production',
        new RegExp(`wave ${wave}, `),
        'SIGKILL',
      );
      expect(ended).toMatchObject({ signalled: true, code: null });
      await production.deploy();
      return 'given again, done';
    });
    const record = project.git('show', 'HEAD:environments/production.release.yaml');
    expect(await production.active()).toBe(/active: (\w+)/.exec(record)![1]);
  };
  await stage();
  for (const wave of [-20, 30]) await killed('stage', wave);
  // There and back: each is a switch.
  for (const [index, wave] of [-30, 0, 10, 20].entries()) {
    const verb = index % 2 === 0 ? 'promote' : 'rollback';
    await project.release(verb, 'production', ...(verb === 'promote' ? ['--again'] : []));
    await killed(verb, wave);
  }
});

onNode('of two deploys at once one goes on, and the other is refused', async () => {
  // Pods that have to start keep the first deploy at work for longer than the other needs to see that it is.
  await stage();
  const holder = () =>
    inProduction('get', 'lease', 'seda-deploy', '--output=jsonpath={.spec.holderIdentity}');
  await during('two deploys at once', async () => {
    const first = project.deploy('production');
    await until('the first one holds the Lease', async () => (await holder()) !== '');
    const second = await project.deploy('production');
    expect([second.code, (await first).code]).toEqual([1, 0]);
    expect(second.output).toContain(
      'is running and renews the Lease seda-deploy; wait until it is done',
    );
    return 'one done, one refused';
  });
  await project.release('promote', 'production');
  await production.deploy();
});

onNode('a Lease whose holder died is taken over', async () => {
  const spec = { holderIdentity: 'ghost@nowhere 1', renewTime: '2020-01-01T00:00:00.000000Z' };
  await inProduction(
    ...['patch', 'lease', 'seda-deploy', '--type=merge'],
    `--patch=${JSON.stringify({ spec })}`,
  );
  await during('expired Lease', async () => {
    const outcome = await project.deploy('production');
    expect(outcome.output).toContain('a deploy by ghost@nowhere holds the Lease seda-deploy');
    expect(outcome.code).toBe(0);
    return 'taken over after 15 s';
  });
});

onNode('a selector patched by hand, and a ConfigMap deleted by hand, are put right', async () => {
  const active = await production.active();
  await during('selector patched by hand', async () => {
    await production.point(other(active));
    await production.deploy();
    expect(await production.active()).toBe(active);
    return 'put right';
  });
  await during('ConfigMap of the serving colour deleted', async () => {
    const names = (await inProduction('get', 'configmap', '--output=name'))
      .split('\n')
      .filter((name) => name.includes(`seda-api-${active}-config`));
    await inProduction('delete', ...names);
    await production.deploy();
    const found = await inProduction('get', ...names, '--output=name');
    expect(found.trim().split('\n')).toEqual(names);
    return 'put right';
  });
});

onNode('the API server dies in the middle of a switch and comes back', async () => {
  await project.release('rollback', 'production');
  await during('API server killed and restarted', async () => {
    const running = project.deploy('production');
    await sleep(1500);
    await node.killApiServer!();
    // Longer than the Lease lasts, which nobody takes meanwhile.
    await sleep(20_000);
    await node.restartApiServer!();
    const outcome = await running;
    expect(outcome.code === 0 ? '' : outcome.output).toBe('');
    return 'waited, done';
  });
});

onNode('a rotation of the secrets reaches the idle colour first', async () => {
  const reads = (colour: string) =>
    inProduction(
      ...['get', 'deployment', `seda-api-${colour}`],
      '--output=jsonpath={.spec.template.spec.containers[0].env[?(@.name=="DATABASE_URL")].valueFrom.secretKeyRef.name}',
    );
  const [from, to] = [await production.active(), other(await production.active())];
  project.edit('environments/production.ts', (text) =>
    text.replace('  replicas: 3,', '  replicas: 3,\n  secretVersion: 2,'),
  );
  await during('rotation of the secrets', async () => {
    await project.release('stage', 'production', '--from', 'production', '--migration', 'none');
    await production.deploy();
    expect([await reads(from), await reads(to)]).toEqual(['seda-secrets', 'seda-secrets-v2']);
    await project.release('promote', 'production');
    await production.deploy();
    await project.release('retire', 'production');
    expect(await project.deploy('production', '--prune')).toMatchObject({ code: 0 });
    await production.gone(from);
    return 'done';
  });
  await inProduction('wait', '--for=delete', 'secret/seda-secrets', '--timeout=60s');
});

onNode('a colour that grew keeps its pods until traffic has left it', async () => {
  const pods = async (colour: string) =>
    inProduction('get', 'deployment', `seda-api-${colour}`, '--output=jsonpath={.spec.replicas}');
  project.edit('environments/production.ts', (text) =>
    text.replace(
      '  replicas: 3,',
      '  replicas: 3,\n  autoscaling: { minReplicas: 3, maxReplicas: 9 },',
    ),
  );
  await project.commit('an autoscaler');
  await stage();
  await production.deploy();
  const to = other(await production.active());
  await during('pods that an autoscaler added', async () => {
    // What it does under load: it writes the scale, and nothing else.
    await inProduction('scale', `deployment/seda-api-${to}`, '--replicas=5');
    await project.release('promote', 'production');
    await production.deploy();
    expect([await production.active(), await pods(to)]).toEqual([to, '5']);
    const outcome = await rollback();
    expect(outcome.code === 0 ? '' : outcome.output).toBe('');
    expect([await production.active(), await pods(to)]).toEqual([other(to), '5']);
    return 'the number stays through a promotion and a rollback';
  });
});

onNode('a rollback does not wait for the colour whose database is away', async () => {
  await project.release('promote', 'production', '--again');
  await production.deploy();
  const broken = await production.active();
  const watcher = await new TrafficWatcher(node, 'seda-prod').start();
  for (const pid of execFileSync('pgrep', ['--full', '^node dist/main.js'], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number)
    .filter((pid) => colourOf(pid) === broken))
    process.kill(pid, 'SIGUSR2');
  await until('no pod is ready', async () => watcher.colour === 'none');
  const outcome = await rollback();
  await sleep(1000);
  watcher.stop();
  expect(outcome.code === 0 ? '' : outcome.output).toBe('');
  expect(watcher.colour).toBe(other(broken));
  table.push(['rollback from a broken colour', 'done, without waiting for it', watcher.summary()]);
});

/** The colour that a process of the API belongs to, by the name of its pod. */
function colourOf(pid: number): string {
  const text = execFileSync('cat', [`/proc/${pid}/environ`], { encoding: 'utf8' });
  return /seda-api-(blue|green)-/.exec(text)?.[1] ?? 'none';
}
