import { setTimeout as sleep } from 'node:timers/promises';
import { type Fixture, startFixture, testsOn } from './fixture';
import { until } from './node/production';
import type { Project } from './project';
import { servingColour } from './traffic';

let fixture: Fixture | undefined;
let project: Project;

const onCluster = testsOn('control plane', () => fixture);
const within = (namespace: string) => ({
  kubectl: (...args: string[]) => fixture!.cluster.run([`--namespace=${namespace}`, ...args]),
  json: <T>(...args: string[]) =>
    fixture!.cluster.kubectlJson<T>(`--namespace=${namespace}`, ...args),
});
const qa = within('seda-qa');
const production = within('seda-prod');

interface Deployment {
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly containers: readonly [Container] } };
  };
}

type Labels = Record<string, string>;

interface Spec {
  readonly selector?: { readonly matchLabels: Labels };
  readonly template: { readonly metadata: { readonly labels: Labels } };
}

interface Container {
  readonly env: readonly { readonly name: string; readonly value?: string; valueFrom?: object }[];
  readonly readinessProbe: object;
}

const containerOf = ({ spec }: Deployment): Container => spec.template.spec.containers[0];

/** Puts a value in the place of one of a Secret, and another question in the place of a probe's: each is refused beside what is rendered. */
async function changeByHand({ kubectl, json }: typeof qa, name: string): Promise<Container> {
  const before = containerOf(await json<Deployment>('get', 'deployment', name));
  const index = before.env.findIndex(({ valueFrom }) => valueFrom !== undefined);
  const at = '/spec/template/spec/containers/0';
  const patch = [
    { op: 'remove', path: `${at}/env/${index}/valueFrom` },
    { op: 'add', path: `${at}/env/${index}/value`, value: 'hunter2-by-hand' },
    { op: 'remove', path: `${at}/readinessProbe/httpGet` },
    { op: 'add', path: `${at}/readinessProbe/tcpSocket`, value: { port: 'http' } },
  ];
  await kubectl(
    ...['patch', 'deployment', name, '--type=json', `--patch=${JSON.stringify(patch)}`],
    '--field-manager=kubectl-edit',
  );
  return before;
}

/** Has the API server refuse every change of an object, as an admission webhook does. */
async function deny(name: string): Promise<() => Promise<void>> {
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'nobody-changes-it' },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['apps'],
            apiVersions: ['v1'],
            operations: ['UPDATE'],
            resources: ['deployments'],
          },
        ],
      },
      matchConditions: [
        { name: 'it', expression: `object.metadata.name == '${name}'` },
        // What controllers write goes on.
        {
          name: 'people',
          expression: `!request.userInfo.username.startsWith('system:')`,
        },
      ],
      validations: [{ expression: 'false', message: 'not today' }],
    },
  };
  const binding = {
    apiVersion: policy.apiVersion,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: policy.metadata,
    spec: { policyName: policy.metadata.name, validationActions: ['Deny'] },
  };
  const { cluster } = fixture!;
  for (const object of [policy, binding])
    await cluster.run(['create', '--filename=-'], JSON.stringify(object));
  // It takes a moment until the API server asks a policy, and until it stops to.
  const untilIt = (denies: boolean) =>
    until(`${name} ${denies ? 'is' : 'is no longer'} denied`, async () => {
      const patch = ['annotate', 'deployment', name, 'seen=yes', '--overwrite', '--dry-run=server'];
      const isDenied = await production.kubectl(...patch).then(
        () => false,
        () => true,
      );
      return isDenied === denies;
    });
  await untilIt(true);
  return async () => {
    await cluster.run([
      ...['delete', 'validatingadmissionpolicybinding,validatingadmissionpolicy'],
      'nobody-changes-it',
    ]);
    await untilIt(false);
  };
}

beforeAll(async () => {
  fixture = await startFixture();
  if (!fixture) return;
  ({ project } = fixture);
  for (const name of ['qa', 'production'])
    expect(await project.deploy(name)).toMatchObject({ code: 0 });
});

afterAll(() => fixture?.stop());

// First: later tests leave releases that are not deployed.
describe('what doctor advises', () => {
  const findings = () => project.findings('qa');
  /** The same object under its name, made by hand with something else in it. */
  const remake = async (kind: string, name: string, change: (spec: Spec) => void) => {
    const object = await qa.json<{ metadata: { labels: object }; spec: Spec }>('get', kind, name);
    const { labels } = object.metadata;
    await qa.kubectl('delete', kind, name);
    change(object.spec);
    const made = { ...object, metadata: { name, labels }, status: undefined };
    await fixture!.cluster.run(
      ['--namespace=seda-qa', 'create', '--filename=-'],
      JSON.stringify(made),
    );
  };
  const own = '{"app.kubernetes.io/managed-by":"cdk8s","app.kubernetes.io/part-of":"seda-fm"}';

  const CHANGES: { readonly [what: string]: () => Promise<unknown> } = {
    'a Deployment is deleted': () => qa.kubectl('delete', 'deployment', 'seda-api-qa'),
    'its ConfigMap is deleted': () =>
      qa.kubectl('delete', 'configmap', '--selector=app.kubernetes.io/part-of=seda-fm'),
    'a Service leads nowhere': () =>
      qa.kubectl('patch', 'service', 'seda-api', '--patch={"spec":{"selector":{"app":"x"}}}'),
    'a Deployment lost the label by which it is found': () =>
      qa.kubectl('label', 'deployment', 'seda-api-qa', 'app.kubernetes.io/managed-by-'),
    'something is left over': async () => {
      await qa.kubectl('create', 'configmap', 'left-over');
      await qa.kubectl(
        ...['patch', 'configmap', 'left-over', `--patch={"metadata":{"labels":${own}}}`],
      );
    },
    'a Deployment selects by other labels': () =>
      remake('deployment', 'seda-api-qa', (spec) => {
        for (const labels of [spec.selector!.matchLabels, spec.template.metadata.labels])
          labels['by-hand'] = 'yes';
      }),
  };

  onCluster(
    'is done by the commands that it names, and then there is nothing to advise',
    async () => {
      expect(await findings()).toEqual([]);
      for (const [what, change] of Object.entries(CHANGES)) {
        await change();
        const found = await findings();
        const commands = new Set(
          found.flatMap(({ remedy }) =>
            [...remedy.matchAll(/\b(?:kubectl .* delete|seda deploy) [^,]+/g)].map(
              ([command]) => command,
            ),
          ),
        );
        expect([what, commands.size]).not.toEqual([what, 0]);
        for (const [program, ...args] of [...commands].map((command) => command.split(' '))) {
          if (program === 'kubectl') {
            await fixture!.cluster.run(args);
            continue;
          }
          const { code, output } = await project.seda(...args, '--yes');
          expect([what, code === 0 ? '' : output]).toEqual([what, '']);
        }
        expect([what, await findings()]).toEqual([what, []]);
      }
    },
  );
});

describe('a manual change that an apply cannot take back', () => {
  onCluster('is put back whole, and said without its value', async () => {
    const before = await changeByHand(qa, 'seda-api-qa');
    // Somebody writes into it all the time, as its controller does.
    let deployed = false;
    const writing = (async () => {
      for (let writes = 1; !deployed; writes += 1) {
        const count = `example.com/writes=${writes}`;
        await qa.kubectl('annotate', 'deployment', 'seda-api-qa', count, '--overwrite');
        await sleep(500);
      }
    })();
    const outcome = await project.deploy('qa').finally(() => (deployed = true));
    await writing;
    expect(outcome.output).toContain(
      'Deployment/seda-api-qa: somebody has changed it by hand so that it can only be put back whole, which is done',
    );
    expect(outcome.output).not.toContain('hunter2');
    expect(outcome.code === 0 ? '' : outcome.output).toBe('');
    const after = containerOf(await qa.json<Deployment>('get', 'deployment', 'seda-api-qa'));
    expect(after).toEqual(before);
    expect((await project.deploy('qa')).output).not.toContain('by hand');
  });

  onCluster('leaves the number of pods to the autoscaler', async () => {
    project.edit('environments/qa.ts', (text) =>
      text.replace(
        '  replicas: 2,',
        '  replicas: 2,\n  autoscaling: { minReplicas: 2, maxReplicas: 4 },',
      ),
    );
    await project.commit('an autoscaler for qa');
    const first = await project.deploy('qa', '--allow', 'replicas-and-autoscaler=qa');
    expect(first.code === 0 ? '' : first.output).toBe('');
    await qa.kubectl('scale', 'deployment/seda-api-qa', '--replicas=3');
    await changeByHand(qa, 'seda-api-qa');
    expect(await project.deploy('qa')).toMatchObject({ code: 0 });
    const { spec } = await qa.json<Deployment>('get', 'deployment', 'seda-api-qa');
    expect(spec.replicas).toBe(3);
  });

  onCluster('does not hold up a rollback, on either colour', async () => {
    await project.stageInProduction('1.1.0');
    expect(await project.deploy('production')).toMatchObject({ code: 0 });
    await project.release('promote', 'production');
    expect(await project.deploy('production')).toMatchObject({ code: 0 });
    const before = [
      await changeByHand(production, 'seda-api-blue'),
      await changeByHand(production, 'seda-api-green'),
    ];
    const outcome = await project.rollback('production');
    expect(outcome.code === 0 ? '' : outcome.output).toBe('');
    for (const [index, colour] of ['blue', 'green'].entries())
      expect(
        containerOf(await production.json<Deployment>('get', 'deployment', `seda-api-${colour}`)),
      ).toEqual(before[index]);
  });
});

describe('an object that nobody may change', () => {
  const active = () => servingColour(fixture!.cluster);

  onCluster('holds up no switch that does not need it, and is named at the end', async () => {
    const from = await active();
    const allow = await deny(`seda-api-${from}`);
    try {
      await project.release('promote', 'production', '--again');
      const outcome = await project.deploy('production');
      expect(outcome.output).toContain(
        'the traffic is where dist/ says, and the API server refuses some of what is left',
      );
      expect(outcome.output).toContain(
        'the admission policy nobody-changes-it refused it: not today',
      );
      expect(outcome.code).toBe(1);
      expect(await active()).not.toBe(from);
    } finally {
      await allow();
    }
    expect(await project.deploy('production')).toMatchObject({ code: 0 });
  });

  onCluster('is named before anything changes, where the switch needs it', async () => {
    const from = await active();
    const to = from === 'blue' ? 'green' : 'blue';
    const allow = await deny(`seda-api-${to}`);
    try {
      const outcome = await project.rollback('production');
      expect(outcome.output).toContain(
        'the admission policy nobody-changes-it refused it: not today',
      );
      expect(outcome.code).toBe(1);
      expect(await active()).toBe(from);
    } finally {
      await allow();
    }
  });
});

describe('what does not end', () => {
  onCluster('a namespace that is being deleted is named, and nothing is tried in it', async () => {
    const { cluster } = fixture!;
    expect(await project.deploy('sandbox')).toMatchObject({ code: 0 });
    const held = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'held', namespace: 'seda-sandbox', finalizers: ['example.com/never'] },
    };
    await cluster.run(['create', '--filename=-'], JSON.stringify(held));
    await cluster.run(['delete', 'namespace', 'seda-sandbox', '--wait=false']);
    const outcome = await project.deploy('sandbox');
    expect(outcome.output).toContain(
      'the namespace seda-sandbox is being deleted; wait until it is gone, then deploy again',
    );
    expect(outcome.code).toBe(1);
    await cluster.run([
      ...['--namespace=seda-sandbox', 'patch', 'configmap', 'held'],
      ...['--type=json', '--patch=[{"op":"remove","path":"/metadata/finalizers"}]'],
    ]);
    await cluster.run(['wait', 'namespace/seda-sandbox', '--for=delete', '--timeout=300s']);
    expect(await project.deploy('sandbox')).toMatchObject({ code: 0 });
  });

  onCluster('an object that its finalizer holds is named, and waited for', async () => {
    await qa.kubectl(
      ...['patch', 'deployment', 'seda-api-qa', '--type=merge'],
      '--patch={"metadata":{"finalizers":["example.com/never"]}}',
    );
    await qa.kubectl('delete', 'deployment', 'seda-api-qa', '--wait=false');
    const outcome = await project.seda(
      ...['deploy', 'qa', '--context', fixture!.cluster.context, '--yes', '--timeout', '5'],
    );
    expect(outcome.output).toContain(
      'Deployment/seda-api-qa: is being deleted, and waits for example.com/never',
    );
    expect(outcome.code).toBe(1);
    await qa.kubectl(
      ...['patch', 'deployment', 'seda-api-qa', '--type=json'],
      '--patch=[{"op":"remove","path":"/metadata/finalizers"}]',
    );
    expect(await project.deploy('qa')).toMatchObject({ code: 0 });
  });
});

describe('an empty cluster', () => {
  onCluster('gets an environment with an autoscaler', async () => {
    const { cluster } = fixture!;
    await cluster.run(['delete', 'namespace', 'seda-prod', '--timeout=300s']);
    project.edit('environments/production.ts', (text) =>
      text.replace(
        '  replicas: 3,',
        '  replicas: 3,\n  autoscaling: { minReplicas: 3, maxReplicas: 9 },',
      ),
    );
    await project.stageInProduction('1.2.0');
    const outcome = await project.deploy('production');
    expect(outcome.code === 0 ? '' : outcome.output).toBe('');
    expect(await production.kubectl('get', 'horizontalpodautoscaler', '--output=name')).not.toBe(
      '',
    );
  });
});
