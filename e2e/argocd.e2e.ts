import { join } from 'node:path';
import { environments } from '../environments';
import { PREVIEWS, renderArgoCd } from '../environments/argocd';
import { type Cluster, ClusterUnavailable, startCluster } from './cluster';
import { sayUnavailable, testsOn } from './fixture';

const DIST = join(__dirname, '..', 'dist', 'argocd');

let cluster: Cluster | undefined;

const onCluster = testsOn('control plane that knows Argo CD', () => cluster);

const apply = (input: string, ...args: string[]) =>
  cluster!.run(['apply', '--validate=strict', '--filename=-', ...args], input);
const applyDist = () => cluster!.run(['apply', '--validate=strict', `--filename=${DIST}`]);
const automation = () =>
  cluster!.run([
    '--namespace=argocd',
    'get',
    'application',
    'seda-production',
    '--output=jsonpath={.spec.syncPolicy.automated.enabled}',
  ]);
const rendered = () =>
  cluster!.run(['--namespace=argocd', 'get', 'application', 'seda-production', '--output=json']);

beforeAll(async () => {
  try {
    const started = await startCluster({ argocd: true });
    if (started.crds.startsWith('none')) {
      await started.stop();
      throw new ClusterUnavailable(`no custom resources: ${started.crds}`);
    }
    cluster = started;
  } catch (error) {
    sayUnavailable(error);
  }
  await cluster?.run(['create', 'namespace', 'argocd']);
});

afterAll(() => cluster?.stop());

onCluster(
  'an API server takes dist/argocd as it is, and finds nothing to do the second time',
  async () => {
    expect(
      (await applyDist())
        .trim()
        .split('\n')
        .map((line) => line.replace(/\.argoproj\.io/, '')),
    ).toEqual(
      environments
        .filter(({ argocd }) => argocd)
        .map(({ name }) => name)
        .sort()
        .flatMap((name) => [`appproject/seda-${name} created`, `application/seda-${name} created`]),
    );
    expect(
      (await applyDist())
        .trim()
        .split('\n')
        .filter((line) => !line.endsWith(' unchanged')),
    ).toEqual([]);
  },
);

onCluster('previews as well, once they are turned on', async () => {
  const text = renderArgoCd([], { ...PREVIEWS, enabled: true }).files.get(
    'argocd/preview.k8s.yaml',
  )!;
  expect(await apply(text)).toMatch(/applicationset\S* created/);
  expect(await apply(text)).toMatch(/appproject\S* unchanged\napplicationset\S* unchanged/);
});

onCluster('a field that is misspelt is refused', async () => {
  const spoilt = (await rendered()).replace('"selfHeal"', '"selfheal"');
  await expect(apply(spoilt)).rejects.toThrow(/unknown field "spec.syncPolicy.automated.selfheal"/);
});

onCluster('to apply the file after an incident says again whether automation is on', async () => {
  const before = await automation();
  await cluster!.run([
    '--namespace=argocd',
    'patch',
    'application',
    'seda-production',
    '--type=merge',
    '--patch',
    `{"spec":{"syncPolicy":{"automated":{"enabled":${before !== 'true'}}}}}`,
  ]);
  expect(await automation()).not.toBe(before);
  await applyDist();
  expect(await automation()).toBe(before);
});

onCluster(
  'an Application that is deleted is gone at once: no finalizer waits for what it applied',
  async () => {
    await cluster!.run([
      '--namespace=argocd',
      'delete',
      'application,appproject',
      'seda-production',
      '--timeout=20s',
    ]);
    expect(
      await cluster!.run(['--namespace=argocd', 'get', 'application', '--output=name']),
    ).not.toContain('seda-production');
  },
);
