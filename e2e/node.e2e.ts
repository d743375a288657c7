import { setTimeout as sleep } from 'node:timers/promises';
import { sayUnavailable, testsOn } from './fixture';
import type { Build } from './node/images';
import type { Load } from './node/load';
import { failuresOf, other } from './node/production';
import { type Started, startProduction } from './node/start';

/*
 * dist/production on a node whose pods are processes, deployed by `seda deploy`, with requests all the time: what the
 * simulated pods of deploy.e2e.ts cannot show.
 */

const BUILDS: readonly Build[] = [
  ...['1.0.0', '1.1.0', '1.2.0', '1.3.0'].map((tag) => ({ tag })),
  { tag: '2.0.0-unhealthy', env: { E2E_DATABASE: 'down' } },
  { tag: '2.1.0-no-database', env: { E2E_DATABASE: 'down', E2E_HEALTH: 'lenient' } },
  { tag: '2.2.0-migration-fails', env: { E2E_MIGRATION: 'fails' } },
];

let started: Started | undefined;
let node: Started['node'];
let project: Started['project'];
let production: Started['production'];
const onNode = testsOn('real node', () => started);

const inProduction = (...args: string[]) => production.kubectl(...args);
const stage = (tag: string) => project.stageInProduction(tag);
const deploy = () => production.deploy();
const jobOf = async (app: string) => {
  const names = await inProduction(
    ...['get', 'jobs', `--selector=app=${app}`, '--output=name'],
    '--sort-by=.metadata.creationTimestamp',
  );
  return names.trim().split('\n').at(-1)!;
};

const NONE = { new: {}, kept: {}, post: {}, slow: {}, 'slow-kept': {} };

const underLoad = (run: (load: Load, attempt: number) => Promise<void>) => production.measured(run);

beforeAll(async () => {
  started = (await startProduction(BUILDS, '1.0.0').catch(sayUnavailable)) ?? undefined;
  if (!started) return;
  ({ node, project, production } = started);
  console.log(`Kubernetes ${node.version} on a real node, custom resources: ${node.crds}`);
});

afterAll(() => started?.stop());

describe('production on a real node', () => {
  onNode('starts on an empty cluster, and its gate has asked every pod', async () => {
    await deploy();
    const pods = await inProduction(
      ...['get', 'pods', '--selector=app=seda-api', '--field-selector=status.phase=Running'],
      '--output=jsonpath={range .items[*]}{.status.podIP}{"\\n"}{end}',
    );
    const addresses = pods.trim().split('\n').sort();
    expect(addresses).toHaveLength(3);
    expect((await inProduction('logs', await jobOf('seda-api-gate'))).trim().split('\n')).toEqual([
      '3 of 3 pods are good',
      ...addresses.map((address) => `${address} answers 200, database up`),
    ]);
  });

  onNode('stage, promote, rollback, promote, retire: no request fails', async () => {
    const versions: string[] = [];
    const report = await underLoad(async (requests, attempt) => {
      const [before = '', tag = ''] = ['1.0.0', '1.1.0', '1.2.0', '1.3.0'].slice(attempt);
      versions.splice(0, 2, before, tag);
      await production.cycle(tag, requests);
    });
    expect(failuresOf(report)).toEqual(NONE);
    for (const [name, { versions: answered }] of Object.entries(report.streams))
      expect([name, Object.keys(answered).sort()]).toEqual([name, versions]);
  });

  onNode('a switch onto a colour without pods is seen as an outage', async () => {
    const active = await production.active();
    const report = await underLoad(async (requests) => {
      requests.event('switch onto a colour without pods');
      await production.point(other(active));
      await sleep(3000);
      await production.point(active);
      await sleep(2000);
    });
    expect(report.streams.new!.failed).toBeGreaterThanOrEqual(20);
    expect(Object.keys(report.streams.new!.kinds)).toContain('connect: refused');
  });
});

describe('a release that is no good, on a real node', () => {
  /** Deploys what must not come up, then aborts it; the traffic notices nothing. */
  const refused = async (
    tag: string,
    expected: RegExp,
    { timeout = '12', meanwhile = async () => {} } = {},
  ) => {
    const active = await production.active();
    const report = await underLoad(async (requests) => {
      requests.event(`stage ${tag}`);
      await stage(tag);
      const outcome = await project.deploy('production', '--timeout', timeout);
      expect(outcome.output).toMatch(expected);
      expect(outcome.code).toBe(1);
      await meanwhile();
      expect(await production.active()).toBe(active);
      await project.release('abort', 'production');
      await deploy();
    });
    expect(failuresOf(report)).toEqual(NONE);
  };

  onNode('pods that answer 503', () =>
    refused('2.0.0-unhealthy', /(Deployment\/seda-api-\w+|Job\/seda-api-gate-\w+): .*/),
  );

  onNode('pods that are ready and say that their database is away: the gate stays shut', () =>
    refused('2.1.0-no-database', /Job\/seda-api-gate-\w+-[0-9a-f]{10}: runs, after 40 s/, {
      timeout: '40',
      meanwhile: async () => {
        // The gate itself goes on trying for minutes: the same Job that looks once.
        const job = JSON.parse(
          await inProduction('get', await jobOf('seda-api-gate'), '--output=json'),
        ) as { metadata: object; spec: { selector?: object; template: Template } };
        const { template, selector: _, ...spec } = job.spec;
        for (const variable of template.spec.containers[0].env)
          if (variable.name === 'GATE_SECONDS') variable.value = '0';
        template.metadata.labels = {};
        const once = {
          apiVersion: 'batch/v1',
          kind: 'Job',
          metadata: { name: 'gate-once', namespace: 'seda-prod' },
          spec: { ...spec, template },
        };
        await node.run(['create', '--filename=-'], JSON.stringify(once));
        await inProduction('wait', 'job/gate-once', '--for=condition=Failed', '--timeout=60s');
        const [first, ...pods] = (await inProduction('logs', 'job/gate-once')).trim().split('\n');
        expect(first).toBe('0 of 3 pods are good');
        expect(pods).toHaveLength(3);
        for (const pod of pods)
          expect(pod).toMatch(/^10\.244\.0\.\d+ answers 200, database not up$/);
        await inProduction('delete', 'job', 'gate-once');
      },
    }),
  );

  onNode('a migration that fails', () =>
    refused('2.2.0-migration-fails', /Job\/seda-api-migrate-[0-9a-f]{10}: /),
  );

  onNode('an image that cannot be pulled', () => refused('9.9.9', /ImagePullBackOff|ErrImagePull/));
});

interface Template {
  readonly metadata: { labels: object };
  readonly spec: {
    readonly containers: readonly [
      { readonly env: readonly { readonly name: string; value: string }[] },
    ];
  };
}
