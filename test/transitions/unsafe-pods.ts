import type { Release } from '../../environments/environment';
import { image } from '../fixtures';
import { ofKind, type Unsafe, unsafeFrom } from './transition';
import { type Change, edits, editsContainer, removes, sets, setsPod, type Thing } from './tree';
import { records, rerenders, stages, whileStaging } from './world';

const SANDBOX = 'sandbox/Deployment/seda-api-sandbox';
const QA = 'qa/Deployment/seda-api-qa';
const BLUE = 'production/Deployment/seda-api-blue';

const found = unsafeFrom('retired');

const protocol = (reference: string, value: string) =>
  setsPod(reference, 'containers 0 ports 0 protocol', value);
const limit = (reference: string, amount: string, value: string) =>
  setsPod(reference, `containers 0 resources limits ${amount}`, value);
const annotation = (reference: string, key: string, value: string) =>
  sets(reference, `spec template metadata annotations ${key}`, value);

/** Drops a variable that a Secret gives. */
const without = (reference: string, variable: string) =>
  editsContainer(reference, (container) => {
    container.env = container.env.filter(({ name }: Thing) => name !== variable);
  });

const mount = (reference: string, change: (mounts: Thing[]) => void) =>
  editsContainer(reference, ({ volumeMounts }) => change(volumeMounts));

/** The record says that the release needs no migration. */
const forgets = (name: string): Change =>
  rerenders(records(name, (release) => ({ ...release, migration: 'none' }) as Release));

export const PODS = ofKind<Unsafe>('pods that run and do not answer', [
  found('the port of sandbox is UDP', 1, 'the Service has no port: 503', protocol(SANDBOX, 'UDP')),
  found('the port of qa is SCTP', 1, 'the Service has no port: 503', protocol(QA, 'SCTP')),
  found(
    'the staged colour answers on UDP',
    1,
    'its pods are ready, and after the promotion the Service has no port',
    whileStaging(protocol(BLUE, 'UDP')),
    'arrived',
  ),
  found(
    'qa runs another program of its image',
    12,
    'it answers {} to everything, and the probes are content',
    setsPod(QA, 'containers 0 command', ['node', '-e', 'require("http")']),
  ),
  found(
    'sandbox gives its program other arguments',
    12,
    'what runs is not what was built',
    setsPod(SANDBOX, 'containers 0 args', ['--help']),
  ),
  found(
    'the staged colour runs in another folder',
    12,
    'what runs is not what was built',
    whileStaging(setsPod(BLUE, 'containers 0 workingDir', '/tmp')),
    'arrived',
  ),
  found(
    'qa never pulls its image',
    10,
    'a node that does not have it starts no pod',
    setsPod(QA, 'containers 0 imagePullPolicy', 'Never'),
  ),
  found(
    'sandbox runs without its key for tokens',
    2,
    'every login fails',
    without(SANDBOX, 'JWT_SECRET'),
  ),
  found(
    'qa reads no settings any more',
    2,
    'it starts with the defaults of its code',
    editsContainer(QA, (container) => {
      container.envFrom = [];
    }),
  ),
  found(
    'qa cannot write to /tmp',
    2,
    'every upload fails',
    mount(QA, (mounts) => {
      mounts[0].readOnly = true;
    }),
  ),
  found(
    'what sandbox writes is elsewhere',
    2,
    'its root is read-only, so that every upload fails',
    mount(SANDBOX, (mounts) => {
      mounts[0].mountPath = '/var/tmp';
    }),
  ),
  found(
    'an empty folder hides the programs of the image',
    2,
    'nothing starts',
    mount(QA, (mounts) => {
      mounts.push({ ...mounts[0], mountPath: '/usr' });
    }),
  ),
  found(
    'sandbox gets 10 kB/s',
    1,
    'the network plugin throttles every answer',
    annotation(SANDBOX, 'kubernetes.io/egress-bandwidth', '10k'),
  ),
  found(
    'a mesh puts a proxy into the pods of qa',
    14,
    'nobody allowed it what it needs, so that no pod becomes ready',
    annotation(QA, 'sidecar.istio.io/inject', 'true'),
  ),
  found(
    'sandbox forgets that its release expands',
    13,
    'production takes the word over, and its new code meets the old schema',
    forgets('sandbox'),
  ),
  found(
    'qa forgets that its release expands',
    13,
    'sandbox takes the word over, and production from it',
    forgets('qa'),
  ),
  found(
    'the migration of sandbox runs an older image',
    13,
    'what its pods need is never made',
    setsPod('sandbox/Job/seda-api-migrate-*', 'containers 0 image', image('1.4.2')),
  ),
  found(
    'production stages without the migration that sandbox had',
    13,
    'its new code meets the old schema',
    rerenders(stages('production', '1.6.0', { migration: 'none' })),
    'next arrived',
  ),
  found(
    'the migration of what is staged is deleted',
    13,
    'its new code meets the old schema',
    whileStaging(removes('production/Job/seda-api-migrate-*@1.5.0')),
    'arrived',
  ),
]);

const probe = (reference: string, kind: string, change: Thing) =>
  editsContainer(reference, (container) => Object.assign(container[kind], change));

export const ROOM = ofKind<Unsafe>('pods that have no room to live', [
  found('32 MiB for sandbox', 14, 'killed before it answers', limit(SANDBOX, 'memory', '32Mi')),
  found('a fourth of the memory of qa', 14, 'killed under load', limit(QA, 'memory', '128Mi')),
  found(
    'the staged colour has a third of the memory',
    14,
    'its pods are killed when the traffic comes',
    whileStaging(limit(BLUE, 'memory', '170Mi')),
    'arrived',
  ),
  found('a limit of 10m CPU for qa', 14, 'no probe answers in time', limit(QA, 'cpu', '10m')),
  found(
    '1 Mi of storage for sandbox',
    14,
    'evicted with the first lines of its log',
    limit(SANDBOX, 'ephemeral-storage', '1Mi'),
  ),
  found(
    'a folder of 1 Ki in qa',
    14,
    'evicted with the first upload',
    edits(QA, ({ spec }: Thing) => {
      spec.template.spec.volumes.find(({ emptyDir }: Thing) => emptyDir).emptyDir.sizeLimit = '1Ki';
    }),
  ),
  found(
    'the heap of qa is larger than its memory',
    14,
    'killed in place of collecting garbage',
    rerendersConfig('NODE_OPTIONS', '--max-old-space-size=4096'),
  ),
  found(
    'qa looks at no certificate, as a ConfigMap says',
    14,
    'anybody can read what it asks of Supabase',
    rerendersConfig('NODE_TLS_REJECT_UNAUTHORIZED', '0'),
  ),
  found(
    'sandbox has one pod',
    1,
    'a drained node takes it away',
    sets(SANDBOX, 'spec replicas', 1),
  ),
  found(
    'qa has a thousand pods',
    1,
    'no cluster has room for them',
    sets(QA, 'spec replicas', 1000),
  ),
  found(
    'sandbox may grow to a thousand pods',
    1,
    'no cluster has room for them',
    sets('sandbox/HorizontalPodAutoscaler/seda-api-sandbox', 'spec maxReplicas', 1000),
    'sandbox with an autoscaler and Redis',
  ),
  found(
    'sandbox sleeps until it is killed',
    14,
    'preStop leaves one second to end what runs',
    probeFree(SANDBOX, 59),
  ),
  found(
    'qa must start within a second',
    14,
    'a cold start is ended for ever',
    probe(QA, 'startupProbe', { failureThreshold: 1, periodSeconds: 1 }),
  ),
  found(
    'sandbox is ready after a hundred answers',
    14,
    'no rollout ends',
    probe(SANDBOX, 'readinessProbe', { successThreshold: 100 }),
  ),
  found(
    'qa is unready after one slow answer',
    14,
    'a slow node takes every pod out of the Service at once',
    probe(QA, 'readinessProbe', { failureThreshold: 1, periodSeconds: 1 }),
  ),
]);

/** A variable that the ConfigMap of qa brings, by hand. */
function rerendersConfig(variable: string, value: string): Change {
  return (tree) => {
    for (const [file, text] of [...tree])
      if (file.startsWith('qa/'))
        tree.set(file, text.replace(/^( {2}NODE_ENV: .*)$/m, `$1\n  ${variable}: "${value}"`));
  };
}

/** A longer sleep before the end, in the same time. */
function probeFree(reference: string, seconds: number): Change {
  return setsPod(reference, 'containers 0 lifecycle preStop sleep seconds', seconds);
}
