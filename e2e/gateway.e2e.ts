import { setTimeout as sleep } from 'node:timers/promises';
import { sayUnavailable, testsOn } from './fixture';
import { buildGateway, GATEWAY, NAMESPACE, startGateway } from './node/gateway';
import type { Counts, LoadOptions, Target } from './node/load';
import { failuresOf, other, until } from './node/production';
import { type Started, startProduction } from './node/start';

/*
 * dist/production behind a real Gateway: Envoy Gateway configures an Envoy from the HTTPRoute that is deployed, and all requests
 * go through that. Both are pods of the node.
 */

const TAGS = ['1.0.0', '1.1.0', '1.2.0', '1.3.0'];
const HOST = 'api.seda.fm';
const INGRESS = "ingress: { kind: 'ingress-nginx', className: 'nginx' }";

let started: Started | undefined;
let node: Started['node'];
let production: Started['production'];
/** Of Envoy, for the listener that production's route names. */
let entry: { address: string; host: string };
const onNode = testsOn('real node', () => started);

/** Sends requests for a time, each sort at its rate. */
async function ask<Name extends string>(
  targets: readonly (Omit<Target, 'url'> & { readonly name: Name; readonly path: string })[],
  milliseconds: number,
  options: LoadOptions = {},
): Promise<{ readonly [name in Name]: Counts }> {
  const load = node.load(
    targets.map(({ path, ...target }) => ({ ...target, url: `http://${entry.address}${path}` })),
    { host: HOST, ...options },
  );
  await sleep(milliseconds);
  return (await load.stop()).streams as { readonly [name in Name]: Counts };
}

/** What becomes of requests for a path, such as `status 404`. */
async function answersTo(path: string, host = HOST): Promise<string> {
  const sort = { name: 'asked', kind: 'new', rate: 10, path } as const;
  return answerOf((await ask([sort], 1000, { host })).asked);
}

function answerOf({ kinds, answered }: Counts): string {
  return [...(answered > 0 ? ['status 200'] : []), ...Object.keys(kinds)].join(', ');
}

/** The environment behind the Gateway, with limits or without. */
function behind(limits: string): string {
  return `ingress: { kind: 'gateway-api', implementation: 'envoy-gateway', gateway: ${JSON.stringify(GATEWAY)} }, limits: ${limits}`;
}

beforeAll(async () => {
  const gateway = await buildGateway().catch(sayUnavailable);
  if (!gateway) return;
  const builds = TAGS.map((tag) => ({ tag }));
  const edit = (project: Started['project'], ingress: string) =>
    project.edit('environments/production.ts', (text) => text.replace(INGRESS, ingress));
  // The pods admit the proxies before any request comes that way.
  const admitted = `${INGRESS}, clientNamespaces: ['${NAMESPACE}']`;
  started =
    (await startProduction(builds, TAGS[0]!, gateway.images, (project) =>
      edit(project, admitted),
    ).catch(sayUnavailable)) ?? undefined;
  if (!started) return;
  ({ node, production } = started);
  entry = { address: `${await startGateway(node, gateway)}:443`, host: HOST };
  // A release is measured with more requests than one client may make.
  edit(started.project, behind("'by-the-platform'"));
  await started.project.commit('production behind a Gateway');
  await production.deploy();
  await until(
    'the route is taken',
    async () => (await answersTo('/api/v1/version')) === 'status 200',
  ).catch(async ({ message }: Error) => {
    const route = await production.kubectl('get', 'httproutes', '--output=yaml');
    throw new Error(`${message}; ${await answersTo('/api/v1/version')}\n${route}`);
  });
  console.log(`Kubernetes ${node.version}, ${gateway.versions}`);
});

afterAll(() => started?.stop());

describe('production behind a Gateway', () => {
  onNode('leads the host and its path to the API, and nothing else', async () => {
    const asked = [
      ['/api/v1/version', HOST],
      ['/api/v1/metrics', HOST],
      ['/', HOST],
      ['/api/v1/version', 'other.example.com'],
    ] as const;
    const answers = await Promise.all(asked.map(([path, host]) => answersTo(path, host)));
    // A rule without a backend answers 500 in the words of the Gateway API.
    expect(answers).toEqual(['status 200', 'status 500', 'status 404', 'status 404']);
  });

  onNode('refuses the path of the metrics in any letter case and encoding', async () => {
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
    const counts = await ask(
      spellings.map((path, index) => ({ name: `${index}`, kind: 'new', rate: 5, path })),
      2000,
    );
    expect(spellings.map((path, index) => [path, answerOf(counts[index]!)])).toEqual(
      spellings.map((path) => [path, 'status 500']),
    );
    // A slash that is encoded leads to the path that it means.
    expect(await answersTo('/api/v1%2FMETRICS')).toBe('status 307');
  });

  onNode('stage, promote, rollback, promote, retire: no request fails', async () => {
    const versions: string[] = [];
    const report = await production.measured(
      async (requests, attempt) => {
        versions.splice(0, 2, ...TAGS.slice(attempt, attempt + 2));
        await production.cycle(versions[1]!, requests);
      },
      { entry },
    );
    expect(failuresOf(report)).toEqual({ new: {}, kept: {}, post: {}, slow: {}, 'slow-kept': {} });
    for (const [name, { versions: answered }] of Object.entries(report.streams))
      expect([name, Object.keys(answered).sort()]).toEqual([name, versions]);
  });

  onNode('a switch onto a colour without pods is seen as an outage', async () => {
    const active = await production.active();
    const report = await production.measured(
      async (requests) => {
        requests.event('switch onto a colour without pods');
        await production.point(other(active));
        await sleep(3000);
        await production.point(active);
        await sleep(2000);
      },
      { entry },
    );
    expect(report.streams.new!.failed).toBeGreaterThanOrEqual(20);
    expect(Object.keys(report.streams.new!.kinds)).toEqual(['status 503']);
  });

  onNode('refuses what a client asks for beyond the limits of the environment', async () => {
    started!.project.edit('environments/production.ts', (text) =>
      text.replace(
        behind("'by-the-platform'"),
        behind("{ requestsPerSecond: 20, maxBodySize: '64Ki' }"),
      ),
    );
    await started!.project.commit('limits of production');
    await production.deploy();
    const path = '/api/v1/version';
    const flood = { name: 'flood', kind: 'kept', rate: 100, path } as const;
    await until(
      'the limits hold',
      async () => answerOf((await ask([flood], 2000)).flood) === 'status 200, status 429',
    );
    const seconds = 5;
    await sleep(2000);
    const { flood: asked } = await ask([flood], seconds * 1000);
    // Each second begins with as many again.
    expect(asked.answered).toBeGreaterThanOrEqual(20 * (seconds - 1));
    expect(asked.answered).toBeLessThanOrEqual(20 * (seconds + 2));
    expect(asked.kinds).toEqual({ 'status 429': asked.sent - asked.answered });

    await sleep(2000);
    const post = { name: 'post', kind: 'new-post', rate: 5, path } as const;
    expect(answerOf((await ask([post], 2000, { bodyBytes: 60_000 })).post)).toBe('status 200');
    expect(answerOf((await ask([post], 2000, { bodyBytes: 100_000 })).post)).toBe('status 413');
  });
});
