import { setTimeout as sleep } from 'node:timers/promises';
import { sayUnavailable, testsOn } from './fixture';
import { answerOf, type BehindGateway, startBehindGateway } from './node/behind-gateway';
import type { Counts, LoadOptions } from './node/load';
import type { Build } from './node/images';
import { failuresOf, other, until } from './node/production';

/*
 * A release that gets the requests step by step: commits of `seda release shift`, deployed by `seda deploy`, with all requests
 * through Envoy Gateway on a real node. And what must be seen to fail, done by hand.
 */

const TAGS = ['1.0.0', '1.1.0', '1.2.0', '1.3.0'] as const;
const UNREADY = '2.0.0-unhealthy';
const BUILDS: readonly Build[] = [
  ...TAGS.map((tag) => ({ tag })),
  { tag: UNREADY, env: { E2E_DATABASE: 'down' } },
];
const NONE = { new: {}, kept: {}, post: {}, slow: {}, 'slow-kept': {} };
/** Requests of which a share is told. */
const ASKED = 1000;

let ground: BehindGateway | undefined;
let production: BehindGateway['production'];
let project: BehindGateway['project'];
const onNode = testsOn('real node behind a Gateway', () => ground);

beforeAll(async () => {
  ground = (await startBehindGateway(BUILDS).catch(sayUnavailable)) ?? undefined;
  if (ground) ({ production, project } = ground);
});

afterAll(() => ground?.stop());

const measured = (...[act]: Parameters<typeof production.measured>) =>
  production.measured(act, { entry: ground!.entry });

/** What becomes of so many requests. */
async function askMany(options?: LoadOptions): Promise<Counts> {
  const sort = { name: 'asked', kind: 'new', rate: 200, path: '/api/v1/version' } as const;
  return (await ground!.send([sort], (ASKED / 200) * 1000, options)).asked;
}

/** Percent of the requests that a version answers. */
async function shareOf(version: string): Promise<number> {
  const { versions, sent } = await askMany();
  return ((versions[version] ?? 0) / sent) * 100;
}

/** Four standard deviations of a draw of so many, in percent; a proxy that takes turns stays far within. */
const bound = (percent: number): number =>
  400 * Math.sqrt(((percent / 100) * (1 - percent / 100)) / ASKED);

/** Gives the rule of users other weights, blue first, without a commit; and at the end those of the commit. */
async function weighing(
  weights: readonly [blue: number, green: number],
  act: () => Promise<void>,
): Promise<void> {
  const weigh = (all: readonly number[]) =>
    patch(...all.map((one, index) => [`/spec/rules/1/backendRefs/${index}/weight`, one] as const));
  const active = await production.active();
  await weigh(weights);
  try {
    await act();
  } finally {
    await weigh(active === 'blue' ? [100, 0] : [0, 100]);
  }
}

const patch = (...values: readonly (readonly [path: string, value: unknown])[]) =>
  production.kubectl(
    ...['patch', 'httproute', 'seda-api-ingress', '--type=json', '--patch'],
    JSON.stringify(values.map(([path, value]) => ({ op: 'replace', path, value }))),
  );

/** What the route says of itself, such as `Accepted=True`. */
async function conditions(): Promise<string[]> {
  const { status } = JSON.parse(
    await production.kubectl('get', 'httproute', 'seda-api-ingress', '--output=json'),
  ) as { status: { parents: { conditions: { type: string; status: string }[] }[] } };
  return status.parents.flatMap((parent) =>
    parent.conditions.map(({ type, status: value }) => `${type}=${value}`),
  );
}

describe('a release that gets the requests step by step', () => {
  onNode('5, 25, 50, back, 10, all: no request fails, and each colour gets its share', async () => {
    const shares: { percent: number; measured: number }[] = [];
    const report = await measured(async (load, attempt) => {
      const tag = TAGS[attempt + 1]!;
      const first = await production.active();
      const deploy = async (...verb: readonly string[]) => {
        await project.release(verb[0]!, 'production', ...verb.slice(1));
        load.event(verb.join(' '));
        await production.deploy();
        await sleep(2000);
      };
      const tell = async (percent: number) =>
        shares.push({ percent, measured: await shareOf(tag) });
      load.event('stage');
      await project.stageInProduction(tag);
      await production.deploy();
      for (const percent of [5, 25, 50]) {
        await deploy('shift', String(percent));
        await tell(percent);
      }
      await deploy('rollback');
      await tell(0);
      await deploy('shift', '10');
      await deploy('promote');
      await tell(100);
      await deploy('retire');
      await production.gone(first);
    });
    console.log(
      shares.map((share) => `${share.percent} %: ${share.measured.toFixed(2)} %`).join(', '),
    );
    expect(failuresOf(report)).toEqual(NONE);
    for (const { percent, measured: found } of shares)
      expect(Math.abs(found - percent)).toBeLessThanOrEqual(bound(percent));
  });

  onNode('testers reach what is staged by the header, and nobody else does', async ({ ask }) => {
    const serving = Object.keys((await ask('/api/v1/version')).versions);
    const [tag = ''] = TAGS.filter((one) => !serving.includes(one)).slice(-1);
    await project.stageInProduction(tag);
    await production.deploy();
    const header = 'x-seda-preview: true';
    await until('testers reach it', async () =>
      Object.keys((await ask('/api/v1/version', { header })).versions).includes(tag),
    );
    expect(Object.keys((await askMany({ header })).versions)).toEqual([tag]);
    expect(Object.keys((await askMany()).versions)).toEqual(serving);
    // What is blocked is blocked for them as well, in any letter case.
    for (const path of ['/api/v1/metrics', '/api/v1/METRICS'])
      expect(answerOf(await ask(path, { header }))).toBe('status 500');
    await project.release('abort', 'production');
    await production.deploy();
  });
});

describe('what must fail is seen to fail', () => {
  onNode('a share of a colour without pods: 503 for as many', async () => {
    const active = await production.active();
    await production.gone(other(active));
    const report = await measured(async (load) => {
      load.event('half for nobody');
      await weighing([50, 50], () => sleep(5000));
    });
    expect(report.streams.new!.failed).toBeGreaterThanOrEqual(100);
    expect(Object.keys(report.streams.new!.kinds)).toEqual(['status 503']);
  });

  onNode('no weight at all: 500 for everybody', async ({ ask }) => {
    await weighing([0, 0], async () => {
      await until('it is in force', async () =>
        answerOf(await ask('/api/v1/version')).endsWith('status 500'),
      );
      expect(answerOf(await askMany())).toBe('status 500');
      // The route calls itself good.
      expect(await conditions()).toEqual(
        expect.arrayContaining(['Accepted=True', 'ResolvedRefs=True']),
      );
    });
  });

  onNode('a rule that comes and goes in front of the others, thirty times', async () => {
    const rules = async (): Promise<object[]> => {
      const route = ['get', 'httproute', 'seda-api-ingress', '--output=json'];
      const { spec } = JSON.parse(await production.kubectl(...route)) as {
        spec: { rules: object[] };
      };
      return spec.rules;
    };
    const before = await rules();
    const front = { matches: [{ path: { type: 'PathPrefix', value: '/api/v1/tracks' } }] };
    const report = await measured(async (load) => {
      load.event('rules move');
      for (let edit = 0; edit < 30; edit++) {
        await patch(['/spec/rules', edit % 2 === 0 ? [front, ...before] : before]);
        await sleep(500);
      }
    });
    const [failed, sent] = (['failed', 'sent'] as const).map((field) =>
      Object.values(report.streams).reduce((sum, stream) => sum + stream[field], 0),
    ) as [number, number];
    expect(failed).toBeGreaterThanOrEqual(1);
    // For a moment, and no outage.
    expect(failed).toBeLessThan(sent / 20);
    expect(await rules()).toEqual(before);
  });

  onNode(
    'pods that run and are not ready look good to the Gateway; the gate stays shut',
    async () => {
      await project.stageInProduction(UNREADY);
      const outcome = await project.deploy('production', '--timeout', '12');
      expect(outcome.code).toBe(1);
      await weighing([50, 50], async () => {
        await sleep(5000);
        const { versions } = await askMany();
        expect(Object.keys(versions)).not.toContain(UNREADY);
        const said = await conditions();
        expect(said).toEqual(expect.arrayContaining(['Accepted=True', 'ResolvedRefs=True']));
        expect(said.filter((one) => one.endsWith('=False'))).toEqual([]);
      });
    },
  );
});
