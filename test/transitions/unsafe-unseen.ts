import { ofKind, type Unsafe } from './transition';
import { adds, copies, find, rewrites, rewritesObject, type Thing } from './tree';

const SWITCH = 'production/Service/seda-api';
const BLUE = 'production/Deployment/seda-api-blue';
const TRAFFIC = 'production/30-traffic.k8s.yaml';

/** The switch as it is, led to the other colour. */
const flipped = (service: Thing): Thing => {
  service.spec.selector.version = service.spec.selector.version === 'blue' ? 'green' : 'blue';
  return service;
};

const inProduction = (apiVersion: string, kind: string, name: string, spec: object) => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'seda-prod' },
  spec,
});

export const UNSEEN = ofKind<Unsafe>('objects that are not seen', [
  {
    name: 'a List has a second switch',
    breaks: 8,
    from: 'staged',
    why: 'kubectl and Argo CD open the List and apply the last one: users get the staged colour',
    change: (tree, world) =>
      adds(TRAFFIC, { apiVersion: 'v1', kind: 'List', items: [flipped(find(tree, SWITCH))] })(
        tree,
        world,
      ),
  },
  {
    name: 'a List in a List',
    breaks: 8,
    from: 'staged',
    why: 'the same, one level deeper',
    change: (tree, world) => {
      const list = (...items: object[]) => ({ apiVersion: 'v1', kind: 'List', items });
      adds('production/90-more.k8s.yaml', list(list(flipped(find(tree, SWITCH)))))(tree, world);
    },
  },
  {
    name: 'a ServiceList',
    breaks: 8,
    from: 'staged',
    why: 'every kind that ends in List is opened',
    change: (tree, world) =>
      adds(TRAFFIC, {
        apiVersion: 'v1',
        kind: 'ServiceList',
        items: [flipped(find(tree, SWITCH))],
      })(tree, world),
  },
  {
    name: 'a second switch in the same file',
    breaks: 8,
    from: 'staged',
    why: 'the last one wins: users get the staged colour',
    change: copies(SWITCH, TRAFFIC, flipped),
  },
  {
    name: 'a second switch in 99.yaml',
    breaks: 8,
    from: 'staged',
    why: 'kubectl apply -f reads it, last',
    change: copies(SWITCH, 'production/99.yaml', flipped),
  },
  {
    name: 'a second switch in 99.yml',
    breaks: 8,
    from: 'staged',
    why: 'kubectl apply -f reads it, last',
    change: copies(SWITCH, 'production/99.yml', flipped),
  },
  {
    name: 'a second switch in 99.json',
    breaks: 8,
    from: 'staged',
    why: 'kubectl apply -f reads it, last',
    change: (tree) =>
      void tree.set('production/99.json', JSON.stringify(flipped(find(tree, SWITCH)))),
  },
  {
    name: 'a second switch without a namespace',
    breaks: 8,
    from: 'staged',
    why: 'Argo CD puts it into the namespace of the Application, over the first one',
    change: copies(SWITCH, TRAFFIC, (service) => {
      delete flipped(service).metadata.namespace;
    }),
  },
  {
    name: 'a second Deployment of the serving colour',
    breaks: 7,
    from: 'promoted',
    why: 'the last one wins: the serving pods are scaled to none',
    change: copies(BLUE, 'production/20-api.k8s.yaml', (object) => {
      object.spec.replicas = 0;
    }),
  },
  {
    name: 'the Ingress a second time, in an older version of its API',
    breaks: 9,
    from: 'promoted',
    why: 'group and name are the same object, and the last one wins',
    change: copies('production/Ingress/seda-api-ingress', TRAFFIC, (object) => {
      object.apiVersion = 'networking.k8s.io/v1beta1';
      object.spec.rules[0].host = 'api2.seda.fm';
    }),
  },
  {
    name: 'sandbox has an object of production',
    breaks: 8,
    from: 'staged',
    why: 'who applies dist/sandbox moves the traffic of production',
    change: copies(SWITCH, 'sandbox/30-traffic.k8s.yaml', flipped),
  },
  {
    name: 'the selector of the switch has the same key twice',
    breaks: 8,
    from: 'staged',
    why: 'some readers take the first, others the last, others refuse the file',
    change: rewritesObject(SWITCH, (text) =>
      text.replace('version: green\n', 'version: green\n    version: blue\n'),
    ),
  },
  {
    name: 'a word that is true in YAML 1.1 alone',
    breaks: 7,
    from: 'promoted',
    why: 'kubectl reads "yes" as true: the serving Deployment is paused, and its gate waits for ever',
    change: rewrites('production/20-api.k8s.yaml', (text) =>
      text.replace('progressDeadlineSeconds: 300', 'paused: yes\n  progressDeadlineSeconds: 300'),
    ),
  },
  {
    name: 'a merge key brings another selector',
    breaks: 8,
    from: 'staged',
    why: 'YAML 1.1 merges what "<<" names: users get the staged colour',
    change: rewritesObject(SWITCH, (text) =>
      text.replace('version: green\n', '<<: {version: blue}\n'),
    ),
  },
  {
    name: 'a quota of one pod',
    breaks: 1,
    from: 'promoted',
    why: 'no pod that is evicted comes back',
    change: adds(
      'production/00-namespace.k8s.yaml',
      inProduction('v1', 'ResourceQuota', 'small', { hard: { pods: '1' } }),
    ),
  },
  {
    name: 'no container may have as much memory',
    breaks: 1,
    from: 'promoted',
    why: 'no pod that is evicted comes back',
    change: adds(
      'production/00-namespace.k8s.yaml',
      inProduction('v1', 'LimitRange', 'small', {
        limits: [{ type: 'Container', max: { memory: '64Mi' } }],
      }),
    ),
  },
  {
    name: 'KEDA scales the serving colour to none at night',
    breaks: 7,
    from: 'promoted',
    why: 'its autoscaler sets the replicas that the record has',
    change: adds(
      'production/20-api.k8s.yaml',
      inProduction('keda.sh/v1alpha1', 'ScaledObject', 'seda-api-blue', {
        scaleTargetRef: { name: 'seda-api-blue' },
        minReplicaCount: 0,
        maxReplicaCount: 1,
        triggers: [{ type: 'cpu', metadata: { value: '90' } }],
      }),
    ),
  },
  {
    name: 'a VerticalPodAutoscaler evicts serving pods',
    breaks: 7,
    from: 'promoted',
    why: 'it deletes serving pods to give them other requests',
    change: adds(
      'production/20-api.k8s.yaml',
      inProduction('autoscaling.k8s.io/v1', 'VerticalPodAutoscaler', 'seda-api-blue', {
        targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'seda-api-blue' },
        updatePolicy: { updateMode: 'Auto' },
      }),
    ),
  },
  {
    name: 'a webhook that nobody answers',
    breaks: 1,
    from: 'promoted',
    why: 'failurePolicy Fail: no pod is admitted any more',
    change: adds('production/00-namespace.k8s.yaml', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'pods' },
      webhooks: [
        {
          name: 'pods.example.com',
          failurePolicy: 'Fail',
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          clientConfig: { service: { name: 'webhook', namespace: 'seda-prod' } },
          rules: [
            { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] },
          ],
        },
      ],
    }),
  },
  {
    name: 'a name that the API server makes up',
    breaks: 10,
    from: 'promoted',
    why: 'kubectl apply refuses generateName, and the whole folder with it',
    change: copies('production/Job/seda-api-gate-blue-*', 'production/20-api.k8s.yaml', (job) => {
      delete job.metadata.name;
      job.metadata.generateName = 'seda-api-gate-';
    }),
  },
]);
