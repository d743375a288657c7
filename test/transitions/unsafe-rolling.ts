import { ofKind, type Unsafe } from './transition';
import {
  all,
  copies,
  deletes,
  edits,
  editsContainer,
  editsPolicies,
  removes,
  rewritesAll,
  sets,
  setsPod,
  type Thing,
} from './tree';
import { decides, rerenders } from './world';

const SANDBOX = 'sandbox/Deployment/seda-api-sandbox';
const QA = 'qa/Deployment/seda-api-qa';
const WAVE = 'metadata annotations argocd.argoproj.io/sync-wave';

export const ROLLING = ofKind<Unsafe>('rolling environments', [
  {
    name: 'sandbox loses its Deployment',
    breaks: 10,
    from: 'retired',
    why: 'api-sandbox.seda.fm answers 503',
    change: removes(SANDBOX),
  },
  {
    name: 'sandbox loses its Service',
    breaks: 10,
    from: 'retired',
    why: 'the Ingress has no backend: 503',
    change: removes('sandbox/Service/seda-api'),
  },
  {
    name: 'sandbox loses all files',
    breaks: 10,
    from: 'retired',
    why: 'Argo CD prunes everything in it',
    change: deletes('sandbox/'),
  },
  {
    name: 'sandbox loses its Deployments alone',
    breaks: 10,
    from: 'retired',
    why: 'the file is gone, so pods, budget and migration are pruned',
    change: deletes('sandbox/20-'),
  },
  {
    name: 'qa has no Ingress any more',
    breaks: 9,
    from: 'retired',
    why: 'api-qa.seda.fm answers 404',
    change: removes('qa/Ingress/seda-api-ingress'),
  },
  {
    name: 'sandbox has no pods',
    breaks: 1,
    from: 'retired',
    why: 'api-sandbox.seda.fm answers 503',
    change: sets(SANDBOX, 'spec replicas', 0),
  },
  {
    name: 'all pods of sandbox are replaced at once',
    breaks: 14,
    from: 'retired',
    why: 'with Recreate the next release takes all pods away before it starts one',
    change: edits(SANDBOX, ({ spec }) => {
      spec.strategy = { type: 'Recreate' };
    }),
  },
  {
    name: 'all pods of qa may be missing during a release',
    breaks: 14,
    from: 'retired',
    why: 'the next release takes all pods away before one is ready',
    change: sets(QA, 'spec strategy rollingUpdate maxUnavailable', '100%'),
  },
  {
    name: 'sandbox is paused',
    breaks: 5,
    from: 'retired',
    why: 'no release is rolled out, and Argo CD waits for it for ever',
    change: sets(SANDBOX, 'spec paused', true),
  },
  {
    name: 'the pods of sandbox are ready at once',
    breaks: 14,
    from: 'retired',
    why: 'without a readiness probe a release that does not answer replaces every pod',
    change: setsPod(SANDBOX, 'containers 0 readinessProbe', undefined),
  },
  {
    name: 'the Service of sandbox selects nobody',
    breaks: 1,
    from: 'retired',
    why: '503 for every request',
    change: sets('sandbox/Service/seda-api', 'spec selector app', 'seda'),
  },
  {
    name: 'the Service of qa has a target port that no pod names',
    breaks: 1,
    from: 'retired',
    why: '503 for every request',
    change: sets('qa/Service/seda-api', 'spec ports 0 targetPort', 'web'),
  },
  {
    name: 'the pods of qa call their port otherwise',
    breaks: 1,
    from: 'retired',
    why: 'the Service looks for the port http, and the probes do as well',
    change: setsPod(QA, 'containers 0 ports 0 name', 'web'),
  },
  {
    name: 'the controller is not admitted to sandbox',
    breaks: 3,
    from: 'retired',
    why: '502 for every request',
    change: editsPolicies('sandbox', { app: 'seda-api' }, (policy) => {
      const from = policy.spec.ingress[0].from;
      from[0].namespaceSelector.matchLabels['kubernetes.io/metadata.name'] = 'ingress';
    }),
  },
  {
    name: 'Supabase is denied to qa',
    breaks: 3,
    from: 'retired',
    why: 'every token and every file fails',
    change: editsPolicies('qa', { app: 'seda-api' }, (policy) => {
      policy.spec.egress = policy.spec.egress.filter(
        ({ ports }: Thing) => !ports.some(({ port }: Thing) => port === 443),
      );
    }),
  },
  {
    name: 'Redis is denied to sandbox while its pods read REDIS_URL',
    breaks: 3,
    from: 'sandbox with an autoscaler and Redis',
    why: 'the pods call it and get no answer',
    change: editsPolicies('sandbox', { app: 'seda-api' }, (policy) => {
      policy.spec.egress = policy.spec.egress.filter(
        ({ ports }: Thing) => !ports.some(({ port }: Thing) => port === 6380),
      );
    }),
  },
  {
    name: 'the autoscaler of sandbox is gone, and no number of replicas comes for it',
    breaks: 1,
    from: 'sandbox with an autoscaler and Redis',
    why: 'the number of pods stays at what it happens to be, and a new Deployment has one',
    change: removes('sandbox/HorizontalPodAutoscaler/seda-api-sandbox'),
  },
  {
    name: 'an autoscaler comes to sandbox and the number of pods goes',
    breaks: 1,
    from: 'retired',
    why: 'a field that goes falls back to one pod, until the autoscaler acts in the last wave',
    change: rerenders(decides('sandbox', { autoscaling: { minReplicas: 2, maxReplicas: 6 } })),
  },
  {
    name: 'the autoscaler of sandbox scales something else',
    breaks: 1,
    from: 'sandbox with an autoscaler and Redis',
    why: 'nobody scales the pods any more',
    change: sets(
      'sandbox/HorizontalPodAutoscaler/seda-api-sandbox',
      'spec scaleTargetRef name',
      'seda-api',
    ),
  },
  {
    name: 'the Deployment of sandbox is renamed',
    breaks: 10,
    from: 'retired',
    why: 'the old one is pruned while the new one starts',
    change: sets(SANDBOX, 'metadata name', 'seda-api'),
  },
  {
    name: 'the Deployment of sandbox selects by another label',
    breaks: 11,
    from: 'retired',
    why: 'a selector never changes: the API server refuses it, and the sync with it',
    change: edits(SANDBOX, ({ spec }) => {
      spec.selector.matchLabels.version = 'one';
      spec.template.metadata.labels.version = 'one';
    }),
  },
  {
    name: 'the pods of qa read a ConfigMap that nobody makes',
    breaks: 2,
    from: 'retired',
    why: 'new pods stay in CreateContainerConfigError, and the sync hangs',
    change: editsContainer(QA, (container) => {
      container.envFrom[0].configMapRef.name = 'seda-api-qa-config';
    }),
  },
  {
    name: 'the secrets of qa are gone',
    breaks: 2,
    from: 'retired',
    why: 'the Secret goes with its owner, and no pod starts any more',
    change: removes('qa/ExternalSecret/seda-secrets'),
  },
  {
    name: 'the ServiceAccount of sandbox is gone',
    breaks: 10,
    from: 'retired',
    why: 'no pod can be made any more',
    change: removes('sandbox/ServiceAccount/seda-api'),
  },
  {
    name: 'everybody may read the metrics of sandbox',
    breaks: 14,
    from: 'retired',
    why: 'the path is public from the merge on',
    change: removes('sandbox/Ingress/seda-api-ingress-blocked'),
  },
  {
    name: 'the budget of qa is gone',
    breaks: 14,
    from: 'retired',
    why: 'the drain of a node takes all its pods at once',
    change: removes('qa/PodDisruptionBudget/seda-api-qa'),
  },
  {
    name: 'sandbox may have privileged pods',
    breaks: 14,
    from: 'retired',
    why: 'Pod Security refuses nothing any more',
    change: sets(
      'sandbox/Namespace/seda-sandbox',
      'metadata labels pod-security.kubernetes.io/enforce',
      'privileged',
    ),
  },
  {
    name: 'the pods of sandbox come before their migration',
    breaks: 5,
    from: 'retired',
    why: 'pods that need a new column start without it',
    change: sets(SANDBOX, WAVE, '-25'),
  },
  {
    name: 'the secrets of sandbox come after its pods',
    breaks: 5,
    from: 'retired',
    why: 'a first install waits in wave 0 for pods whose Secret comes in wave 25',
    change: sets('sandbox/ExternalSecret/seda-secrets', WAVE, '25'),
  },
  {
    name: 'qa moves to another namespace',
    breaks: 10,
    from: 'retired',
    why: 'what serves is pruned while the new pods are not ready',
    change: rewritesAll('qa/', (text) => text.replaceAll('seda-qa', 'seda-test')),
  },
  {
    name: 'a worker of sandbox has the labels of the API',
    breaks: 1,
    from: 'retired',
    why: 'its pods get a share of the requests and answer none',
    change: copies(SANDBOX, 'sandbox/50-worker.k8s.yaml', (object) => {
      object.metadata.name = 'worker';
      object.spec.selector.matchLabels.worker = 'yes';
      object.spec.template.metadata.labels.worker = 'yes';
      object.spec.template.spec.containers[0].command = ['node', 'worker.js'];
    }),
  },
  {
    name: 'cart of a shop loses its pods and its host',
    breaks: 9,
    from: 'shop: rolling',
    why: 'cart.example.com answers 404',
    change: all(removes('shop/Deployment/cart'), removes('shop/Ingress/cart')),
  },
  {
    name: 'cart of a shop is not reached by the controller',
    breaks: 3,
    from: 'shop: rolling',
    why: '502 for every request',
    change: editsPolicies('shop', { app: 'cart' }, (policy) => {
      policy.spec.ingress = [];
    }),
  },
]);
