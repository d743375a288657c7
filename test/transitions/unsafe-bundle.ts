import { ofKind, type Unsafe } from './transition';
import { adds, copies, edits, editsContainer, removes, sets, setsPod, type Thing } from './tree';

// In "promoted", blue serves and green is warm.
const BLUE = 'production/Deployment/seda-api-blue';
const GREEN = 'production/Deployment/seda-api-green';
const SCALER = 'production/HorizontalPodAutoscaler/seda-api-blue';
const FILE = 'production/20-api.k8s.yaml';

const pod = (name: string, path: string, value: unknown, why: string): Omit<Unsafe, 'kind'> => ({
  name,
  breaks: 7,
  from: 'promoted',
  why,
  change: setsPod(BLUE, path, value),
});
const deployment = (
  name: string,
  path: string,
  value: unknown,
  why: string,
): Omit<Unsafe, 'kind'> => ({
  name,
  breaks: 7,
  from: 'promoted',
  why,
  change: sets(BLUE, path, value),
});
const scaler = (
  name: string,
  why: string,
  change: Unsafe['change'],
  from = 'autoscaled: promoted',
): Omit<Unsafe, 'kind'> => ({ name, breaks: 7, from, why, change });

const REPLACED =
  'every serving pod is replaced at once with the merge, past stage, gate and promotion';

export const BUNDLE = ofKind<Unsafe>('what serves changes in place', [
  deployment('the serving Deployment is paused', 'spec paused', true, 'Argo CD waits for ever'),
  deployment(
    'the serving pods are all deleted before a change',
    'spec strategy',
    { type: 'Recreate' },
    'the next change of its pods is an outage',
  ),
  deployment(
    'a serving pod counts as soon as it answers once',
    'spec minReadySeconds',
    undefined,
    'a pod that dies after its first answer counts for the gate',
  ),
  deployment('the serving colour has fewer pods', 'spec replicas', 2, 'a third of the capacity'),
  deployment('the serving colour has no pods', 'spec replicas', 0, '503 for every request'),
  deployment(
    'the serving colour has no number of pods',
    'spec replicas',
    undefined,
    'a field that goes falls back to one pod',
  ),
  deployment(
    'the serving pods lose the label of their colour',
    'spec template metadata labels version',
    undefined,
    'the API server refuses it: the template must match the selector',
  ),
  deployment(
    'the serving pods are restarted',
    'spec template metadata annotations',
    { 'kubectl.kubernetes.io/restartedAt': '2026-11-26T00:00:00Z' },
    REPLACED,
  ),
  deployment(
    'the serving Deployment belongs to an object that does not exist',
    'metadata ownerReferences',
    [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name: 'gone',
        uid: '00000000-0000-0000-0000-000000000000',
      },
    ],
    'the garbage collector deletes what has no owner left',
  ),
  deployment(
    'the serving Deployment can never be deleted',
    'metadata finalizers',
    ['example.com/keep'],
    'nobody takes the finalizer away, and a prune hangs',
  ),
  {
    name: 'a controller restarts the serving pods when a Secret changes',
    breaks: 15,
    from: 'promoted',
    why: 'an annotation that a controller reads: both colours are restarted by a change in the store',
    change: sets(BLUE, 'metadata annotations reloader.stakater.com/auto', 'true'),
  },
  pod(
    'the readiness probe asks another path',
    'containers 0 readinessProbe httpGet path',
    '/',
    REPLACED,
  ),
  pod('no readiness probe', 'containers 0 readinessProbe', undefined, REPLACED),
  pod(
    'a field of a probe that nobody knows',
    'containers 0 readinessProbe minSuccess',
    1,
    'it is dropped without a word, and the pods are replaced for it',
  ),
  pod('no liveness probe', 'containers 0 livenessProbe', undefined, REPLACED),
  pod('the pods start as root', 'securityContext runAsUser', 0, REPLACED),
  pod('the pods share the network of their node', 'hostNetwork', true, 'policies count no more'),
  pod('another ServiceAccount', 'serviceAccountName', 'default', REPLACED),
  pod('the token of the ServiceAccount is mounted', 'automountServiceAccountToken', true, REPLACED),
  pod(
    'a volume of a claim that does not exist',
    'volumes -',
    { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
    'the new pods stay Pending',
  ),
  pod('one variable more', 'containers 0 env -', { name: 'DEBUG', value: '*' }, REPLACED),
  pod(
    'a variable has another value',
    'containers 0 env 1 value',
    '--max-old-space-size=64',
    'the pods run out of heap under load',
  ),
  pod('a priority below all others', 'priorityClassName', 'preemptible', 'evicted first'),
  pod('nodes that do not exist', 'nodeSelector', { pool: 'gone' }, 'the new pods stay Pending'),
  pod('less memory', 'containers 0 resources limits memory', '64Mi', 'OOMKilled under load'),
  pod('a limit for CPU', 'containers 0 resources limits cpu', '100m', 'throttled under load'),
  pod(
    'nothing waits for the load balancer',
    'containers 0 lifecycle',
    undefined,
    'a pod that ends drops the requests that still come',
  ),
  pod(
    'a pod ends within a second',
    'terminationGracePeriodSeconds',
    1,
    'requests are cut off by SIGKILL',
  ),
  pod(
    'one zone alone',
    'topologySpreadConstraints 0 whenUnsatisfiable',
    'DoNotSchedule',
    'a pod of a zone that is full stays Pending',
  ),
  pod('no spread over zones', 'topologySpreadConstraints', undefined, REPLACED),
  pod('another scheduler', 'schedulerName', 'mine', 'nobody schedules the new pods'),
  pod(
    'names are resolved by hand',
    'hostAliases',
    [{ ip: '10.0.0.1', hostnames: ['db'] }],
    REPLACED,
  ),
  pod('another policy of DNS', 'dnsPolicy', 'Default', 'names of the cluster are not resolved'),
  pod(
    'a sidecar more',
    'containers -',
    { name: 'proxy', image: 'registry.example.com/proxy:1.0.0' },
    REPLACED,
  ),
  pod(
    'something runs before the API',
    'initContainers',
    [
      {
        name: 'wait',
        image: 'busybox:1.37.0',
        command: ['sh', '-c', 'until nc -z db 5432; do :; done'],
      },
    ],
    'the new pods wait for a name that does not exist',
  ),
  pod(
    'the container may write to its root',
    'containers 0 securityContext readOnlyRootFilesystem',
    false,
    REPLACED,
  ),
  pod('another port', 'containers 0 ports 0 containerPort', 3002, 'the policy admits 3001 alone'),
  {
    name: 'the serving Deployment is gone',
    breaks: 10,
    from: 'promoted',
    why: '503 for every request',
    change: removes(BLUE),
  },
  {
    name: 'the serving Deployment is renamed',
    breaks: 10,
    from: 'promoted',
    why: 'the old one is pruned while the new one starts',
    change: sets(BLUE, 'metadata name', 'seda-api-cyan'),
  },
  {
    name: 'the serving image is another one',
    breaks: 7,
    from: 'arrived',
    why: 'a release past stage, gate and promotion',
    change: editsContainer(GREEN, (container) => {
      container.image = `ghcr.io/seda-fm/seda-api:1.5.0@sha256:${'150'.padEnd(64, 'a')}`;
    }),
  },
  {
    name: 'both colours change alike, as by an edit of the library',
    breaks: 7,
    from: 'promoted',
    why: REPLACED,
    change: (tree, world) => {
      for (const colour of [BLUE, GREEN])
        edits(colour, ({ spec }: Thing) => {
          spec.template.spec.terminationGracePeriodSeconds = 90;
        })(tree, world);
    },
  },
  {
    name: 'the serving image is taken from the registry each time',
    breaks: 7,
    from: 'retired',
    why: REPLACED,
    change: setsPod(BLUE, 'containers 0 imagePullPolicy', 'Always'),
  },
  scaler(
    'the serving colour may have fewer pods',
    'under load three pods get what needs nine',
    sets(SCALER, 'spec maxReplicas', 3),
  ),
  scaler(
    'the serving colour may shrink to one pod',
    'in a quiet minute two of three pods go',
    sets(SCALER, 'spec minReplicas', 1),
  ),
  scaler(
    'the autoscaler of the serving colour is gone',
    'nobody adds pods under load',
    removes(SCALER),
  ),
  scaler(
    'the autoscaler scales the other colour',
    'nobody adds pods where the load is',
    sets(SCALER, 'spec scaleTargetRef name', 'seda-api-green'),
  ),
  scaler(
    'a second autoscaler with other bounds',
    'the two set the replicas by turns',
    copies(SCALER, FILE, (object) => {
      object.metadata.name = 'night';
      object.spec.minReplicas = 1;
      object.spec.maxReplicas = 2;
    }),
  ),
  scaler(
    'pods are added at ten times the load',
    'nobody adds pods under load',
    sets(SCALER, 'spec metrics 0 resource target averageUtilization', 700),
  ),
  scaler(
    'pods are never added',
    'nobody adds pods under load',
    sets(SCALER, 'spec behavior', { scaleUp: { selectPolicy: 'Disabled' } }),
  ),
  scaler(
    'an autoscaled colour has a number of pods as well',
    'each sync resets nine pods to three',
    sets(BLUE, 'spec replicas', 3),
  ),
  scaler(
    'an autoscaler for a colour with a fixed number of pods',
    'the serving colour shrinks to one pod',
    adds(FILE, {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'seda-api-blue', namespace: 'seda-prod' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'seda-api-blue' },
        minReplicas: 1,
        maxReplicas: 2,
      },
    }),
    'promoted',
  ),
]);
