import { setTimeout as sleep } from 'node:timers/promises';
import { sayUnavailable, testsOn } from './fixture';
import { answerOf, type BehindGateway, startBehindGateway } from './node/behind-gateway';
import { failuresOf, until } from './node/production';

/*
 * dist/production behind a real Gateway: Envoy Gateway configures an Envoy from the HTTPRoute that is deployed, and all requests
 * go through that. Both are pods of the node. What must be seen to fail is in shares.e2e.ts.
 */

const TAGS = ['1.0.0', '1.1.0', '1.2.0', '1.3.0'];

let ground: BehindGateway | undefined;
const onNode = testsOn('real node behind a Gateway', () => ground);

beforeAll(async () => {
  const builds = TAGS.map((tag) => ({ tag }));
  ground = (await startBehindGateway(builds).catch(sayUnavailable)) ?? undefined;
});

afterAll(() => ground?.stop());

describe('production behind a Gateway', () => {
  onNode('leads the host and its path to the API, and nothing else', async ({ ask, entry }) => {
    const asked = [
      ['/api/v1/version', entry.host],
      ['/api/v1/metrics', entry.host],
      ['/', entry.host],
      ['/api/v1/version', 'other.example.com'],
    ] as const;
    const answers = await Promise.all(
      asked.map(async ([path, host]) => answerOf(await ask(path, { host }))),
    );
    // A rule without a backend answers 500 in the words of the Gateway API.
    expect(answers).toEqual(['status 200', 'status 500', 'status 404', 'status 404']);
  });

  onNode(
    'refuses the path of the metrics in any letter case and encoding',
    async ({ ask, send }) => {
      const spellings = [
        '/api/v1/METRICS',
        '/API/v1/Metrics/',
        '/api/v1/%6Detrics',
        '/api/v1/%4D%45trics',
        '//api//v1//metrics',
        '/api/v1/./metrics',
        '/api/v1/x/../METRICS',
        '/api/v1/x/%2E%2e/metrics',
        '/api/v1/metrics;version=1',
        '/api/v1/metrics%20',
        '/api/v1/metrics?since=1',
      ];
      const counts = await send(
        spellings.map((path, index) => ({ name: `${index}`, kind: 'new', rate: 5, path })),
        2000,
      );
      expect(spellings.map((path, index) => [path, answerOf(counts[index]!)])).toEqual(
        spellings.map((path) => [path, 'status 500']),
      );
      // A slash that is encoded leads to the path that it means.
      expect(answerOf(await ask('/api/v1%2FMETRICS'))).toBe('status 307');
    },
  );

  onNode(
    'stage, promote, rollback, promote, retire: no request fails',
    async ({ production, entry }) => {
      const versions: string[] = [];
      const report = await production.measured(
        async (requests, attempt) => {
          versions.splice(0, 2, ...TAGS.slice(attempt, attempt + 2));
          await production.cycle(versions[1]!, requests);
        },
        { entry },
      );
      expect(failuresOf(report)).toEqual({
        new: {},
        kept: {},
        post: {},
        slow: {},
        'slow-kept': {},
      });
      for (const [name, { versions: answered }] of Object.entries(report.streams))
        expect([name, Object.keys(answered).sort()]).toEqual([name, versions]);
    },
  );

  onNode(
    'refuses what a client asks for beyond the limits of the environment',
    async ({ limit, send }) => {
      await limit("{ requestsPerSecond: 20, maxBodySize: '64Ki' }");
      const path = '/api/v1/version';
      const flood = { name: 'flood', kind: 'kept', rate: 100, path } as const;
      await until(
        'the limits hold',
        async () => answerOf((await send([flood], 2000)).flood) === 'status 200, status 429',
      );
      const seconds = 5;
      await sleep(2000);
      const { flood: asked } = await send([flood], seconds * 1000);
      // Each second begins with as many again.
      expect(asked.answered).toBeGreaterThanOrEqual(20 * (seconds - 1));
      expect(asked.answered).toBeLessThanOrEqual(20 * (seconds + 2));
      expect(asked.kinds).toEqual({ 'status 429': asked.sent - asked.answered });

      await sleep(2000);
      const post = { name: 'post', kind: 'new-post', rate: 5, path } as const;
      expect(answerOf((await send([post], 2000, { bodyBytes: 60_000 })).post)).toBe('status 200');
      expect(answerOf((await send([post], 2000, { bodyBytes: 100_000 })).post)).toBe('status 413');
    },
  );
});
