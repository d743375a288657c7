import type { Manifest } from '../lib/manifests';
import { Rendering } from '../ops/rendering/rendering';
import { systemClock } from '../ops/io';
import { type Kubectl, KubectlError } from '../ops/cluster/kubectl';
import type { MissingKind } from '../ops/deploy/preflight';
import { Gateways, type Parent } from '../ops/cluster/gateways';
import { limited, type Pod } from '../ops/doctor/cluster';
import { httpRouteFindings, listenerSecrets } from '../ops/doctor/http-routes';
import { examine } from '../ops/doctor/diagnose';
import { absentFindings, driftFindings, refusalFinding } from '../ops/doctor/drift';
import { endpointFindings, readyEndpoints } from '../ops/doctor/endpoints';
import { doctorText, type Finding, type Place, withoutCredentialsIn } from '../ops/doctor/finding';
import {
  certificateFindings,
  classFindings,
  ingressFindings,
  tlsSecrets,
} from '../ops/doctor/ingress';
import { podFindings } from '../ops/doctor/pods';
import { quotaFindings } from '../ops/doctor/quota';
import { clusterStores, readStores, storeFindings } from '../ops/doctor/secret-stores';
import { secretFindings } from '../ops/doctor/secrets';
import { workloadFindings, type WorkloadsInput } from '../ops/doctor/workloads';
import { KEYS_TEMPLATE, secretsOf, secretUses } from '../ops/secrets/uses';

const place: Place = { name: 'production', context: 'prod', namespace: 'seda-prod' };
const KUBECTL = 'kubectl --context=prod --namespace=seda-prod';
const now = new Date('2026-06-15T12:00:00Z');

const labels = (colour: string) => ({ app: 'seda-api', version: colour });
const deployment = (colour: string, replicas: number, status?: object): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: `seda-api-${colour}` },
  spec: {
    replicas,
    selector: { matchLabels: labels(colour) },
    template: {
      metadata: { labels: labels(colour) },
      spec: {
        containers: [
          {
            name: 'api',
            env: [
              {
                name: 'JWT_SECRET',
                valueFrom: { secretKeyRef: { name: 'seda-secrets', key: 'jwt-secret' } },
              },
            ],
          },
        ],
      },
    },
  },
  ...(status ? { status } : {}),
});
const service = (name: string, selector: object): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector },
});
const gate: Manifest = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'seda-api-gate-blue-0123456789' },
  spec: { template: { spec: { containers: [{ env: [{ name: 'GATE_FLOOR', value: '2' }] }] } } },
};
const rendering = new Rendering([
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'seda-prod' } },
  deployment('blue', 3),
  deployment('green', 0),
  gate,
  service('seda-api', labels('blue')),
  service('seda-api-preview', labels('green')),
  service('seda-api-blue', labels('blue')),
  service('seda-api-metrics', { app: 'seda-api' }),
]);
const slice = (name: string, ...ready: (boolean | undefined)[]): Manifest => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${name}-x`, labels: { 'kubernetes.io/service-name': name } },
  endpoints: ready.map((is, index) => ({
    addresses: [`10.0.0.${index}`],
    conditions: is === undefined ? {} : { ready: is },
    targetRef: { name: `pod-${index}` },
  })),
});
const pod = (name: string, colour: string, container: object = {}, status: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: labels(colour), creationTimestamp: '2026-06-15T11:00:00Z' },
  spec: {},
  status: {
    phase: 'Running',
    containerStatuses: [
      { name: 'api', ready: true, restartCount: 0, state: { running: {} }, ...container },
    ],
    ...status,
  },
});
const short = (findings: readonly Finding[]) =>
  findings.map(({ severity, object, found }) => `${severity}: ${object}: ${found}`);

describe('endpoints', () => {
  const live = rendering.ofKind('Service');
  const look = (slices: Manifest[], pods: Pod[] = [], services = live) =>
    endpointFindings(rendering, { live: services, slices, pods }, place);

  test('as many as the gate asks for are enough, and a colour without pods needs none', () => {
    expect(look([slice('seda-api', true, true), slice('seda-api-blue', true, undefined)])).toEqual(
      [],
    );
  });

  test('none behind the Service of the users is an outage, said once for all Services of the same pods', () => {
    expect(look([slice('seda-api', false)], [pod('a', 'blue'), pod('b', 'blue')])).toEqual([
      {
        severity: 'error',
        object: 'Service/seda-api',
        found: 'no ready endpoint, 2 expected; users get errors (also seda-api-blue)',
        cause: '2 of the 2 pods of seda-api-blue are not ready',
        remedy: `mend what Deployment/seda-api-blue reports; see ${KUBECTL} get pods --selector=app=seda-api,version=blue`,
      },
    ]);
  });

  test('too few behind it are an error, too few behind another are a warning, and an outage comes first', () => {
    expect(short(look([slice('seda-api', true, false)]))).toEqual([
      'error: Service/seda-api-blue: no ready endpoint, 2 expected',
      'error: Service/seda-api: 1 of 2 endpoints are ready',
    ]);
    expect(short(look([slice('seda-api', true, true), slice('seda-api-blue', true)]))).toEqual([
      'warning: Service/seda-api-blue: 1 of 2 endpoints are ready',
    ]);
  });

  test('a Service that an HTTPRoute leads to is one that users reach, as that of an Ingress', () => {
    const entry = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'api' },
      spec: { rules: [{ backendRefs: [{ name: 'seda-api-blue', port: 80 }] }] },
    };
    expect(
      short(
        endpointFindings(
          new Rendering([...rendering.objects, entry]),
          { live, slices: [slice('seda-api', true, true), slice('seda-api-blue', true)], pods: [] },
          place,
        ),
      ),
    ).toEqual(['error: Service/seda-api-blue: 1 of 2 endpoints are ready']);
  });

  test('a selector that somebody moved to the empty colour, and a Service that is gone, are the cause', () => {
    const moved = [service('seda-api', labels('green'))];
    const [first, second] = look([], [pod('a', 'blue')], moved);
    expect([first!.cause, first!.remedy]).toEqual([
      'it selects app=seda-api,version=green, dist/ says app=seda-api,version=blue: somebody changed it, or a deploy is still to come',
      'seda deploy production --context prod',
    ]);
    expect([second!.object, second!.cause]).toEqual([
      'Service/seda-api-blue',
      'the Service is not in the cluster',
    ]);
  });

  test('a pod with two IP families is one endpoint', () => {
    expect(
      readyEndpoints('a', [slice('a', true, true), slice('a', true, true), slice('b', true)]),
    ).toBe(2);
  });
});

describe('workloads', () => {
  const look = (object: Manifest, input: Partial<WorkloadsInput> = {}) =>
    workloadFindings(
      { live: [object], pods: [], events: [], troubles: new Map(), now, ...input },
      place,
    );
  const waits = { updatedReplicas: 3, replicas: 3, availableReplicas: 1 };
  const trouble = (...lines: string[]) => ({
    troubles: new Map([['Deployment/seda-api-blue', lines]]),
    pods: [pod('p', 'blue', { ready: false })],
  });

  test.each([
    [
      'api waits, ImagePullBackOff, no such image',
      'the registry does not have the image, or does not give it to this cluster',
      'release an image that exists: seda release stage production --image REF; or let the nodes read the registry',
    ],
    [
      'api waits, CrashLoopBackOff, it ended with exit code 1',
      'the process ends soon after it starts',
      `read why it ended: ${KUBECTL} logs p --previous --tail=100`,
    ],
    [
      'api waits, CrashLoopBackOff, it ended with exit code 137',
      'it used more memory than its limit and was killed',
      'raise resources.limits.memory in environments/production.ts, render and deploy',
    ],
    [
      'api waits, CreateContainerConfigError, secret "x" not found',
      'a Secret, a ConfigMap or a key that the pod names is not there',
      `put it there; its name is in: ${KUBECTL} describe pod p`,
    ],
    [
      'no node takes it, 0/3 nodes are available',
      'no node has room, or none may take it',
      'add nodes, or lower resources.requests in environments/production.ts',
    ],
    [
      'api runs and does not answer its readiness probe, 0 restarts',
      'its health endpoint says no, mostly because the database or another service is not reached',
      `see what it says: ${KUBECTL} logs p --tail=100`,
    ],
  ])('a pod with: %s', (words, cause, remedy) => {
    expect(
      look(deployment('blue', 3, waits), trouble(`pod p: ${words}`, 'its last lines:', '  bye')),
    ).toEqual([
      {
        severity: 'error',
        object: 'Deployment/seda-api-blue',
        found: `1 of 3 pods are available; pod p: ${words}`,
        cause,
        remedy,
        details: ['its last lines:', '  bye'],
      },
    ]);
  });

  test('warnings of the kubelet are told once, those of other pods not', () => {
    const event = (name: string, message: string) => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e' },
      reason: 'Unhealthy',
      message,
      involvedObject: { kind: 'Pod', name },
    });
    const events = [
      event('p', 'Readiness probe failed: 503'),
      event('p', 'Readiness probe failed: 503'),
      event('q', 'other'),
    ];
    expect(
      look(deployment('blue', 3, waits), {
        ...trouble('pod p: api runs and does not answer its readiness probe, 0 restarts'),
        events,
      })[0]!.details,
    ).toEqual(['event Unhealthy: Readiness probe failed: 503']);
  });

  test('a pod that has just started may take its time', () => {
    const young = {
      ...trouble('pod p: api runs and does not answer its readiness probe, 0 restarts'),
      now: new Date('2026-06-15T11:01:00Z'),
    };
    expect(look(deployment('blue', 3, waits), young)).toMatchObject([
      {
        severity: 'warning',
        cause: 'it is on its way',
        remedy: 'wait, then ask again: seda doctor production --context prod',
      },
    ]);
  });

  test('a quota that refuses further pods, and a paused rollout', () => {
    const refused = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e' },
      reason: 'FailedCreate',
      message: 'exceeded quota: small',
      involvedObject: { kind: 'ReplicaSet', name: 'seda-api-blue-abc' },
    };
    expect(
      look(deployment('blue', 3, { updatedReplicas: 1 }), { events: [refused] }),
    ).toMatchObject([
      {
        severity: 'error',
        found: '1 of 3 pods are new; no pod was made: exceeded quota: small',
        cause: 'the quota of the namespace is used up',
      },
    ]);
    const paused = deployment('blue', 3);
    expect(look({ ...paused, spec: { ...paused.spec, paused: true } })).toMatchObject([
      { found: 'is paused', remedy: `${KUBECTL} rollout resume deployment seda-api-blue` },
    ]);
  });

  test.each([
    [
      'ExternalSecret',
      'a',
      'error: ExternalSecret/a: SecretSyncedError: no such path',
      `put the value into the store, then: ${KUBECTL} annotate externalsecret a force-sync=$(date +%s) --overwrite`,
    ],
    [
      'Certificate',
      'a',
      'error: Certificate/a: SecretSyncedError: no such path',
      `see which: ${KUBECTL} describe certificate a, then ${KUBECTL} describe challenges`,
    ],
  ])('%s', (kind, name, line, remedy) => {
    const [finding] = look({
      apiVersion: 'v1',
      kind,
      metadata: { name },
      status: {
        conditions: [
          { type: 'Ready', status: 'False', reason: 'SecretSyncedError', message: 'no such path' },
        ],
      },
    });
    expect([...short([finding!]), finding!.remedy]).toEqual([line, remedy]);
  });

  test('a failed Job says how to run it again; an autoscaler without metrics is an error; what is well is not said', () => {
    const failed = {
      ...gate,
      status: { conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] },
    };
    expect(look(failed)[0]!.details).toEqual([
      `to run it again: ${KUBECTL} delete job seda-api-gate-blue-0123456789, then deploy`,
    ]);
    expect(
      short(
        look({
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: 'a' },
          status: {
            conditions: [
              { type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric' },
            ],
          },
        }),
      ),
    ).toEqual(['error: HorizontalPodAutoscaler/a: FailedGetResourceMetric']);
    expect(
      look(deployment('blue', 3, { updatedReplicas: 3, replicas: 3, availableReplicas: 3 })),
    ).toEqual([]);
  });
});

describe('pods', () => {
  const well = deployment('blue', 3, { updatedReplicas: 3, replicas: 3, availableReplicas: 3 });
  const ended = (exitCode: number, reason?: string) => ({
    lastState: { terminated: { exitCode, ...(reason ? { reason } : {}) } },
  });

  test('that restart and come back are told, with what their exit code means', () => {
    expect(
      podFindings(
        [well],
        [
          pod('a', 'blue', { restartCount: 3 }),
          pod('b', 'blue', { restartCount: 4, ...ended(143) }),
        ],
        place,
      ),
    ).toEqual([
      {
        severity: 'error',
        object: 'Deployment/seda-api-blue',
        found: 'api was restarted 4 times, last with exit code 143',
        cause: 'it was told to end, mostly by the liveness probe',
        remedy: `read its last words: ${KUBECTL} logs b --container=api --previous --tail=100`,
        details: ['pod b: api was restarted 4 times, last with exit code 143'],
      },
    ]);
  });

  test('that ran out of memory are told at the first restart, and once for all of a Deployment', () => {
    const findings = podFindings(
      [well],
      ['a', 'b'].map((name) => pod(name, 'blue', { restartCount: 1, ...ended(137, 'OOMKilled') })),
      place,
    );
    expect(findings).toMatchObject([
      {
        severity: 'error',
        found: 'api was restarted once, last with exit code 137 (OOMKilled)',
        cause: 'OOMKilled: it used more memory than its limit, and the kernel killed it',
        remedy:
          'raise resources.limits.memory in environments/production.ts, with --max-old-space-size of NODE_OPTIONS below it; render and deploy',
      },
    ]);
    expect(findings[0]!.details).toHaveLength(2);
  });

  test('of an object that reports its own fault are not told twice, those of none are', () => {
    const broken = pod('a', 'blue', { ready: false });
    expect(podFindings([deployment('blue', 3)], [broken], place)).toEqual([]);
    expect(short(podFindings([], [broken], place))).toEqual([
      'warning: Pod/a: api runs and does not answer its readiness probe, 0 restarts',
    ]);
  });
});

describe('the way in', () => {
  const OTHERWISE = 'browsers get the certificate of the ingress controller';
  const ingress: Manifest = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'i' },
    spec: { ingressClassName: 'nginx', tls: [{ hosts: ['api.seda.fm'], secretName: 'tls' }] },
  };
  // Public half of a pair made for this test; for api.seda.fm, from 2026-06-01 to 2026-07-01.
  const certificate = Buffer.from(
    `-----BEGIN CERTIFICATE-----\nMIIBUjCB+qADAgECAgEBMAoGCCqGSM49BAMCMBYxFDASBgNVBAMMC2FwaS5zZWRhLmZtMB4XDTI2MDYwMTAwMDAwMFoXDTI2MDcwMTAwMDAwMFowFjEUMBIGA1UEAwwLYXBpLnNlZGEuZm0wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASHPSao1nNkinx3bp+QCX/q1lkjW/gTW//ItFgvVQulctdMcV9P1DIghLKn4wTSaVZIqNrk3mBFNGWJbKvEo8+ZozkwNzAWBgNVHREEDzANggthcGkuc2VkYS5mbTAdBgNVHQ4EFgQUtrkH81gcn4Atcr7QL6iVffySc90wCgYIKoZIzj0EAwIDRwAwRAIgO1AQ5KTdGrTA93QlhywjIGa1BRnvX9yKFmlU8MeaxFsCIEyRiXc1Z71eycSoKxZ7Q7fPP0BWUTbB/mpZltaCyl7u\n-----END CERTIFICATE-----\n`,
  ).toString('base64');

  test('an Ingress that is absent, without an address, or of a class that nobody brings', () => {
    expect(short(ingressFindings([ingress], [], place))).toEqual([
      'error: Ingress/i: is not in the cluster',
    ]);
    expect(ingressFindings([ingress], [ingress], place)).toMatchObject([
      {
        severity: 'error',
        found: 'has no address yet; nothing leads from outside to it',
        remedy: `see why: ${KUBECTL} describe ingress i`,
      },
    ]);
    expect(
      ingressFindings(
        [ingress, { ...ingress, metadata: { name: 'j' } }],
        [ingress, { ...ingress, metadata: { name: 'j' } }],
        place,
      ),
    ).toMatchObject([
      {
        object: 'Ingress/i',
        found: 'has no address yet; nothing leads from outside to it (also j)',
      },
    ]);
    expect(
      ingressFindings(
        [ingress],
        [{ ...ingress, status: { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } } }],
        place,
      ),
    ).toEqual([]);
    expect(classFindings([ingress, ingress], ['traefik'], place)).toMatchObject([
      { object: 'IngressClass/nginx', found: 'does not exist', cause: 'the cluster has traefik' },
    ]);
    expect(classFindings([ingress], ['nginx'], place)).toEqual([]);
  });

  test('the hosts of a Secret that two Ingresses share', () => {
    expect(tlsSecrets([ingress, ingress])).toEqual([
      { secret: 'tls', hosts: ['api.seda.fm'], otherwise: OTHERWISE },
    ]);
  });

  test.each<[string, string, string, string[], string[]]>([
    ['good', `tls\n${certificate}`, '2026-06-15', ['api.seda.fm'], []],
    [
      'near its end',
      `tls\n${certificate}`,
      '2026-06-26',
      ['api.seda.fm'],
      ['warning: Secret/tls: its certificate expires on 2026-07-01, in 5 days'],
    ],
    [
      'past its end',
      `tls\n${certificate}`,
      '2026-07-02',
      ['api.seda.fm'],
      ['error: Secret/tls: its certificate expired on 2026-07-01'],
    ],
    [
      'before its time',
      `tls\n${certificate}`,
      '2026-05-01',
      ['api.seda.fm'],
      ['error: Secret/tls: its certificate is valid from 2026-06-01 on'],
    ],
    [
      'for another host',
      `tls\n${certificate}`,
      '2026-06-15',
      ['api.seda.fm', 'www.seda.fm'],
      ['error: Secret/tls: its certificate is not for www.seda.fm'],
    ],
    [
      'no certificate',
      `tls\n${Buffer.from('dummy').toString('base64')}`,
      '2026-06-15',
      [],
      ['error: Secret/tls: its tls.crt is no certificate'],
    ],
    ['empty', 'tls\n', '2026-06-15', [], ['error: Secret/tls: has no tls.crt']],
    [
      'absent',
      '',
      '2026-06-15',
      [],
      ['error: Secret/tls: does not exist; browsers get the certificate of the ingress controller'],
    ],
  ])('a certificate that is %s', (_, answer, day, hosts, expected) => {
    expect(
      short(
        certificateFindings(
          { secret: 'tls', hosts, otherwise: OTHERWISE },
          answer,
          new Date(day),
          place,
        ),
      ),
    ).toEqual(expected);
  });
});

describe('the way in through a Gateway', () => {
  const route = (status?: object, spec: object = {}, name = 'api'): Manifest => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, ...{ generation: 2 } },
    spec: {
      parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https' }],
      hostnames: ['api.seda.fm'],
      ...spec,
    },
    ...(status ? { status } : {}),
  });
  const says = (type: string, status: string, reason?: string, message?: string) => ({
    ...{ type, status, observedGeneration: 2, reason, message },
  });
  const status = (...conditions: object[]) => ({
    parents: [
      {
        parentRef: { name: 'public', namespace: 'gateways', sectionName: 'https' },
        conditions: [says('Accepted', 'True'), ...conditions],
      },
    ],
  });
  const https = {
    name: 'https',
    protocol: 'HTTPS',
    tls: { certificateRefs: [{ name: 'wildcard' }] },
    allowedRoutes: { namespaces: { from: 'All' } },
  };
  const gateway = (listener: object = {}, of: object = {}): Manifest => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'public', namespace: 'gateways' },
    spec: { gatewayClassName: 'envoy', listeners: [{ ...https, ...listener }] },
    status: {
      conditions: [says('Accepted', 'True'), says('Programmed', 'True')],
      addresses: [{ value: '203.0.113.7' }],
      ...of,
    },
  });
  const gatewayClass: Manifest = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'envoy' },
    spec: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' },
    status: { conditions: [says('Accepted', 'True')] },
  };
  const namespace = (labelled: Record<string, string>): Manifest => ({
    ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'seda-prod', labels: labelled } },
  });
  const seen: Parent = {
    ref: { kind: 'Gateway', name: 'public', namespace: 'gateways', sectionName: 'https' },
    gateway: gateway(),
    elsewhere: [],
    gatewayClass,
    namespace: 'hidden',
  };
  const look = (parent: Partial<Parent>, one = route(status())) =>
    httpRouteFindings([one], [{ route: one, parents: [{ ...seen, ...parent }] }], place);
  const DESCRIBE = 'kubectl --context=prod --namespace=gateways describe gateway public';
  const EDIT = 'have it admitted: kubectl --context=prod --namespace=gateways edit gateway public';

  test('a route that is accepted by a Gateway with an address is well, and one that is absent is said', () => {
    expect(look({})).toEqual([]);
    expect(short(httpRouteFindings([route()], [], place))).toEqual([
      'error: HTTPRoute/api: is not in the cluster',
    ]);
  });

  const refused = (found: string, cause: string, remedy: string, object = 'HTTPRoute/api') => ({
    ...{ severity: 'error', object, found, cause, remedy },
  });
  const NOT_ADMITTED = 'the listener https of Gateway/public does not admit it';
  test.each<[string, Partial<Parent>, object]>([
    [
      'a Gateway that is not there',
      { gateway: 'absent' },
      refused(
        'does not exist in the namespace gateways',
        'nobody has made it, or it has another name',
        'correct ingress.gateway of the environment, or have the Gateway made',
        'Gateway/public',
      ),
    ],
    [
      'a Gateway that is elsewhere',
      { gateway: 'absent', elsewhere: ['edge', 'infra'] },
      refused(
        'does not exist in the namespace gateways',
        'there is one of that name in edge, infra',
        'correct ingress.gateway of the environment, or have the Gateway made',
        'Gateway/public',
      ),
    ],
    [
      'a class that is not there',
      { gatewayClass: 'absent' },
      refused(
        'does not exist',
        'no controller that brings it is installed',
        'install it, or have the Gateway name a class that is there',
        'GatewayClass/envoy',
      ),
    ],
    [
      'a class whose controller does not run',
      {
        gatewayClass: {
          ...gatewayClass,
          status: { conditions: [says('Accepted', 'Unknown', 'Pending', 'Waiting')] },
        },
      },
      refused(
        'no controller has taken it: Pending: Waiting',
        'none named gateway.envoyproxy.io/gatewayclass-controller runs, or it refuses the class',
        'see whether the pods of the controller run',
        'GatewayClass/envoy',
      ),
    ],
    [
      'a Gateway of which the API server alone has said something',
      {
        gateway: gateway(
          {},
          { conditions: [says('Accepted', 'Unknown', 'Pending'), says('Programmed', 'Unknown')] },
        ),
      },
      refused(
        'no controller has taken it',
        'no controller of the class envoy runs',
        `see why: ${DESCRIBE}`,
        'Gateway/public',
      ),
    ],
    [
      'a Gateway that is refused',
      { gateway: gateway({}, { conditions: [says('Accepted', 'False', 'Invalid', 'no')] }) },
      refused(
        'is refused by its controller: Invalid: no',
        'something in it is wrong',
        `see why: ${DESCRIBE}`,
        'Gateway/public',
      ),
    ],
    [
      'a Gateway whose proxies have no address yet',
      {
        gateway: gateway(
          {},
          {
            conditions: [
              says('Accepted', 'True'),
              says('Programmed', 'False', 'AddressNotAssigned', 'none'),
            ],
          },
        ),
      },
      refused(
        'is not programmed: AddressNotAssigned: none',
        'its proxies do not run, or nothing gives them an address',
        `see why: ${DESCRIBE}`,
        'Gateway/public',
      ),
    ],
    [
      'a Gateway that says it is programmed and has no address',
      { gateway: gateway({}, { addresses: [] }) },
      refused(
        'has no address',
        'nothing gives its proxies one, such as a load balancer',
        `see why: ${DESCRIBE}`,
        'Gateway/public',
      ),
    ],
    [
      'a listener that is not there',
      { gateway: gateway({ name: 'tls' }) },
      refused(
        'names the listener https, which Gateway/public does not have',
        'it has tls',
        'name one of them as httpsListener or httpListener in ingress.gateway of the environment, or have the listener added',
      ),
    ],
    [
      'a listener for another protocol',
      { gateway: gateway({ protocol: 'TLS' }) },
      refused(NOT_ADMITTED, 'its protocol is TLS, and an HTTPRoute needs HTTP or HTTPS', EDIT),
    ],
    [
      'a listener for other kinds',
      { gateway: gateway({ allowedRoutes: { kinds: [{ kind: 'GRPCRoute' }] } }) },
      refused(NOT_ADMITTED, 'its allowedRoutes.kinds are GRPCRoute', EDIT),
    ],
    [
      'a listener that says nothing of namespaces',
      { gateway: gateway({ allowedRoutes: undefined }) },
      refused(
        NOT_ADMITTED,
        'its allowedRoutes.namespaces.from is Same, and the route is in seda-prod',
        EDIT,
      ),
    ],
    [
      'a listener that admits other namespaces',
      {
        gateway: gateway({
          allowedRoutes: {
            namespaces: { from: 'Selector', selector: { matchLabels: { edge: 'yes' } } },
          },
        }),
        namespace: namespace({ edge: 'no' }),
      },
      refused(
        NOT_ADMITTED,
        'its allowedRoutes.namespaces.selector does not select the labels of the namespace seda-prod',
        EDIT,
      ),
    ],
    [
      'a listener for another host',
      { gateway: gateway({ hostname: '*.example.com' }) },
      refused(
        NOT_ADMITTED,
        'its hostname is *.example.com, and those of the route are api.seda.fm',
        EDIT,
      ),
    ],
    [
      'a listener whose certificate cannot be read',
      {
        gateway: gateway(
          {},
          {
            listeners: [
              {
                name: 'https',
                conditions: [says('ResolvedRefs', 'False', 'RefNotPermitted', 'no grant')],
              },
            ],
          },
        ),
      },
      refused(
        'its listener https is not served as it says: RefNotPermitted: no grant',
        'the Secret of its certificate is not there, holds no certificate, or is in a namespace whose ReferenceGrant does not let the Gateway read it',
        `see which: ${DESCRIBE}`,
        'Gateway/public',
      ),
    ],
  ])('%s is the cause', (_, parent, expected) => expect(look(parent)).toEqual([expected]));

  test.each<[string, Partial<Parent>]>([
    [
      'selects the labels of the namespace',
      {
        gateway: gateway({
          allowedRoutes: {
            namespaces: { from: 'Selector', selector: { matchLabels: { edge: 'yes' } } },
          },
        }),
        namespace: namespace({ edge: 'yes' }),
      },
    ],
    ['is for hosts of which the route has one', { gateway: gateway({ hostname: '*.seda.fm' }) }],
  ])('a listener that %s admits it', (_, parent) => expect(look(parent)).toEqual([]));

  test('a route that nobody has taken, though nothing that may be seen is wrong, names the likely cause', () => {
    const found = 'no controller has taken it; nothing leads from outside to it';
    const see = `see why: ${KUBECTL} describe httproute api`;
    expect(look({}, route())).toEqual([
      refused(
        found,
        'no controller of Gateway/public in gateways runs, or it has not seen the route yet',
        see,
      ),
    ]);
    expect(look({ gateway: 'hidden' }, route())).toEqual([
      refused(
        found,
        'you may not read Gateway/public in gateways: it may not be there, have no listener https, or not admit this namespace',
        see,
      ),
    ]);
  });

  test('what the controller says of a route is told with what it means', () => {
    const found = look(
      {},
      route(
        status(
          says('ResolvedRefs', 'False', 'BackendNotFound', 'no Service x'),
          says('BackendsAvailable', 'False', 'EndpointsNotFound', 'no endpoints'),
          says('PartiallyInvalid', 'False'),
        ),
      ),
    );
    expect(found.map(({ found: what, cause }) => `${what}: ${cause}`)).toEqual([
      'ResolvedRefs: BackendNotFound: no Service x: a Service or a port that it names is not there; requests for it are answered 500',
      'BackendsAvailable: EndpointsNotFound: no endpoints: a Service that it names has no endpoints; requests for it are answered 503',
    ]);
  });

  test('routes of one Gateway have its trouble once', () => {
    const both = [route(), route(undefined, {}, 'api-redirect')];
    const attach = (parent: Parent) => both.map((one) => ({ route: one, parents: [parent] }));
    expect(short(httpRouteFindings(both, attach({ ...seen, gateway: 'absent' }), place))).toEqual([
      'error: Gateway/public: does not exist in the namespace gateways',
    ]);
    expect(short(httpRouteFindings(both, attach(seen), place))).toEqual([
      'error: HTTPRoute/api: no controller has taken it; nothing leads from outside to it (also api-redirect)',
    ]);
  });

  test('the certificate of a listener is looked at for the hosts of the route', () => {
    expect(listenerSecrets([{ route: route(), parents: [seen] }])).toEqual([
      {
        secret: 'wildcard',
        namespace: 'gateways',
        hosts: ['api.seda.fm'],
        otherwise: 'its listener answers nothing by HTTPS',
      },
    ]);
  });

  test('each Gateway is asked for once, in its own namespace', async () => {
    const asked: string[] = [];
    const answers: { readonly [resource: string]: object } = {
      gateways: gateway({ allowedRoutes: { namespaces: { from: 'Selector' } } }),
      gatewayclasses: gatewayClass,
    };
    const kubectl = {
      namespace: 'seda-prod',
      run: async (_: string, args: readonly string[]) => {
        asked.push(args.join(' '));
        const found = answers[args[1]!.split('.')[0]!];
        if (found === undefined) throw new Error('forbidden');
        return JSON.stringify(found);
      },
    } as unknown as Kubectl;
    const gateways = new Gateways(kubectl);
    const [parents] = await Promise.all([
      gateways.parentsOf(route()),
      gateways.parentsOf(route(undefined, {}, 'api-redirect')),
    ]);
    expect(parents).toEqual([{ ...seen, gateway: answers.gateways, namespace: 'hidden' }]);
    expect(asked).toEqual([
      'get gateways.gateway.networking.k8s.io public --ignore-not-found --output=json --namespace=gateways',
      'get gatewayclasses.gateway.networking.k8s.io envoy --ignore-not-found --output=json',
      'get namespaces seda-prod --ignore-not-found --output=json',
    ]);
  });
});

describe('secrets', () => {
  const external: Manifest = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'seda-secrets' },
    spec: { data: [{ secretKey: 'jwt-secret', remoteRef: { key: 'seda/production/jwt-secret' } }] },
  };
  const use = {
    secret: 'seda-secrets',
    keys: ['database-url', 'jwt-secret'],
    users: ['Deployment/seda-api-blue'],
  };
  const sync = `${KUBECTL} annotate externalsecret seda-secrets force-sync=$(date +%s) --overwrite`;

  test('every way to name one is seen, and what is optional is not needed', () => {
    const ref = (name: string, more: object = {}) => ({ name, ...more });
    expect(
      secretsOf({
        initContainers: [
          { name: 'i', env: [{ name: 'A', valueFrom: { secretKeyRef: ref('a', { key: 'x' }) } }] },
        ],
        containers: [
          {
            name: 'c',
            env: [
              { name: 'B', value: '1' },
              { name: 'C', valueFrom: { secretKeyRef: ref('b', { key: 'y', optional: true }) } },
            ],
            envFrom: [{ secretRef: ref('c') }, { configMapRef: ref('no') }],
          },
        ],
        volumes: [
          { emptyDir: {} },
          { secret: { secretName: 'd', items: [{ key: 'z' }] } },
          { projected: { sources: [{ secret: ref('e') }] } },
        ],
        imagePullSecrets: [ref('f')],
      }).map(({ name, keys }) => ({ secret: name, keys })),
    ).toEqual([
      { secret: 'a', keys: ['x'] },
      { secret: 'c', keys: [] },
      { secret: 'd', keys: ['z'] },
      { secret: 'e', keys: [] },
      { secret: 'f', keys: [] },
    ]);
  });

  test('those of the pods that run count as those that dist/ would start', () => {
    const old: Pod = {
      ...pod('old', 'green'),
      spec: { containers: [{ envFrom: [{ secretRef: { name: 'older' } }] }] },
    };
    expect(secretUses(rendering, [old])).toEqual([
      { secret: 'older', keys: [], users: ['Pod/old'] },
      { secret: 'seda-secrets', keys: ['jwt-secret'], users: ['Deployment/seda-api-blue'] },
    ]);
  });

  test('a key that is not there is named, with where its value comes from', () => {
    expect(
      secretFindings(use, 'seda-secrets\ndatabase-url\njwt-secret\n', rendering, place),
    ).toEqual([]);
    expect(
      secretFindings(use, 'seda-secrets\ndatabase-url\n', new Rendering([external]), place),
    ).toEqual([
      {
        severity: 'error',
        object: 'Secret/seda-secrets',
        found: 'has no key jwt-secret',
        cause:
          'pods that name the key cannot start; those that run go on with what they were given',
        remedy: `see that the store has seda/production/jwt-secret, then: ${sync}`,
        details: ['needed by Deployment/seda-api-blue'],
      },
    ]);
    expect(
      secretFindings(use, 'seda-secrets\njwt-secret\n', new Rendering([external]), place)[0]!
        .remedy,
    ).toBe('add database-url to the ExternalSecret seda-secrets, render and deploy');
    expect(short(secretFindings(use, '', rendering, place))).toEqual([
      'error: Secret/seda-secrets: does not exist',
    ]);
    expect(
      secretFindings(
        use,
        'seda-secrets\ndatabase-url\njwt-secret empty\n',
        new Rendering([external]),
        place,
      ),
    ).toMatchObject([
      {
        found: 'has nothing in the key jwt-secret',
        cause: 'pods start, and get an empty value',
        remedy: `see that the store has seda/production/jwt-secret, then: ${sync}`,
      },
    ]);
    expect(
      short(secretFindings(use, 'seda-secrets\njwt-secret empty\n', rendering, place)),
    ).toEqual([
      'error: Secret/seda-secrets: has no key database-url and has nothing in the key jwt-secret',
    ]);
    const immutable = { ...external, spec: { ...external.spec, target: { immutable: true } } };
    expect(
      secretFindings(
        { ...use, keys: ['jwt-secret'] },
        'seda-secrets\n',
        new Rendering([immutable]),
        place,
      )[0]!.remedy,
    ).toBe(
      `see that the store has seda/production/jwt-secret, then: ${KUBECTL} delete secret seda-secrets`,
    );
  });
});

describe('stores of secrets', () => {
  const store = (conditions?: readonly object[]): Manifest => ({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ClusterSecretStore',
    metadata: { name: 'seda-secret-store' },
    spec: { ...(conditions === undefined ? {} : { conditions }) },
  });
  const external = (kind: string, name: string): Manifest => ({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: `${kind}-${name}` },
    spec: { secretStoreRef: { kind, name } },
  });

  test('are those that the environment asks, each once', () => {
    expect(
      clusterStores(
        new Rendering([
          external('ClusterSecretStore', 'a'),
          { ...external('ClusterSecretStore', 'a'), metadata: { name: 'again' } },
          external('SecretStore', 'b'),
        ]),
      ),
    ).toEqual(['a']);
  });

  test('are no concern where they admit the namespaces of environments alone', () => {
    expect(storeFindings([store([{ namespaces: ['seda-qa', 'seda-prod'] }])], place)).toEqual([]);
    expect(storeFindings([store([{ namespaceRegexes: ['^seda-(qa|prod)$'] }])], place)).toEqual([]);
  });

  test.each<[string, readonly object[] | undefined, string]>([
    ['no conditions', undefined, 'has no conditions, so every namespace may ask it'],
    ['an empty list', [], 'has no conditions, so every namespace may ask it'],
    [
      'a pattern for all of seda.fm',
      [{ namespaces: ['seda-prod'] }, { namespaceRegexes: ['^seda-.*'] }],
      'its conditions admit the namespaces of previews',
    ],
  ])('are a warning with %s', (_, conditions, found) => {
    expect(storeFindings([store(conditions)], place)).toEqual([
      {
        severity: 'warning',
        object: 'ClusterSecretStore/seda-secret-store',
        found,
        cause:
          'whoever may make an ExternalSecret there, such as the branch of a preview that nobody reviews, reads the secrets of this environment',
        remedy: `let spec.conditions name the namespaces of the environments alone (docs/argocd.md): ${KUBECTL} edit clustersecretstore seda-secret-store`,
      },
    ]);
  });

  test('that one may not see say nothing', async () => {
    const kubectl = (answer: () => string) => ({ run: async () => answer() }) as unknown as Kubectl;
    const forbidden = kubectl(() => {
      throw new Error('forbidden');
    });
    expect(await readStores(forbidden, ['a'])).toEqual([]);
    expect(
      await readStores(
        kubectl(() => ''),
        ['a'],
      ),
    ).toEqual([]);
    expect(
      await readStores(
        kubectl(() => JSON.stringify(store())),
        ['a'],
      ),
    ).toEqual([store()]);
  });
});

describe('drift', () => {
  test('every object that a deploy would change is named, and values that may be secret are not', () => {
    const config = (data: object): Manifest => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c' },
      data,
    });
    const left = (kind: string, name: string): Manifest => ({
      apiVersion: 'v1',
      kind,
      metadata: { name },
    });
    const before = new Rendering([
      deployment('blue', 5),
      service('seda-api', labels('green')),
      config({ LEVEL: 'debug' }),
      service('left', {}),
      left('ConfigMap', 'dashboard'),
      left('ConfigMap', 'config-0123456789'),
      left('PersistentVolumeClaim', 'db'),
    ]);
    const after = new Rendering([
      deployment('blue', 3),
      service('seda-api', labels('blue')),
      config({ LEVEL: 'info' }),
      service('new', {}),
    ]);
    expect(
      driftFindings(before, after, place).map(({ severity, object, found, remedy, details }) => [
        severity,
        object,
        found,
        remedy,
        ...details!,
      ]),
    ).toEqual([
      [
        'error',
        'Service/seda-api',
        'is not as dist/ says',
        'seda deploy production --context prod',
        'a deploy moves the traffic of seda-api from green to blue',
        'spec.selector.version: green -> blue',
      ],
      [
        'warning',
        'ConfigMap/config-0123456789',
        'is in the cluster and not in dist/',
        'seda deploy production --context prod',
        'a deploy deletes the ConfigMap config-0123456789',
      ],
      [
        'warning',
        'ConfigMap/dashboard',
        'is in the cluster and not in dist/',
        'delete it with everything else that is not rendered: seda deploy production --context prod --prune',
      ],
      [
        'warning',
        'PersistentVolumeClaim/db',
        'is in the cluster and not in dist/',
        `no deploy deletes data; once nobody needs it: ${KUBECTL} delete persistentvolumeclaim db`,
      ],
      [
        'warning',
        'Service/left',
        'is in the cluster and not in dist/',
        'delete it with everything else that is not rendered: seda deploy production --context prod --prune',
      ],
      [
        'warning',
        'ConfigMap/c',
        'is not as dist/ says',
        'seda deploy production --context prod',
        'a deploy changes the ConfigMap',
        'data.LEVEL',
      ],
      [
        'warning',
        'Deployment/seda-api-blue',
        'is not as dist/ says',
        'seda deploy production --context prod',
        'a deploy takes seda-api-blue from 5 to 3 pods',
        'spec.replicas: 5 -> 3',
      ],
      [
        'warning',
        'Service/new',
        'is in dist/ and not in the cluster',
        'seda deploy production --context prod',
        'a deploy makes the Service',
      ],
    ]);
  });
});

describe('a deploy that the API server would refuse', () => {
  const refused = (output: string, verb = 'apply') =>
    refusalFinding(new KubectlError('the API server refuses dist/', verb, output), place);

  test('is told with the object that a hand has made invalid', () => {
    expect(refused('The Deployment "a" is invalid: spec.x: no')).toEqual({
      severity: 'error',
      object: 'Deployment/a',
      found: 'a deploy would be refused: The Deployment "a" is invalid: spec.x: no',
      cause: 'what dist/ says, with what a hand has added to the object, makes no valid object',
      remedy: `take back what the hand added: ${KUBECTL} edit deployment a, then: seda deploy production --context prod`,
    });
    expect(
      refused(
        'Error from server (Invalid): Deployment.apps "a" is invalid: spec.selector: Invalid value: {}: field is immutable',
      ),
    ).toMatchObject({
      object: 'Deployment/a',
      found:
        'a deploy would be refused: Deployment.apps a cannot change spec.selector, which Kubernetes never lets change; give the object a new name',
      remedy: `where it was made by hand, delete it without its pods: ${KUBECTL} delete deployment a --cascade=orphan, then: seda deploy production --context prod`,
    });
    expect(
      refused('Error from server: admission webhook "w" denied the request: no'),
    ).toMatchObject({ object: 'dist/production' });
  });

  test('is not said where a right is missing, or something else failed', () => {
    expect([
      refused('User "ci" cannot patch resource "services"'),
      refused('the server could not find the requested resource', 'get'),
      refused('dial tcp 127.0.0.1:6443: connect: connection refused'),
      refusalFinding(new Error('kubectl gave no answer within 120 s'), place),
    ]).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('still names what is not in the cluster', () => {
    expect(
      short(
        absentFindings(
          rendering,
          rendering.objects.filter(({ metadata }) => metadata.name !== 'seda-api-blue'),
          place,
        ),
      ),
    ).toEqual([
      'warning: Deployment/seda-api-blue: is in dist/ and not in the cluster',
      'warning: Service/seda-api-blue: is in dist/ and not in the cluster',
    ]);
  });
});

test('quotas above nine tenths are told with their numbers', () => {
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q' },
    status: {
      hard: {
        'requests.cpu': '2',
        'limits.memory': '1Gi',
        pods: '10',
        services: '0',
        configmaps: '10',
      },
      used: { 'requests.cpu': '1900m', 'limits.memory': '1Gi', pods: '9', services: '0' },
    },
  };
  expect(short(quotaFindings([quota], place))).toEqual([
    'warning: ResourceQuota/q: requests.cpu: 1900m of 2 are used, 95 %',
    'error: ResourceQuota/q: limits.memory: 1Gi of 1Gi are used, 100 %',
  ]);
});

describe('the whole', () => {
  const SECRET = 'hunter2-do-not-print';
  const forbidden = (what: string) =>
    Object.assign(
      new Error(`${what}: ci may not do this; ask the owner of the cluster for that right`),
      {
        output: 'Error from server (Forbidden): x is forbidden: User "ci" cannot get resource "x"',
      },
    );

  /** A cluster without anything but what a test says; every question is kept. */
  class Fake {
    readonly context = 'prod';
    readonly namespace = 'seda-prod';
    readonly io = { clock: systemClock };
    readonly asked: string[] = [];

    constructor(private readonly answers: { readonly [question: string]: unknown }) {}

    async run(what: string, args: readonly string[]): Promise<string> {
      const question = args.join(' ');
      this.asked.push(question);
      const answer = Object.entries(this.answers).find(([start]) =>
        question.startsWith(start),
      )?.[1];
      if (answer instanceof Error) throw answer;
      if (answer === 'forbidden') throw forbidden(what);
      if (question.startsWith('get --raw')) return JSON.stringify({ resources: [] });
      if (question.startsWith('apply') && answer === undefined)
        return JSON.stringify({ items: rendering.objects });
      return typeof answer === 'string' ? answer : JSON.stringify(answer ?? { items: [] });
    }

    async json(what: string, args: readonly string[]): Promise<unknown> {
      return JSON.parse(await this.run(what, args));
    }
  }

  const done = { updatedReplicas: 3, replicas: 3, availableReplicas: 3 };
  const live = rendering.objects.map((object) =>
    object.kind === 'Job'
      ? { ...object, status: { conditions: [{ type: 'Complete', status: 'True' }] } }
      : object.metadata.name === 'seda-api-blue' && object.kind === 'Deployment'
        ? { ...object, status: done }
        : object,
  );
  const healthy = {
    'get namespace': 'namespace/seda-prod',
    'get --ignore-not-found --filename=-': { items: live },
    'get endpointslices': {
      items: [slice('seda-api', true, true, true), slice('seda-api-blue', true, true, true)],
    },
    'get secret seda-secrets': 'seda-secrets\njwt-secret\n',
  };
  const look = async (
    answers: { readonly [question: string]: unknown },
    missing: MissingKind[] = [],
  ) => {
    const fake = new Fake({ ...healthy, ...answers });
    return {
      fake,
      findings: await examine(
        fake as unknown as Kubectl,
        rendering,
        'production',
        async ([object]) => (object!.kind === 'Job' ? missing : []),
      ),
    };
  };

  test('nothing is found where nothing is wrong, and nothing is changed', async () => {
    const { fake, findings } = await look({});
    expect(doctorText('production', findings)).toBe('nothing is wrong with production');
    expect(
      fake.asked.filter(
        (question) => !question.startsWith('get ') && !question.includes('--dry-run=server'),
      ),
    ).toEqual([]);
  });

  test('an HTTPRoute is looked at with its Gateway and the certificate there', async () => {
    const route: Manifest = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'api' },
      spec: { parentRefs: [{ name: 'public', namespace: 'gateways' }] },
    };
    const gateway = {
      metadata: { name: 'public' },
      spec: {
        gatewayClassName: 'envoy',
        listeners: [
          {
            ...{ name: 'https', protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'wild' }] } },
            allowedRoutes: { namespaces: { from: 'All' } },
          },
        ],
      },
      status: { conditions: [{ type: 'Programmed', status: 'True' }], addresses: [{ value: 'a' }] },
    };
    const fake = new Fake({
      ...healthy,
      'get --ignore-not-found --filename=-': { items: [...live, route] },
      apply: { items: [...rendering.objects, route] },
      'get gateways.': gateway,
      'get gatewayclasses': 'forbidden',
      'get secret wild': '',
    });
    const findings = await examine(
      fake as unknown as Kubectl,
      new Rendering([...rendering.objects, route]),
      'production',
      async () => [],
    );
    expect(short(findings)).toEqual([
      'error: HTTPRoute/api: no controller has taken it; nothing leads from outside to it',
      'error: Secret/wild: does not exist; its listener answers nothing by HTTPS',
    ]);
  });

  test('a namespace that does not exist is the only finding, and nothing else is asked', async () => {
    const { fake, findings } = await look({ 'get namespace': '' });
    expect(doctorText('production', findings)).toBe(
      [
        'error: Namespace/seda-prod: does not exist',
        '  cause: production was never deployed to this cluster, or the context prod is another one',
        '  mend:  seda deploy production --context prod',
        '',
        'production: 1 error',
      ].join('\n'),
    );
    expect(fake.asked).toHaveLength(1);
  });

  test('a cluster that does not answer is one finding', async () => {
    const down = Object.assign(
      new Error('cannot read the namespace seda-prod: the API server does not answer'),
      { output: 'connection refused' },
    );
    expect(short((await look({ 'get namespace': down })).findings)).toEqual([
      'error: Namespace/seda-prod: could not look: cannot read the namespace seda-prod: the API server does not answer',
    ]);
  });

  test('a right that is missing is a finding, and the other checks go on; an outage is first', async () => {
    const { findings } = await look({
      'get resourcequotas': 'forbidden',
      apply: 'forbidden',
      'get endpointslices': { items: [] },
    });
    expect(short(findings)).toEqual([
      'error: Service/seda-api: no ready endpoint, 2 expected; users get errors (also seda-api-blue)',
      'error: drift: could not look: the API server refuses dist/: ci may not do this; ask the owner of the cluster for that right',
      'error: quotas: could not look: cannot read the resourcequotas: ci may not do this; ask the owner of the cluster for that right',
    ]);
    expect(short((await look({ 'get pods': 'forbidden' })).findings)).toEqual([
      'error: endpoints, workloads, pods, secrets: could not look: cannot read the pods: ci may not do this; ask the owner of the cluster for that right',
    ]);
  });

  test('a kind that the cluster does not know is told, and its objects are not asked for', async () => {
    const { findings } = await look({}, [
      { apiVersion: 'batch/v1', kind: 'Job', broughtBy: 'the operator' },
    ]);
    expect(findings).toMatchObject([
      {
        severity: 'error',
        object: 'batch/v1/Job',
        found: 'the cluster does not know Job of batch/v1',
        remedy: 'install the operator, then: seda deploy production --context prod',
      },
    ]);
    expect(findings).toHaveLength(1);
  });

  test('the value of a secret is neither asked for nor printed', async () => {
    const url = `postgres://seda:${SECRET}@db:5432/seda`;
    const broken = { ...deployment('blue', 3), status: { updatedReplicas: 3, replicas: 3 } };
    const before = deployment('blue', 3);
    before.spec.template.spec.containers[0].env = [{ name: 'JWT_SECRET', value: SECRET }];
    const { fake, findings } = await look({
      'get --ignore-not-found --filename=-': {
        items: [...live.filter(({ kind }) => kind !== 'Deployment'), broken],
      },
      'get pods': { items: [pod('p', 'blue', { ready: false })] },
      'get events': {
        items: [
          {
            reason: 'Unhealthy',
            message: `cannot reach ${url}`,
            involvedObject: { kind: 'Pod', name: 'p' },
          },
        ],
      },
      'get secret seda-secrets': `seda-secrets\ndatabase-url\n`,
      logs: `Error: P1001 ${url}\nAuthorization: Bearer ${SECRET}\nJWT_SECRET=${SECRET}\n`,
      apply: {
        items: [
          ...rendering.objects.filter(({ metadata }) => metadata.name !== 'seda-api-blue'),
          before,
        ],
      },
    });
    const text = doctorText('production', findings) + JSON.stringify(findings);
    expect(text).not.toContain(SECRET);
    expect(text).toContain('postgres://[hidden]@db:5432/seda');
    expect(text).toContain('has no key jwt-secret');
    expect(fake.asked.filter((question) => question.startsWith('get secret'))).toEqual([
      `get secret seda-secrets --ignore-not-found --output=go-template=${KEYS_TEMPLATE}`,
    ]);
    expect(KEYS_TEMPLATE).toBe(
      '{{.metadata.name}}{{"\\n"}}{{range $k, $v := .data}}{{$k}}{{if not $v}} empty{{end}}{{"\\n"}}{{end}}',
    );
  });

  test('no more calls than allowed run at once, and one that fails gives its place back', async () => {
    let [running, most] = [0, 0];
    const slow = {
      run: async (what: string) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running--;
        if (what === '3') throw new Error('no');
        return what;
      },
    };
    const kubectl = limited(slow as unknown as Kubectl, 2);
    const results = await Promise.allSettled(
      ['1', '2', '3', '4', '5'].map((what) => kubectl.run(what, [])),
    );
    expect([most, results.map(({ status }) => status)]).toEqual([
      2,
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    ]);
  });

  test('words that only look like credentials stay', () => {
    const finding: Finding = {
      severity: 'error',
      object: 'Secret/a',
      found: 'has no key jwt-secret',
      cause: 'see https://docs.seda.fm/a@b',
      remedy: '',
    };
    expect(withoutCredentialsIn(finding)).toEqual(finding);
  });
});
