import { ofKind, type Unsafe, unsafeFrom } from './transition';
import { adds, type Change, edits, editsContainer, sets, setsPod, type Thing } from './tree';

const QA = 'qa/Deployment/seda-api-qa';
const GREEN = 'production/Deployment/seda-api-green';
const INGRESS = 'production/Ingress/seda-api-ingress';
const RULES = 'production/PrometheusRule/seda-api';

const found = unsafeFrom('promoted');

const STUCK = 'the API server refuses it, and the sync ends half way';
const refused = (name: string, change: Change) => found(name, 6, STUCK, change);
const container = (path: string, value: unknown) => setsPod(QA, `containers 0 ${path}`, value);
const variable = (value: Thing) => editsContainer(QA, ({ env }) => env.push(value));

export const API_SERVER = ofKind<Unsafe>('what the API server refuses', [
  refused('a label with a blank', sets(GREEN, 'metadata labels team', 'Platform Team')),
  refused('a label of 64 characters', sets(GREEN, 'metadata labels team', 'a'.repeat(64))),
  refused(
    'a label of pods with a dash in front',
    sets(QA, 'spec template metadata labels team', '-a'),
  ),
  refused('the name of a label with two slashes', sets(INGRESS, 'metadata labels a/b/c', 'd')),
  refused(
    'an annotation of 300 kB',
    sets(INGRESS, 'metadata annotations note', 'a'.repeat(300_000)),
  ),
  refused('half a pod', sets(QA, 'spec replicas', 2.5)),
  refused('a negative history', sets(QA, 'spec revisionHistoryLimit', -1)),
  refused('a deadline before a pod counts as ready', sets(QA, 'spec progressDeadlineSeconds', 5)),
  refused('a time to end in quotes', setsPod(QA, 'terminationGracePeriodSeconds', '60')),
  refused('a user in quotes', setsPod(QA, 'securityContext runAsUser', '10001')),
  ...Object.entries({
    'a port of a policy': sets(
      'production/NetworkPolicy/seda-api-green',
      'spec egress 1 ports 0 port',
      '5432',
    ),
    'a port of a probe': container('readinessProbe httpGet port', '3001'),
    'a number of pods that may start': sets(QA, 'spec strategy rollingUpdate maxSurge', '1'),
  }).map(([what, change]) => refused(`${what} in quotes`, change)),
  refused('memory in MB', container('resources limits memory', '512MB')),
  refused('more memory than the limit', container('resources requests memory', '1Gi')),
  refused('two ports of one name', container('ports -', { name: 'http', containerPort: 9229 })),
  refused('a port 0', container('ports 0 containerPort', 0)),
  refused(
    'a mount of no volume',
    container('volumeMounts -', { name: 'none', mountPath: '/var/none' }),
  ),
  refused('volumes that are mounted and gone', setsPod(QA, 'volumes', undefined)),
  refused(
    'a variable with a value and a source',
    variable({ name: 'A', value: 'b', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }),
  ),
  refused('a variable without a name', variable({ name: '', value: 'b' })),
  refused('an unknown way to pull', container('imagePullPolicy', 'Sometimes')),
  refused('an unknown operator', setsPod(QA, 'tolerations', [{ key: 'a', operator: 'Nope' }])),
  refused('an unknown field of a container', container('resource', {})),
  refused('an unknown field of a security context', container('securityContext Privileged', true)),
  refused('an unknown field of a port', container('ports 0 Foo', 1)),
  refused(
    'an unknown field of a policy',
    sets('production/NetworkPolicy/seda-api-default-deny', 'spec Foo', {}),
  ),
  refused('an unknown field of a rule', sets(RULES, 'spec groups 0 rules 0 Foo', 'bar')),
  refused('a path without a slash', sets(INGRESS, 'spec rules 0 http paths -', path('abc'))),
  refused('a path with ".."', sets(INGRESS, 'spec rules 0 http paths -', path('/a/../b'))),
  refused(
    'an unknown type of path',
    sets(INGRESS, 'spec rules 0 http paths -', { ...path('/b'), pathType: 'Foo' }),
  ),
  refused('a host that is none', sets(INGRESS, 'spec tls 0 hosts -', 'Bad_Host')),
]);

function path(text: string): Thing {
  return {
    path: text,
    pathType: 'Prefix',
    backend: { service: { name: 'seda-api', port: { name: 'http' } } },
  };
}

/** One more rule in a group of its own. */
const rule = (rule: Thing, reference = RULES) =>
  edits(reference, ({ spec: { groups } }: Thing) => groups.push({ name: 'more', rules: [rule] }));
const alert = { alert: 'More', expr: 'up == 0' };
const series = { record: 'more:rate5m', expr: 'sum(rate(up[5m]))' };
const quiet = (name: string, change: Change) =>
  found(name, 14, 'all alerts of the file are gone', change);

export const QUIET = ofKind<Unsafe>('rules that Prometheus does not load', [
  quiet('an alert that is a series', rule({ ...alert, record: 'more' })),
  quiet('a rule that is neither', rule({ expr: 'up == 0' })),
  quiet('an alert without an expression', rule({ alert: 'More' })),
  quiet('a series that waits', rule({ ...series, for: '5m' })),
  quiet('a series with a text', rule({ ...series, annotations: { summary: 'a' } })),
  quiet('a series with a dash in its name', rule({ ...series, record: 'more-rate5m' })),
  quiet('a label that only Prometheus gives', rule({ ...alert, labels: { __name__: 'a' } })),
  quiet('a label that is no text', rule({ ...alert, labels: { page: true } })),
  quiet('a text that is a number', rule({ ...alert, annotations: { summary: 5 } })),
  quiet('a selector of everything', rule({ ...alert, expr: 'count({a=~".*"}) > 5' })),
  quiet(
    'a group without a name',
    edits(RULES, ({ spec: { groups } }: Thing) => groups.push({ name: '', rules: [alert] })),
  ),
  found(
    'a series of production that qa records',
    14,
    'alerts of production are made of it',
    rule({ ...series, labels: { namespace: 'seda-prod' } }, 'qa/PrometheusRule/seda-api'),
  ),
  found(
    'an alert with one more label',
    14,
    'by its labels it is led to somebody else, or silenced',
    sets(RULES, 'spec groups 0 rules 0 labels silence', 'true'),
  ),
]);

export const POWERS = ofKind<Unsafe>('new pods of qa that guard less', [
  found(
    'no seccomp profile',
    14,
    'every call of the kernel',
    container('securityContext seccompProfile', { type: 'Unconfined' }),
  ),
  found(
    'no AppArmor',
    14,
    'every file',
    container('securityContext appArmorProfile', { type: 'Unconfined' }),
  ),
  found(
    'an unmasked /proc',
    14,
    'the node is seen',
    container('securityContext procMount', 'Unmasked'),
  ),
  found('a port of the node', 14, 'past the Ingress', container('ports 0 hostPort', 3001)),
  found('the group of root', 14, 'files of root', setsPod(QA, 'securityContext fsGroup', 0)),
  found(
    'other code before its own',
    14,
    'it reads every secret',
    variable({ name: 'LD_PRELOAD', value: '/tmp/a.so' }),
  ),
  found(
    'a port that nobody listens on',
    1,
    'no probe is answered',
    container('ports 0 containerPort', 8080),
  ),
  found('sixty-four processors', 1, 'no node has them', container('resources requests cpu', '64')),
  found(
    'a folder over the program',
    1,
    'nothing starts',
    editsContainer(QA, ({ volumeMounts }) =>
      volumeMounts.push({ ...volumeMounts[0], mountPath: '/app' }),
    ),
  ),
  found(
    'a ConfigMap that is not there',
    2,
    'no pod starts',
    editsContainer(QA, ({ envFrom }) => envFrom.push({ configMapRef: { name: 'missing' } })),
  ),
  found(
    'the Secret of its certificate from a store',
    2,
    'cert-manager and the store write in turns, and TLS ends',
    adds('qa/60-more.k8s.yaml', {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { name: 'more', namespace: 'seda-qa' },
      spec: {
        secretStoreRef: { kind: 'ClusterSecretStore', name: 'seda-secrets' },
        target: { name: 'seda-api-tls' },
        data: [{ secretKey: 'tls.key', remoteRef: { key: 'seda/qa/tls' } }],
      },
    }),
  ),
  found(
    'the migration is taken for a pod of the API',
    13,
    'it gets their policy, and their budget cannot count it',
    sets('qa/Job/seda-api-migrate-*', 'spec template metadata labels app', 'seda-api'),
  ),
]);
