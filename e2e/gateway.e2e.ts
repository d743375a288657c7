import { setTimeout as sleep } from 'node:timers/promises';
import { sayUnavailable, testsOn } from './fixture';
import { buildGateway, GATEWAY, startGateway } from './node/gateway';
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

/** What becomes of requests for a path, such as `status 404`. */
async function answersTo(path: string, host = HOST): Promise<string> {
  const url = `http://${entry.address}${path}`;
  const load = node.load([{ name: 'asked', kind: 'new', rate: 10, url }], host);
  await sleep(1000);
  const { kinds, answered } = (await load.stop()).streams.asked!;
  return [...(answered > 0 ? ['status 200'] : []), ...Object.keys(kinds)].join(', ');
}

beforeAll(async () => {
  const gateway = await buildGateway().catch(sayUnavailable);
  if (!gateway) return;
  const builds = TAGS.map((tag) => ({ tag }));
  const edit = (project: Started['project'], ingress: string) =>
    project.edit('environments/production.ts', (text) => text.replace(INGRESS, ingress));
  // The pods admit the proxies before any request comes that way.
  const admitted = `${INGRESS}, clientNamespaces: ['${GATEWAY.namespace}']`;
  started =
    (await startProduction(builds, TAGS[0]!, gateway.images, (project) =>
      edit(project, admitted),
    ).catch(sayUnavailable)) ?? undefined;
  if (!started) return;
  ({ node, production } = started);
  entry = { address: `${await startGateway(node, gateway)}:443`, host: HOST };
  edit(started.project, `ingress: { kind: 'gateway-api', gateway: ${JSON.stringify(GATEWAY)} }`);
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
});
