import { caller, policy, service } from './neighbours';
import { ofKind, type Unsafe, unsafeFrom } from './transition';
import {
  adds,
  type Change,
  copies,
  edits,
  editsContainer,
  sets,
  setsPod,
  type Thing,
} from './tree';
import { whileStaging } from './world';

const BLUE = 'production/Deployment/seda-api-blue';
const QA = 'qa/Deployment/seda-api-qa';
const INGRESS = 'production/Ingress/seda-api-ingress';

const found = unsafeFrom('retired');
const label = (reference: string, key: string, value: string): Change =>
  sets(reference, `spec template metadata labels ${key}`, value);
/** What is harmless by itself, and makes something else act that is in the cluster. */
export const ACTING = ofKind<Unsafe>('something acts on it that is not rendered', [
  found(
    'a mesh puts a proxy beside the pods of qa',
    14,
    'the policies do not let it reach its control plane, and no pod becomes ready',
    label(QA, 'sidecar.istio.io/inject', 'true'),
  ),
  found(
    'a cloud gives the pods of qa an identity',
    14,
    'rights that no review of the cloud has seen',
    label(QA, 'azure.workload.identity/use', 'true'),
  ),
  found(
    'a mesh takes the staged colour in',
    14,
    'the gate asks without a certificate of the mesh, or proves pods that others cannot reach',
    whileStaging(label(BLUE, 'istio.io/rev', 'default')),
    'arrived',
  ),
  found(
    'an agent puts a library into the pods of qa',
    12,
    'what runs is not what was built',
    sets(
      QA,
      'spec template metadata annotations instrumentation.opentelemetry.io/inject-nodejs',
      'true',
    ),
  ),
  found(
    'the pods of qa get the role of another team',
    14,
    'kube2iam gives whatever role the annotation names',
    sets(QA, 'spec template metadata annotations iam.amazonaws.com/role', 'admin'),
  ),
  found(
    'Grafana gets another source of data',
    14,
    'its sidecar takes every ConfigMap with the label, also one that replaces Prometheus',
    adds('production/10-config.k8s.yaml', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'prometheus-datasource',
        namespace: 'seda-prod',
        labels: { grafana_datasource: '1' },
      },
      data: { 'prometheus.yaml': 'apiVersion: 1\ndatasources: []\n' },
    }),
  ),
  found(
    'Prometheus asks every pod twice',
    14,
    'each request counts for two, and an error ratio of half the pods hides',
    edits('production/ServiceMonitor/seda-api-metrics', ({ spec }: Thing) => {
      spec.endpoints.push({ ...spec.endpoints[0], honorLabels: true });
    }),
  ),
  found(
    'the pods of qa get the private key of their host',
    14,
    'who breaks into the API can answer in its name',
    setsPod(QA, 'volumes -', { name: 'tls', secret: { secretName: 'seda-api-tls' } }),
  ),
  found(
    'Argo CD applies sandbox before its image is known',
    6,
    'the pods of the all-zero digest never start',
    sets('argocd/Application/seda-sandbox', 'spec syncPolicy automated enabled', true),
    'first day',
  ),
  found(
    'Argo CD applies qa before its project is known',
    6,
    'every login fails',
    sets('argocd/Application/seda-qa', 'spec syncPolicy automated', {}),
    'first day',
  ),
  found(
    'all paths of the host lead to the API',
    14,
    'what is beside /api/v1 was open to nobody, such as pages for debugging',
    edits(INGRESS, ({ spec }: Thing) => {
      const [path] = spec.rules[0].http.paths;
      spec.rules[0].http.paths.push({ ...path, path: '/' });
    }),
  ),
  found(
    'a second host leads to all of the API',
    14,
    'what is beside /api/v1 was open to nobody',
    copies(INGRESS, 'production/30-traffic.k8s.yaml', (object) => {
      object.metadata.name = 'seda-api-status';
      object.spec.rules[0].host = 'status.seda.fm';
      object.spec.rules[0].http.paths[0].path = '/';
      object.spec.tls[0] = { hosts: ['status.seda.fm'], secretName: 'status-tls' };
    }),
  ),
  found(
    'the pods of qa open five hundred connections each',
    14,
    'the database refuses them, and those of everybody else',
    sets('qa/ConfigMap/seda-api-qa-config-*', 'data DATABASE_POOL_SIZE', '500'),
  ),
  found(
    'a workload may call the port of a Service, and not that of its pods',
    3,
    'policies know pods: every call is dropped',
    adds('production/50-report.k8s.yaml', caller, service, policy(80)),
  ),
  ...[
    ['NODE_OPTIONS', '--inspect=0.0.0.0:9229', 'whoever reaches the port runs what he likes'],
    ['NODE_OPTIONS', '--require /tmp/first.js', 'what a request has written there is run'],
    ['PATH', '/tmp:/usr/bin', 'what a request has written there is run'],
    ['NODE_PATH', '/tmp', 'what a request has written there is run'],
  ].map(([variable, value, why]) =>
    found(
      `${variable} of qa becomes ${value}`,
      12,
      why!,
      editsContainer(QA, ({ env }) => {
        env.push({ name: variable, value });
      }),
    ),
  ),
  found(
    'an empty folder hides the packages of qa',
    12,
    'no pod starts, or another program does',
    editsContainer(QA, ({ volumeMounts }) => {
      volumeMounts.push({ ...volumeMounts[0], mountPath: '/app/node_modules' });
    }),
  ),
  ...Object.entries({
    'spec metrics 0 resource target averageUtilization': 1000,
    'spec behavior scaleUp selectPolicy': 'Disabled',
    'spec metrics': [],
  }).map(([path, value]) =>
    found(
      `the autoscaler of sandbox adds no pod: ${path}`,
      14,
      'pods are killed or starve under load',
      sets('sandbox/HorizontalPodAutoscaler/seda-api-sandbox', path, value),
      'sandbox with an autoscaler and Redis',
    ),
  ),
  ...(['base64', 'hex'] as const).map((encoding) =>
    found(
      `the password of the database is in the settings, as ${encoding}`,
      14,
      'whoever has a clone has it',
      sets(
        'qa/ConfigMap/seda-api-qa-config-*',
        'data BOOT',
        Buffer.from('postgres://api:hunter2@db:5432/api').toString(encoding),
      ),
    ),
  ),
]);
