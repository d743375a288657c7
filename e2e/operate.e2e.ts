import * as fs from 'node:fs';
import { type Fixture, startFixture, testsOn } from './fixture';
import { image, type Project, projectRef } from './project';

let fixture: Fixture | undefined;
let project: Project;

const onCluster = testsOn('control plane', () => fixture);
const inQa = (...args: string[]) => fixture!.cluster.run(['--namespace=seda-qa', ...args]);
const deploy = (...options: string[]) => project.deploy('qa', ...options);
/** Everything of the environment, to the version: what must not move where a deploy is refused. */
const versions = () =>
  inQa(
    'get',
    'deployments,services,configmaps,ingresses,externalsecrets,networkpolicies',
    '--output=jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
  );
const holder = () =>
  inQa('get', 'lease', 'seda-deploy', '--output=jsonpath={.spec.holderIdentity}');

beforeAll(async () => {
  fixture = await startFixture();
  if (!fixture) return;
  ({ project } = fixture);
  expect(await deploy()).toMatchObject({ code: 0 });
});

afterAll(() => fixture?.stop());

describe('a deploy is refused before it changes anything', () => {
  /** Prepares what is wrong, tries, and puts the project back as it was. */
  const refused = (prepare: () => Promise<void> | void, args: string[], ...expected: string[]) =>
    refusedWith(1, prepare, args, ...expected);
  const refusedWith = async (
    code: number,
    prepare: () => Promise<void> | void,
    args: string[],
    ...expected: string[]
  ) => {
    const [commit, before] = [project.git('rev-parse', 'HEAD').trim(), await versions()];
    try {
      await prepare();
      const outcome = await project.seda(...args);
      for (const line of expected) expect(outcome.output).toContain(line);
      expect(outcome.code).toBe(code);
      expect(await versions()).toBe(before);
      expect(await holder()).toBe('');
    } finally {
      project.git('reset', '--quiet', '--hard', commit);
      project.git('clean', '--quiet', '--force', '-d');
    }
  };
  const toCluster = () => ['deploy', 'qa', '--context', fixture!.cluster.context, '--yes'];
  const commitSources = () =>
    void project.git('commit', '--quiet', '--all', '--message', 'sources alone');

  onCluster('without a context, for the current one is never trusted', () =>
    // Wrong usage.
    refusedWith(
      2,
      () => {},
      ['deploy', 'qa', '--yes'],
      'qa: no context is named, and the current one is never trusted; give --context NAME or set context in environments/qa.ts\n',
    ),
  );

  onCluster('with a context that the kubeconfig does not have', () =>
    refused(
      () => {},
      ['deploy', 'qa', '--context', 'nowhere', '--yes'],
      'the kubeconfig has no context "nowhere"; list them with: kubectl config get-contexts',
    ),
  );

  onCluster('where nobody can be asked', () =>
    refused(
      () => project.stageInSandbox('1.1.0').then(() => project.commit('next')),
      toCluster().slice(0, -1),
      'nobody can be asked here; give --yes once you have seen the plan',
    ),
  );

  onCluster('from a tree that is in no commit, and with placeholders: both are said', () =>
    refused(
      async () => {
        project.edit('environments/qa.ts', (text) =>
          text.replace(projectRef('qa'), 'your-qa-project-ref'),
        );
        await project.must('synth');
      },
      toCluster(),
      'qa: refused, nothing was changed\n',
      'the tree has changes that are in no commit, got dist/argocd/qa.k8s.yaml, dist/qa/10-config.k8s.yaml, dist/qa/20-api.k8s.yaml, environments/qa.ts; commit or drop them\n',
      'Deployment/seda-api-qa still has placeholders, got SUPABASE_URL; fill it in before anything is deployed\n',
    ),
  );

  onCluster('from a dist/ that is not what the sources say', () =>
    refused(
      () => {
        project.edit('environments/qa.ts', (text) => text.replace('replicas: 2', 'replicas: 3'));
        commitSources();
      },
      toCluster(),
      'dist/ is not what the sources say, got changed  dist/qa/20-api.k8s.yaml; run npm run synth and commit\n',
    ),
  );

  onCluster('where the API server refuses an object', () =>
    refused(
      async () => {
        const quota = JSON.stringify({
          apiVersion: 'v1',
          kind: 'ResourceQuota',
          metadata: { name: 'no-maps' },
          spec: { hard: { 'count/configmaps': '1' } },
        });
        await fixture!.cluster.run(['--namespace=seda-qa', 'apply', '--filename=-'], quota);
        await inQa(
          'wait',
          'resourcequota/no-maps',
          '--for=jsonpath={.status.used.count/configmaps}',
          '--timeout=30s',
        );
        project.edit('environments/qa.ts', (text) => text.replace('cdn: false', 'cdn: true'));
        await project.commit('configuration');
      },
      toCluster(),
      "the namespace's quota is used up: no-maps",
    ).finally(() => inQa('delete', 'resourcequota', 'no-maps')),
  );

  onCluster(
    'where the cluster lacks kinds: each is named, with the operator that brings it',
    async ({ cluster }) => {
      const names = [
        'servicemonitors.monitoring.coreos.com',
        'externalsecrets.external-secrets.io',
      ];
      const crds = await cluster.kubectlJson<object>(
        'get',
        'crd',
        ...names,
        '--show-managed-fields=false',
      );
      await cluster.run(['delete', 'crd', ...names]);
      const outcome = await deploy();
      await cluster.run(['create', '--filename=-'], JSON.stringify(crds));
      await cluster.run(['wait', '--for=condition=Established', 'crd', ...names, '--timeout=60s']);
      expect(outcome.output).toContain(
        'the cluster does not know ServiceMonitor of monitoring.coreos.com/v1; install Prometheus Operator\n',
      );
      expect(outcome.output).toContain(
        'the cluster does not know ExternalSecret of external-secrets.io/v1; install External Secrets Operator\n',
      );
      expect(outcome.code).toBe(1);
      expect(await deploy()).toMatchObject({ code: 0 });
    },
  );
});

describe('a deploy', () => {
  onCluster(
    'leaves what it does not render, and takes it with --prune; never what is not its own',
    async () => {
      const own = {
        'app.kubernetes.io/managed-by': 'cdk8s',
        'app.kubernetes.io/part-of': 'seda-fm',
      };
      const service = (name: string, labels: object) => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, labels },
        spec: { ports: [{ port: 80 }] },
      });
      await fixture!.cluster.run(
        ['--namespace=seda-qa', 'apply', '--filename=-'],
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'List',
          items: [service('left-over', own), service('of-others', {})],
        }),
      );
      const services = async () =>
        (await inQa('get', 'services', '--output=name'))
          .split('\n')
          .filter((name) => /left-over|of-others/.test(name));
      expect(await deploy()).toMatchObject({ code: 0 });
      expect(await services()).toEqual(['service/left-over', 'service/of-others']);
      expect((await deploy('--prune')).output).toContain('deleted Service/left-over');
      expect(await services()).toEqual(['service/of-others']);
    },
  );

  onCluster('tells programs one event a line', async () => {
    await project.stageInSandbox('1.2.0');
    await project.commit('next');
    const { code, output } = await deploy('--json');
    const events = output
      .trim()
      .split('\n')
      .map(
        (line) =>
          JSON.parse(line) as {
            type: string;
            object?: string;
            state?: string;
            environment?: string;
          },
      );
    expect(code).toBe(0);
    expect(
      events.filter(({ type }) => type !== 'object' && type !== 'wave').map(({ type }) => type),
    ).toEqual(['plan', 'pruned', 'done']);
    const states = events
      .filter(({ object }) => object === 'Deployment/seda-api-qa')
      .map(({ state }) => state);
    expect([states[0], states.at(-1)]).toEqual(['applied', 'healthy']);
  });

  onCluster('tries everything and changes nothing with --dry-run', async () => {
    await project.stageInSandbox('1.3.0');
    await project.commit('next');
    const before = await versions();
    const { code, output } = await deploy('--dry-run');
    expect(output).toContain(
      'qa: changed Deployment seda-api-qa: restarts the pods of seda-api-qa, which serves',
    );
    expect(output).toContain('nothing was changed, this was a dry run');
    expect([code, await versions()]).toEqual([0, before]);
  });

  onCluster(
    'ends in order on Ctrl-C: it says so, gives the Lease back, and goes on when run again',
    async () => {
      await project.stageInSandbox('slow-30s');
      await project.commit('slow');
      const { code, output } = await project.deployEndedAt('qa', /Job\/\S+ progressing/, 'SIGINT');
      expect(output).toMatch(/\nqa: interrupted\n$/);
      expect([code, await holder()]).toEqual([1, '']);
      await project.stageInSandbox('1.4.0');
      await project.commit('quick');
      expect(await deploy()).toMatchObject({ code: 0 });
    },
  );
});

describe('seda rollback', () => {
  const rollback = (...options: string[]) => project.rollback('qa', ...options);
  const state = () => [project.git('rev-parse', 'HEAD'), project.git('status', '--porcelain')];
  const runs = () =>
    inQa(
      'get',
      'deployment',
      'seda-api-qa',
      '--output=jsonpath={.spec.template.spec.containers[0].image}',
    );

  onCluster('commits nothing where it cannot deploy, or git does not let it', async () => {
    for (const tag of ['1.5.0', '1.6.0']) {
      await project.stageInSandbox(tag);
      await project.commit(tag);
      expect(await deploy()).toMatchObject({ code: 0 });
    }
    const before = state();
    expect(await rollback('--context', 'nowhere')).toMatchObject({
      code: 1,
      output: expect.stringContaining('the kubeconfig has no context "nowhere"'),
    });
    expect(state()).toEqual(before);

    const hook = `${project.folder}/.git/hooks/pre-commit`;
    fs.writeFileSync(hook, '#!/bin/sh\necho sign it first >&2\nexit 1\n', { mode: 0o755 });
    expect(await rollback()).toMatchObject({
      code: 1,
      output: expect.stringContaining(
        'nothing was changed, because git does not commit it: sign it first\n',
      ),
    });
    fs.rmSync(hook);
    expect([...state(), await holder()]).toEqual([...before, '']);
  });

  onCluster('may be given again, and does not go forward by that', async () => {
    expect(await rollback()).toMatchObject({ code: 0 });
    expect(await runs()).toBe(image('1.5.0'));
    const before = state();
    expect(await rollback()).toMatchObject({
      code: 0,
      output: expect.stringMatching(
        /^qa: went back already by the commit [0-9a-f]{7,}, which is deployed; to go forward, release something\n[^]*nothing changes\n/,
      ),
    });
    expect([...state(), await runs()]).toEqual([...before, image('1.5.0')]);
  });
});

describe('seda doctor', () => {
  const findings = async () =>
    (await project.findings('qa')).map(
      ({ object, found, cause, remedy }) => `${object}: ${found}; ${cause}; ${remedy}`,
    );

  onCluster('finds nothing where nothing is wrong', async () =>
    expect(await findings()).toEqual([]),
  );

  onCluster('finds a selector that a hand patched, and that nobody answers', async () => {
    await inQa(
      'patch',
      'service',
      'seda-api',
      '--patch',
      JSON.stringify({ spec: { selector: { app: 'nobody' } } }),
    );
    const found = await findings();
    expect(found).toContainEqual(
      `Service/seda-api: no ready endpoint, 2 expected; users get errors; it selects app=nobody, dist/ says app=seda-api: somebody changed it, or a deploy is still to come; seda deploy qa --context ${fixture!.cluster.context}`,
    );
    expect(await deploy()).toMatchObject({ code: 0 });
    expect(await findings()).toEqual([]);
  });

  onCluster('finds a key that a Secret lacks, and an image that cannot be pulled', async () => {
    await inQa(
      'patch',
      'secret',
      'seda-secrets',
      '--type=json',
      '--patch',
      JSON.stringify([{ op: 'remove', path: '/data/jwt-secret' }]),
    );
    await inQa('set', 'image', 'deployment/seda-api-qa', `seda-api=${image('9.0.0-never-ready')}`);
    let found = await findings();
    for (
      let tries = 0;
      tries < 20 && !found.some((line) => line.includes('ImagePullBackOff'));
      tries++
    )
      found = await findings();
    expect(found.find((line) => line.includes('ImagePullBackOff'))).toMatch(
      /^Deployment\/seda-api-qa: .*the registry does not have the image/,
    );
    expect(
      found.find((line) => line.startsWith('Secret/seda-secrets: has no key jwt-secret')),
    ).toContain('see that the store has seda/qa/staging/jwt-secret');
    await inQa(
      'patch',
      'secret',
      'seda-secrets',
      '--patch',
      JSON.stringify({ stringData: { 'jwt-secret': 'dummy' } }),
    );
    expect(await deploy()).toMatchObject({ code: 0 });
  });
});

describe('what a message advises works as it is printed', () => {
  /** The arguments of the command that a message names. */
  const advised = (output: string, command: RegExp): string[] => {
    const [found = ''] = command.exec(output) ?? [];
    expect([output, found]).not.toEqual([output, '']);
    return found.split(' ').slice(1);
  };

  onCluster('by a deploy whose Job failed', async () => {
    await project.stageInSandbox('2.0.0-migration-fails');
    await project.commit('2.0.0');
    const { code, output } = await deploy();
    expect(code).toBe(1);
    const job = /delete (job \S+), then deploy/.exec(output)![1]!;
    const made = () => inQa('get', ...job.split(' '), '--output=jsonpath={.metadata.uid}');
    const before = await made();
    await fixture!.cluster.run(advised(output, /kubectl --context=\S+ .* delete job [^,]+/));
    await deploy('--timeout', '5');
    expect(await made()).not.toBe(before);

    const back = await project.rollback('qa');
    expect(back.code === 0 ? '' : back.output).toBe('');
    expect(back.output).not.toContain('refused');
  });

  onCluster('by a rollback, of a tree with changes and of what it cannot deploy', async () => {
    for (const tag of ['2.1.0-never-ready', '2.2.0']) {
      await project.stageInSandbox(tag);
      await project.commit(tag);
    }
    expect(await deploy()).toMatchObject({ code: 0 });
    fs.writeFileSync(`${project.folder}/notes.txt`, 'of somebody');
    project.edit('environments/qa.ts', (text) => `${text}\n`);
    const dirty = await project.rollback('qa');
    expect(dirty.code).toBe(1);
    project.git(...advised(dirty.output, /git stash .*/));

    const failed = await project.rollback('qa', '--timeout', '10');
    expect(failed.code).toBe(1);
    expect(failed.output).toContain('ImagePullBackOff');
    project.git(...advised(failed.output, /git revert .*/));
    expect(await deploy()).toMatchObject({ code: 0 });
    project.git('stash', 'pop', '--quiet');
    expect(project.git('status', '--porcelain')).toBe(' M environments/qa.ts\n?? notes.txt\n');
  });
});
