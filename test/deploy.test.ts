import { OPERATOR_KINDS, OWN_KINDS } from '../ops/cluster/kinds';
import { type Kubectl, KubectlError } from '../ops/cluster/kubectl';
import { identityOf } from '../lib/kubernetes/identity';
import { applyArgs } from '../ops/cluster/apply';
import { firstStep, readLive } from '../ops/cluster/live';
import { isConnectionError, reasonOf } from '../ops/cluster/kubectl-errors';
import { takeOver, tryReplacement } from '../ops/cluster/takeover';
import { type DeployFailure, Execution } from '../ops/deploy/execute';
import { troubleOf } from '../ops/deploy/failure';
import type { Lease } from '../ops/deploy/lease';
import { wavePlan } from '../ops/deploy/plan';
import { readiness } from '../ops/deploy/readiness';
import type { Manifest } from '../lib/manifests';
import { schemaKinds } from '../ops/check/schema';
import { TestClock } from './test-clock';

const object = (
  kind: string,
  status?: object,
  spec: object = {},
  metadata: object = {},
): Manifest => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'a', ...metadata },
  spec,
  ...(status ? { status } : {}),
});
const condition = (type: string, status: string, reason?: string, message?: string) => ({
  conditions: [{ type, status, reason, message }],
});

const NOT_TAKEN = 'no controller has taken it';
/** A route of generation 2 with a status for each parent. */
const routeWith = (...parents: object[][]): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'api', ...{ generation: 2 } },
  spec: { parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https' }] },
  ...(parents.length === 0
    ? {}
    : { status: { parents: parents.map((conditions) => ({ parentRef: {}, conditions })) } }),
});
const accepted = (status: string, generation: number, reason?: string, message?: string) => ({
  ...{ type: 'Accepted', status, observedGeneration: generation, reason, message },
});

describe('an object is waited for by the rules of Argo CD', () => {
  const three = { replicas: 3 };
  test.each<[string, Manifest, string, string]>([
    [
      'a Deployment that its controller has not seen',
      object('Deployment', { observedGeneration: 1 }, three, { generation: 2 }),
      'progressing',
      'is not seen by its controller yet',
    ],
    [
      'a Deployment with old pods',
      object('Deployment', { updatedReplicas: 3, replicas: 4, availableReplicas: 4 }, three),
      'progressing',
      '1 old pods are ending',
    ],
    [
      'a Deployment with too few new pods',
      object('Deployment', { updatedReplicas: 2 }, three),
      'progressing',
      '2 of 3 pods are new',
    ],
    [
      'a Deployment whose pods are not ready',
      object('Deployment', { updatedReplicas: 3, replicas: 3, availableReplicas: 1 }, three),
      'progressing',
      '1 of 3 pods are available',
    ],
    [
      'a Deployment that is late',
      object(
        'Deployment',
        {
          updatedReplicas: 1,
          ...condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'timed out'),
        },
        three,
      ),
      'degraded',
      'ProgressDeadlineExceeded: timed out',
    ],
    [
      'a Deployment that is paused',
      object('Deployment', {}, { ...three, paused: true }),
      'progressing',
      'is paused',
    ],
    [
      'a Deployment that is done',
      object('Deployment', { updatedReplicas: 3, replicas: 3, availableReplicas: 3 }, three),
      'healthy',
      '',
    ],
    [
      'a Deployment without pods',
      object('Deployment', { observedGeneration: 1 }, { replicas: 0 }, { generation: 1 }),
      'healthy',
      '',
    ],
    ['a Job that starts', object('Job'), 'progressing', 'starts'],
    ['a Job that runs', object('Job', { active: 1 }), 'progressing', 'runs'],
    [
      'a Job that failed',
      object('Job', condition('Failed', 'True', 'BackoffLimitExceeded', 'too often')),
      'degraded',
      'BackoffLimitExceeded: too often',
    ],
    [
      'a Job that was resumed and has not run',
      object('Job', condition('Suspended', 'False', 'JobResumed')),
      'progressing',
      'starts',
    ],
    ['a Job that is complete', object('Job', condition('Complete', 'True')), 'healthy', ''],
    [
      'an ExternalSecret without a word of its operator',
      object('ExternalSecret'),
      'progressing',
      'waits for the operator',
    ],
    [
      'an ExternalSecret whose Ready is of the generation before',
      object(
        'ExternalSecret',
        { ...condition('Ready', 'True'), syncedResourceVersion: '1-ab' },
        {},
        { generation: 2 },
      ),
      'progressing',
      'waits for the operator',
    ],
    [
      'an ExternalSecret that is synced',
      object(
        'ExternalSecret',
        { ...condition('Ready', 'True'), syncedResourceVersion: '2-ab' },
        {},
        { generation: 2 },
      ),
      'healthy',
      '',
    ],
    [
      'an ExternalSecret that cannot be',
      object('ExternalSecret', condition('Ready', 'False', 'SecretSyncedError', 'no such path')),
      'degraded',
      'SecretSyncedError: no such path',
    ],
    [
      'a Certificate that is being issued',
      object('Certificate', {
        conditions: [
          { type: 'Issuing', status: 'True' },
          { type: 'Ready', status: 'False' },
        ],
      }),
      'progressing',
      'is being issued',
    ],
    [
      'an autoscaler without metrics',
      object(
        'HorizontalPodAutoscaler',
        condition('ScalingActive', 'False', 'FailedGetResourceMetric'),
      ),
      'degraded',
      'FailedGetResourceMetric',
    ],
    [
      'an autoscaler of a colour without pods',
      object('HorizontalPodAutoscaler', condition('ScalingActive', 'False', 'ScalingDisabled')),
      'healthy',
      '',
    ],
    [
      'an Ingress without an address',
      object('Ingress', { loadBalancer: {} }),
      'progressing',
      'has no address yet',
    ],
    ['a route of which nobody took notice', routeWith(), 'progressing', NOT_TAKEN],
    [
      'a route of which its controller has seen an earlier form',
      routeWith([accepted('False', 1)]),
      'progressing',
      'is not seen by its controller yet',
    ],
    ['a route that is accepted', routeWith([accepted('True', 2)]), 'healthy', ''],
    [
      'a route that one of two Gateways has taken, for Argo CD waits for one',
      routeWith([accepted('True', 2)], []),
      'healthy',
      '',
    ],
    [
      'a route that one of two Gateways refuses',
      routeWith([accepted('True', 2)], [accepted('False', 2, 'NotAllowedByListeners', 'no')]),
      'degraded',
      'NotAllowedByListeners: no',
    ],
    [
      'a route to a Service that is not there',
      routeWith([
        accepted('True', 2),
        { ...accepted('False', 2, 'BackendNotFound', 'no Service x'), type: 'ResolvedRefs' },
      ]),
      'degraded',
      'BackendNotFound: no Service x',
    ],
    [
      'a route to a Service without endpoints, of which Argo CD thinks well',
      routeWith([
        accepted('True', 2),
        { ...accepted('False', 2, 'EndpointsNotFound'), type: 'BackendsAvailable' },
      ]),
      'healthy',
      '',
    ],
    ['a Service', object('Service'), 'healthy', ''],
  ])('%s', (_, given, state, message) => expect(readiness(given)).toEqual({ state, message }));
});

describe('a route that no controller takes', () => {
  /** Deploys one route in a wave, onto a cluster that has what is said of it. */
  const deploy = async (wave: string, answers: { readonly [question: string]: unknown }) => {
    const route = routeWith();
    const rendered: Manifest = {
      ...route,
      metadata: { name: 'api', annotations: { 'argocd.argoproj.io/sync-wave': wave } },
    };
    const answer = (args: readonly string[]) => {
      const question = args.join(' ');
      const found = Object.entries(answers).find(([start]) => question.startsWith(start))?.[1];
      if (found instanceof Error) throw found;
      return question.startsWith('get gateways') ? (found ?? '') : (found ?? { items: [route] });
    };
    const kubectl = {
      ...{ context: 'prod', namespace: 'seda-prod', io: { clock: new TestClock() } },
      run: async (_: string, args: readonly string[]) => {
        const said = answer(args);
        return typeof said === 'string' ? said : JSON.stringify(said);
      },
      json: async (_: string, args: readonly string[]) => answer(args) || { items: [] },
    } as unknown as Kubectl;
    const run = new Execution(
      kubectl,
      { keep: async () => {} } as Lease,
      { report: () => {}, end: () => {} },
      { timeoutSeconds: 60 },
    ).run([rendered], firstStep([rendered]));
    return run.then(
      () => 'done',
      ({ message, details }: DeployFailure) => [message, ...details],
    );
  };
  const late = (wave: number) =>
    `wave ${wave}: HTTPRoute/api: no controller has taken it, after 60 s; later waves were not applied`;

  test('ends the deploy after its time, with the likely cause', async () => {
    expect(await deploy('20', {})).toEqual([
      late(20),
      'Gateway/public: does not exist in the namespace gateways; nobody has made it, or it has another name; correct ingress.gateway of the environment, or have the Gateway made',
    ]);
    expect(await deploy('20', { 'get gateways': new Error('forbidden') })).toEqual([
      late(20),
      'you may not read Gateway/public in gateways: it may not be there, have no listener https, or not admit this namespace',
    ]);
  });

  test('holds nothing up in the last wave, as an Ingress without an address', async () => {
    expect(await deploy('30', {})).toBe('done');
  });
});

describe('kubectl is translated: what failed, why, what to do', () => {
  test.each([
    [
      'error: context "prod" does not exist',
      'the kubeconfig has no context "prod"; list them with: kubectl config get-contexts',
    ],
    [
      'error: You must be logged in to the server (Unauthorized)',
      'the cluster does not know who you are; log in again, then repeat the command',
    ],
    [
      'Error from server (Forbidden): leases.coordination.k8s.io is forbidden: User "ci" cannot create resource "leases" in API group "x"',
      'ci may not create leases; ask the owner of the cluster for that right',
    ],
    [
      'Error from server (Forbidden): pods "a" is forbidden: exceeded quota: small, requested: pods=1',
      "the namespace's quota is used up: small, requested: pods=1; retire what is not needed or raise the quota",
    ],
    [
      'The Deployment "a" is invalid: spec.selector: Invalid value: {}: field is immutable',
      'Deployment a cannot change spec.selector, which Kubernetes never lets change; give the object a new name',
    ],
    [
      'error: no matches for kind "ExternalSecret" in version "external-secrets.io/v1"',
      'the cluster does not know the kind ExternalSecret of external-secrets.io/v1; install the operator that brings it',
    ],
    [
      'Error from server: admission webhook "policy.example" denied the request: no',
      'the admission webhook policy.example refused it: no',
    ],
    [
      'The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?',
      'the API server does not answer; is the cluster up, and are you in its network?',
    ],
    ['Warning: deprecated\nerror: something else\n', 'error: something else'],
    ['', 'kubectl failed and said nothing'],
  ])('%s', (output, expected) => expect(reasonOf(output).text).toBe(expected));

  test('only a connection that broke is tried again', () => {
    expect(
      [
        'dial tcp 127.0.0.1:6443: connect: connection refused',
        'net/http: TLS handshake timeout',
        'unexpected EOF',
      ].map(isConnectionError),
    ).toEqual([true, true, true]);
    expect(
      ['error: context "prod" does not exist', 'Forbidden', 'field is immutable'].map(
        isConnectionError,
      ),
    ).toEqual([false, false, false]);
  });
});

describe('a pod that does not start is said in the words of the kubelet', () => {
  const pod = (status: object) =>
    troubleOf({
      metadata: { name: 'a', creationTimestamp: '' },
      status: { phase: 'Running', ...status },
    } as Parameters<typeof troubleOf>[0]);
  const container = (state: object, rest: object = {}) => ({
    containerStatuses: [{ name: 'api', ready: false, restartCount: 4, state, ...rest }],
  });
  test.each<[object, string | undefined]>([
    [
      container({ waiting: { reason: 'ImagePullBackOff', message: 'no such image' } }),
      'api waits, ImagePullBackOff, no such image',
    ],
    [
      container(
        { waiting: { reason: 'CrashLoopBackOff' } },
        { lastState: { terminated: { exitCode: 1 } } },
      ),
      'api waits, CrashLoopBackOff, it ended with exit code 1',
    ],
    [
      container({ terminated: { exitCode: 137, reason: 'OOMKilled' } }),
      'api ended with exit code 137, OOMKilled',
    ],
    [container({ running: {} }), 'api runs and does not answer its readiness probe, 4 restarts'],
    [
      {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }],
      },
      'no node takes it, 0/3 nodes are available',
    ],
    [{ phase: 'Succeeded' }, undefined],
    [
      {
        containerStatuses: [{ name: 'api', ready: true, restartCount: 0, state: { running: {} } }],
      },
      undefined,
    ],
  ])('%j', (status, expected) => expect(pod(status)).toBe(expected));
});

test('waves are applied in their order, and only the last holds nothing up', () => {
  const at = (wave: string) =>
    object('Service', undefined, {}, { annotations: { 'argocd.argoproj.io/sync-wave': wave } });
  expect(
    wavePlan([at('30'), at('-30'), at('0'), object('Service'), at('-30')]).map(
      ({ wave, objects, last }) => [wave, objects.length, last],
    ),
  ).toEqual([
    [-30, 2, false],
    [0, 2, false],
    [30, 1, true],
  ]);
});

test('an apply owns its fields under a name of its own, and takes back what was changed by hand', () => {
  expect(applyArgs(false)).toEqual([
    'apply',
    '--server-side',
    '--force-conflicts',
    '--validate=false',
    '--field-manager=seda',
    '--filename=-',
  ]);
  expect(applyArgs(true)).toContain('--dry-run=server');
  expect(identityOf({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } })).toBe(
    'Deployment.apps a',
  );
});

describe('an object that is taken over', () => {
  const CONFLICT =
    'Error from server (Conflict): Operation cannot be fulfilled on deployments.apps "api": the object has been modified; please apply your changes to the latest version and try again';
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'api' } };

  /** The answers to the patches, one after the other; each object that is read is a version newer. */
  const taken = async (...answers: string[]) => {
    const patches: string[] = [];
    let version = 0;
    const kubectl = {
      json: async () => ({
        metadata: {
          resourceVersion: String((version += 1)),
          managedFields: [{ manager: 'kubectl-edit', operation: 'Update', fieldsV1: {} }],
        },
      }),
      run: async (what: string, [verb, , , , patch]: string[]) => {
        patches.push(JSON.parse(patch!.replace('--patch=', ''))[0].value);
        const answer = answers[patches.length - 1] ?? answers.at(-1)!;
        if (answer !== '') throw new KubectlError(what, verb!, answer);
      },
    } as unknown as Kubectl;
    const error = await takeOver(kubectl, object).catch(({ message }: Error) => message);
    return [patches.join(), error];
  };

  test('is read again where its controller has written into it meanwhile, ten times at most', async () => {
    expect(await taken(CONFLICT, CONFLICT, '')).toEqual(['1,2,3', undefined]);
    expect(await taken(CONFLICT)).toEqual([
      '1,2,3,4,5,6,7,8,9,10',
      `cannot take over Deployment/api: ${CONFLICT}`,
    ]);
  });

  test('is tried again before that, too', async () => {
    const answers = [CONFLICT, CONFLICT, JSON.stringify(object)];
    const kubectl = {
      run: async (what: string, [verb]: string[]) => {
        const answer = answers.shift()!;
        if (answer === CONFLICT) throw new KubectlError(what, verb!, answer);
        return answer;
      },
    } as unknown as Kubectl;
    expect(await tryReplacement(kubectl, object, object)).toEqual(object);
    expect(answers).toEqual([]);
  });

  test('is not tried again for another reason', async () => {
    expect(await taken('The request is invalid: no')).toEqual([
      '1',
      'cannot take over Deployment/api: The request is invalid: no',
    ]);
  });
});

describe('what is no longer rendered', () => {
  const made = (
    apiVersion: string,
    kind: string,
    name: string,
    metadata: object = {},
  ): Manifest => ({ apiVersion, kind, metadata: { name, ...metadata } });
  const rendered = [
    made('v1', 'Service', 'api'),
    made('cert-manager.io/v1', 'Certificate', 'kept', { ownerReferences: [{ kind: 'Ingress' }] }),
  ];
  const left = [
    made('v1', 'ConfigMap', 'api-config-0123456789'),
    made('batch/v1', 'Job', 'api-migrate-0123456789'),
    made('v1', 'ConfigMap', 'dashboard'),
    made('v1', 'ServiceAccount', 'api'),
    made('v1', 'PersistentVolumeClaim', 'db'),
    made('monitoring.coreos.com/v1', 'ServiceMonitor', 'api'),
    made('monitoring.coreos.com/v1', 'PrometheusRule', 'api'),
  ];

  /** A cluster with Prometheus Operator and cert-manager alone; it gives what it has of the kinds that it is asked for. */
  class Fake {
    readonly asked: string[] = [];
    private readonly objects = [
      ...rendered,
      ...left,
      made('cert-manager.io/v1', 'Certificate', 'of-the-ingress', {
        ownerReferences: [{ kind: 'Ingress' }],
      }),
    ];

    async run(_: string, args: readonly string[]): Promise<string> {
      this.asked.push(args.join(' '));
      const version = /^--raw=\/apis\/(.*)$/.exec(args[1] ?? '')?.[1];
      if (version === undefined) return '';
      if (!/^(monitoring|cert-manager)/.test(version))
        throw new KubectlError(
          'no',
          'get',
          'Error from server (NotFound): the server could not find the requested resource',
        );
      return JSON.stringify({
        resources: this.objects.filter(({ apiVersion }) => apiVersion === version),
      });
    }

    async json(what: string, args: readonly string[]): Promise<unknown> {
      await this.run(what, args);
      const kinds = args[1]!.split(',').map((resource) => resource.split('.')[0]!);
      return { items: this.objects.filter(({ kind }) => kinds.includes(kind)) };
    }
  }

  const prune = async (all: boolean) => {
    const fake = new Fake();
    const kubectl = fake as unknown as Kubectl;
    const execution = new Execution(
      kubectl,
      { keep: async () => {} } as Lease,
      { report: () => {}, end: () => {} },
      { timeoutSeconds: 1 },
    );
    await execution.prune(rendered, await readLive(kubectl, rendered, { everything: all }), all);
    return {
      deleted: fake.asked
        .filter((call) => call.startsWith('delete'))
        .map((call) => call.split(' ').slice(1, 3).join(' ')),
      asked: fake.asked,
    };
  };

  test('goes by itself where another content has taken its place, and nothing more is asked for that', async () => {
    const { deleted, asked } = await prune(false);
    expect(deleted).toEqual(['ConfigMap api-config-0123456789', 'Job api-migrate-0123456789']);
    expect(asked.filter((call) => call.includes('--raw'))).toEqual([]);
  });

  test('goes with --prune, also what an operator brings; not what another object owns, and never data', async () => {
    const { deleted } = await prune(true);
    expect(deleted).toEqual([
      'ConfigMap api-config-0123456789',
      'Job api-migrate-0123456789',
      'ConfigMap dashboard',
      'ServiceAccount api',
      'ServiceMonitor.monitoring.coreos.com api',
      'PrometheusRule.monitoring.coreos.com api',
    ]);
  });

  test('is found of every kind that an environment may render', () => {
    const known = [
      ...OWN_KINDS,
      ...OPERATOR_KINDS.flatMap(([apiVersion, kinds]) =>
        kinds.map((kind) => `${apiVersion} ${kind}`),
      ),
    ];
    const elsewhere = [
      'Namespace',
      'Secret',
      'PersistentVolumeClaim',
      // Those of a Deployment have its labels.
      'Pod',
      'AppProject',
      'Application',
      'ApplicationSet',
      // Of the namespaces of previews.
      'ResourceQuota',
    ];
    const kinds = schemaKinds.filter((one) => !elsewhere.includes(one.split(' ')[1]!));
    expect(
      kinds.filter((one) => !known.includes(one) && !known.includes(one.split(' ')[1]!)),
    ).toEqual([]);
  });
});
