import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster';
import { testDeploys } from './deploys';
import { type Fixture, startFixture, testsOn } from './fixture';
import { image, type Project } from './project';
import { servingColour, TrafficWatcher } from './traffic';

let fixture: Fixture | undefined;
let cluster: Cluster | undefined;
let project: Project;
const table: string[][] = [];
const watchers: TrafficWatcher[] = [];
const watchTraffic = () => {
  const watcher = new TrafficWatcher(cluster!, 'seda-prod');
  watchers.push(watcher);
  return watcher.start();
};

const onCluster = testsOn('control plane', () => cluster);

const kubectl = (...args: string[]) => cluster!.run(args);
const inProduction = (...args: string[]) => kubectl('--namespace=seda-prod', ...args);
beforeAll(async () => {
  fixture = await startFixture();
  if (fixture) ({ cluster, project } = fixture);
});

afterAll(async () => {
  if (table.length > 0) console.log(table.map((row) => row.join(' | ')).join('\n'));
  for (const watcher of watchers) watcher.stop();
  await fixture?.stop();
});

testDeploys(() => fixture);

describe('production', () => {
  onCluster('goes back in one command', async () => {
    await project.release('promote', 'production');
    expect(await project.deploy('production')).toMatchObject({ code: 0 });
    const from = await servingColour(cluster!);
    const watcher = await watchTraffic();
    const start = performance.now();
    const outcome = await project.rollback('production');
    expect(outcome.code === 0 ? '' : outcome.output).toBe('');
    expect(await servingColour(cluster!)).not.toBe(from);
    // Until the endpoints have followed, which is later than the selector.
    const seconds = (watcher.moments.at(-1)!.at - start) / 1000;
    watcher.stop();
    console.log(
      `rollback: the traffic is back after ${seconds.toFixed(2)} s (aim: 3 s), the command is done after ${(outcome.milliseconds / 1000).toFixed(2)} s`,
    );
    expect(project.git('log', '--max-count=1', '--format=%s')).toMatch(
      /^production: traffic moves from /,
    );
    expect(project.git('status', '--porcelain')).toBe('');
  });
});

describe('negative controls: the watcher sees an outage where there is one', () => {
  const restore = async () => {
    const rules = ['serving-colour-changed', 'serving-colour-shrinks', 'colour-not-staged'];
    const allowed = rules.map((rule) => `--allow=${rule}=production`);
    expect(await project.deploy('production', ...allowed)).toMatchObject({ code: 0 });
  };

  onCluster('a promotion onto an empty colour, applied without waves', async () => {
    await project.release('abort', 'production');
    await restore();
    await project.stageInProduction('1.3.0', '--promote');
    const watcher = await watchTraffic();
    await kubectl(
      'apply',
      '--server-side',
      '--force-conflicts',
      '--field-manager=seda',
      ...['10-config', '20-api', '30-traffic'].map(
        (file) => `--filename=${project.folder}/dist/production/${file}.k8s.yaml`,
      ),
    );
    await sleep(3000);
    watcher.stop();
    console.log(`naive promotion: ${watcher.summary()}`);
    expect(watcher.least).toBe(0);
    await restore();
  });

  onCluster("the first deployment's order of commands", async () => {
    const watcher = await watchTraffic();
    const active = await servingColour(cluster!);
    const idle = active === 'blue' ? 'green' : 'blue';
    await inProduction('scale', `deployment/seda-api-${idle}`, '--replicas=0');
    // Every line succeeds: a Deployment without pods is rolled out.
    await inProduction('set', 'image', `deployment/seda-api-${idle}`, `seda-api=${image('1.4.0')}`);
    await inProduction('rollout', 'status', `deployment/seda-api-${idle}`, '--timeout=60s');
    await inProduction(
      'patch',
      'service',
      'seda-api',
      '--patch',
      JSON.stringify({ spec: { selector: { version: idle } } }),
    );
    await sleep(3000);
    watcher.stop();
    console.log(`first deployment: ${watcher.summary()}`);
    expect(watcher.least).toBe(0);
    await restore();
    expect(await servingColour(cluster!)).toBe(active);
  });
});

describe('secrets', () => {
  const check = (name: string) =>
    project.seda('secrets', 'check', name, '--context', cluster!.context);

  onCluster(
    'a value that is missing, empty or not synced is named, and no value is printed',
    async () => {
      expect(await project.deploy('qa')).toMatchObject({ code: 0 });
      expect(await check('qa')).toMatchObject({
        code: 0,
        output: expect.not.stringContaining('dummy'),
      });
      const inQa = (...args: string[]) => kubectl('--namespace=seda-qa', ...args);
      await inQa(
        'patch',
        'secret',
        'seda-secrets',
        '--type=json',
        '--patch',
        JSON.stringify([
          { op: 'remove', path: '/data/jwt-secret' },
          { op: 'replace', path: '/data/admin-api-key', value: '' },
        ]),
      );
      expect(await check('qa')).toMatchObject({
        code: 1,
        output: expect.stringContaining(
          'error: Secret/seda-secrets: has no key jwt-secret and has nothing in the key admin-api-key\n',
        ),
      });
      await inQa('delete', 'secret', 'seda-secrets');
      expect(await check('qa')).toMatchObject({
        code: 1,
        output: expect.stringContaining('error: Secret/seda-secrets: does not exist\n'),
      });
      // The operator at play makes it again once it is not ready.
      const failed = {
        status: {
          conditions: [
            {
              type: 'Ready',
              status: 'False',
              reason: 'SecretSyncedError',
              message: 'no such entry',
            },
          ],
        },
      };
      await inQa(
        'patch',
        'externalsecret',
        'seda-secrets',
        '--subresource=status',
        '--type=merge',
        '--patch',
        JSON.stringify(failed),
      );
      await inQa('wait', '--for=condition=Ready', 'externalsecret/seda-secrets', '--timeout=60s');
      expect(await check('qa')).toMatchObject({ code: 0 });
    },
  );

  onCluster('the command of the template makes the Secret from standard input', async (there) => {
    await there.run(['create', 'namespace', 'seda-secrets-by-hand']);
    const { output } = await project.must(
      'secrets',
      'template',
      'qa',
      '--kubectl',
      '--context',
      there.context,
    );
    const line = output
      .split('\n')
      .find((text) => text.startsWith('kubectl '))!
      .replace('--namespace=seda-qa', '--namespace=seda-secrets-by-hand');
    const keys = [...output.matchAll(/^# ([\w-]+)=\.\.\.$/gm)].map(([, key]) => key!);
    const values = keys.map((key) => [key, `value of "${key}" = ${'a&b#c'}`] as const);
    // A pipe, as behind a password manager: what Node gives a child is a socket, which nothing can open by name.
    execFileSync('bash', ['-c', `cat | ${line}`], {
      env: there.env,
      input: values.map(([key, value]) => `${key}=${value}\n`).join(''),
    });
    const { data } = JSON.parse(
      await there.run([
        '--namespace=seda-secrets-by-hand',
        'get',
        'secret',
        'seda-secrets',
        '--output=json',
      ]),
    ) as { data: Record<string, string> };
    expect(keys).toHaveLength(4);
    expect(
      Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
      ),
    ).toEqual(Object.fromEntries(values));
  });
});
