import type { Manifest } from '../lib/manifests';
import { containersOf } from '../lib/kubernetes/pods';
import { matches } from '../lib/kubernetes/selection';
import { type Check, type Node, objectCheck, podCheck, type Pod, podsOf, siblings } from './check';

const CONTROLLERS = ['Deployment', 'StatefulSet'];
const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;
const RECOMMENDED = ['name', 'instance', 'component', 'part-of', 'managed-by'].map(
  (key) => `app.kubernetes.io/${key}`,
);
const VERSION = 'app.kubernetes.io/version';

function autoscalersOf(workload: Manifest, objects: readonly Manifest[]): Manifest[] {
  return siblings(workload, objects, 'HorizontalPodAutoscaler').filter(
    ({ spec: { scaleTargetRef } }) =>
      scaleTargetRef.kind === workload.kind && scaleTargetRef.name === workload.metadata.name,
  );
}

/** Pods of the colour that waits count as many: they are scaled up before they serve. */
function isSingle(pod: Pod): boolean {
  return !pod.serves || pod.owner.spec.replicas === 1;
}

function budgetsOf(workload: Manifest, objects: readonly Manifest[]): Manifest[] {
  const labels = workload.spec.template.metadata.labels;
  return siblings(workload, objects, 'PodDisruptionBudget').filter(({ spec }) =>
    matches(spec.selector, labels),
  );
}

const scaling: readonly Check[] = [
  objectCheck(33, 'more than one replica', CONTROLLERS, (workload, objects) => {
    const { replicas = 1 } = workload.spec;
    return [
      autoscalersOf(workload, objects).length === 0 && replicas < 2 && `has replicas: ${replicas}`,
    ];
  }),
  objectCheck(34, 'replicas or autoscaler', CONTROLLERS, (workload, objects) => [
    workload.spec.replicas !== undefined &&
      autoscalersOf(workload, objects).length > 0 &&
      'resets with each apply what its autoscaler decides',
  ]),
  objectCheck(35, 'autoscaler', ['HorizontalPodAutoscaler'], (autoscaler, objects) => {
    const { minReplicas = 1, maxReplicas, scaleTargetRef } = autoscaler.spec;
    const targets = siblings(autoscaler, objects, scaleTargetRef.kind).filter(
      ({ metadata }) => metadata.name === scaleTargetRef.name,
    );
    return [
      minReplicas < 2 && `may scale down to ${minReplicas}`,
      maxReplicas <= minReplicas && 'has nothing to scale',
      targets.length === 0 && `scales ${scaleTargetRef.name}, which does not exist`,
    ];
  }),
  objectCheck(36, 'rolling update', ['Deployment'], ({ spec }) => [
    spec.strategy?.type !== 'RollingUpdate' && 'does not say that it replaces pods one by one',
  ]),
];

const disruption: readonly Check[] = [
  objectCheck(37, 'disruption budget', CONTROLLERS, (workload, objects) => [
    workload.spec.replicas !== 1 &&
      budgetsOf(workload, objects).length !== 1 &&
      `has ${budgetsOf(workload, objects).length} disruption budgets`,
  ]),
  objectCheck(
    38,
    'budget that lets nodes drain',
    ['PodDisruptionBudget'],
    ({ spec: { maxUnavailable, minAvailable } }) => [
      (maxUnavailable === undefined) === (minAvailable === undefined) &&
        'does not set exactly one bound',
      maxUnavailable !== undefined &&
        Number.parseInt(maxUnavailable) === 0 &&
        'never allows a disruption',
      minAvailable !== undefined &&
        'sets minAvailable, which blocks as soon as replicas sink to it',
    ],
  ),
  objectCheck(39, 'budget without broken pods', ['PodDisruptionBudget'], ({ spec }) => [
    spec.unhealthyPodEvictionPolicy !== 'AlwaysAllow' && 'lets a broken pod block a node drain',
  ]),
  podCheck(40, 'pods prefer different hosts', (pod) => {
    const {
      preferredDuringSchedulingIgnoredDuringExecution: preferred = [],
      requiredDuringSchedulingIgnoredDuringExecution: required = [],
    } = pod.spec.affinity?.podAntiAffinity ?? {};
    const spread = preferred.some(
      ({ podAffinityTerm: { topologyKey, labelSelector } }: Node) =>
        topologyKey === 'kubernetes.io/hostname' && matches(labelSelector, pod.labels),
    );
    return [
      !isSingle(pod) && !spread && 'may put all pods on one host',
      required.length > 0 && 'may find no host for a pod',
    ];
  }),
  podCheck(41, 'pods spread over zones', (pod) => {
    const constraints: Node[] = pod.spec.topologySpreadConstraints ?? [];
    const spread = constraints.some(
      ({ topologyKey, maxSkew, labelSelector }) =>
        topologyKey === 'topology.kubernetes.io/zone' &&
        maxSkew > 0 &&
        labelSelector &&
        matches(labelSelector, pod.labels),
    );
    return [
      !isSingle(pod) && !spread && 'may put all pods in one zone',
      constraints.some(({ whenUnsatisfiable }) => whenUnsatisfiable !== 'ScheduleAnyway') &&
        'may find no zone for a pod',
    ];
  }),
  podCheck(42, 'priority class', (pod) => [!pod.spec.priorityClassName && 'has no priority class']),
];

const labels: readonly Check[] = [
  objectCheck(43, 'selector takes its own pods', CONTROLLERS, ({ spec }) => [
    !(spec.selector && matches(spec.selector, spec.template.metadata.labels)) &&
      'does not select the pods that it makes',
  ]),
  objectCheck(44, 'label values', [], (object) =>
    [
      object.metadata.labels,
      ...podsOf([object]).map((pod) => pod.labels),
      object.spec?.selector?.matchLabels,
    ].flatMap((set) =>
      Object.entries(set ?? {}).map(
        ([key, value]) =>
          !(typeof value === 'string' && LABEL_VALUE.test(value)) &&
          `has the label ${key}: ${value}`,
      ),
    ),
  ),
  objectCheck(45, 'recommended labels', [], (object) => {
    const pods = podsOf([object]);
    const instance = object.metadata.labels?.['app.kubernetes.io/instance'];
    const missing = (what: string, set: Node) =>
      [...RECOMMENDED, ...(pods.length > 0 ? [VERSION] : [])].map(
        (key) => !set?.[key] && `${what} has no label ${key}`,
      );
    return [
      ...missing('it', object.metadata.labels),
      ...pods.flatMap((pod) => missing('its pod', pod.labels)),
      // The name of a Job has a hash of its content, labels included, so that no label can repeat it.
      CONTROLLERS.includes(object.kind) &&
        instance !== object.metadata.name &&
        'is not named like its instance label',
    ];
  }),
];

const running: readonly Check[] = [
  objectCheck(58, 'finished Jobs go away', ['Job'], ({ spec }) => [
    spec.ttlSecondsAfterFinished === undefined && 'has no ttlSecondsAfterFinished',
  ]),
  objectCheck(59, 'Jobs are as hardened as the API', ['Job'], (job, objects) => {
    const own = hardening(podsOf([job])[0]!);
    const alike = podsOf(siblings(job, objects, 'Deployment')).filter(
      (pod) => repositoryOf(pod) === repositoryOf(podsOf([job])[0]!),
    );
    return [
      alike.length > 0 &&
        !alike.some((pod) => hardening(pod) === own) &&
        'is not hardened like the Deployment of its image',
    ];
  }),
  podCheck(60, 'restart policy', (pod) => [
    !(pod.serves ? ['Always'] : ['Never', 'OnFailure']).includes(pod.spec.restartPolicy) &&
      `has the restart policy ${pod.spec.restartPolicy}`,
  ]),
  podCheck(61, 'names outside the cluster are tried first', (pod) => {
    const ndots = pod.spec.dnsConfig?.options?.find(({ name }: Node) => name === 'ndots')?.value;
    return [
      !(Number(ndots) <= 2) &&
        `looks up outside names in every search domain (ndots ${ndots ?? 5})`,
    ];
  }),
];

function repositoryOf(pod: Pod): string {
  return String(pod.spec.containers[0].image).split(/[@:]/)[0]!;
}

function hardening(pod: Pod): string {
  const {
    securityContext,
    automountServiceAccountToken,
    serviceAccountName,
    enableServiceLinks,
    hostNetwork,
    hostPID,
    hostIPC,
  } = pod.spec;
  const contexts = containersOf(pod.spec).map((container) => container.securityContext);
  return JSON.stringify([
    securityContext,
    automountServiceAccountToken,
    serviceAccountName,
    enableServiceLinks,
    hostNetwork,
    hostPID,
    hostIPC,
    contexts,
  ]);
}

/** How many pods there are, where they run and what they are called. */
export const workloadChecks: readonly Check[] = [...scaling, ...disruption, ...labels, ...running];
