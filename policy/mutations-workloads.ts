import { autoscale, blue, find, type Mutation, pod, remove } from './mutation';

/** Mutations of the checks of how many pods there are, where they run and what they are called. */
export const workloadMutations: readonly Mutation[] = [
  {
    check: 'row-33 more than one replica',
    mend: (all) => (blue(all).spec.replicas = 3),
    spoil: (all) => (blue(all).spec.replicas = 1),
  },
  {
    check: 'row-34 replicas or autoscaler',
    mend: (all) => (blue(all).spec.replicas = 3),
    spoil: (all) => autoscale(all, { minReplicas: 2, maxReplicas: 6 }),
  },
  {
    check: 'row-35 autoscaler',
    mend: (all) =>
      delete blue(all).spec.replicas && autoscale(all, { minReplicas: 2, maxReplicas: 6 }),
    spoil: (all) => (find(all, 'HorizontalPodAutoscaler').spec.maxReplicas = 2),
  },
  {
    check: 'row-35 autoscaler',
    mend: (all) =>
      delete blue(all).spec.replicas && autoscale(all, { minReplicas: 2, maxReplicas: 6 }),
    spoil: (all) => (find(all, 'HorizontalPodAutoscaler').spec.minReplicas = 1),
  },
  { check: 'row-36 rolling update', spoil: (all) => delete blue(all).spec.strategy },
  {
    check: 'row-37 disruption budget',
    mend: (all) => (blue(all).spec.replicas = 3),
    spoil: (all) => remove(all, find(all, 'PodDisruptionBudget', 'seda-api-blue')),
  },
  {
    check: 'row-38 budget that lets nodes drain',
    spoil: (all) => (find(all, 'PodDisruptionBudget').spec.maxUnavailable = '0%'),
  },
  {
    check: 'row-38 budget that lets nodes drain',
    spoil: (all) => delete find(all, 'PodDisruptionBudget').spec.maxUnavailable,
  },
  {
    check: 'row-39 budget without broken pods',
    spoil: (all) => delete find(all, 'PodDisruptionBudget').spec.unhealthyPodEvictionPolicy,
  },
  { check: 'row-40 pods prefer different hosts', spoil: (all) => delete pod(all).affinity },
  {
    check: 'row-40 pods prefer different hosts',
    spoil: (all) =>
      (pod(all).affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution = [
        { topologyKey: 'kubernetes.io/hostname' },
      ]),
  },
  {
    check: 'row-41 pods spread over zones',
    spoil: (all) => delete pod(all).topologySpreadConstraints,
  },
  {
    check: 'row-41 pods spread over zones',
    spoil: (all) =>
      (pod(all).topologySpreadConstraints[0].labelSelector.matchLabels = { app: 'another' }),
  },
  {
    check: 'row-41 pods spread over zones',
    spoil: (all) => (pod(all).topologySpreadConstraints[0].whenUnsatisfiable = 'DoNotSchedule'),
  },
  {
    check: 'row-42 priority class',
    mend: (all) => (pod(all).priorityClassName = 'high'),
    spoil: (all) => delete pod(all).priorityClassName,
  },
  {
    check: 'row-43 selector takes its own pods',
    spoil: (all) => (blue(all).spec.selector.matchLabels = { app: 'another' }),
  },
  {
    check: 'row-44 label values',
    spoil: (all) => (blue(all).metadata.labels.build = '1.4.2+4f9d'),
  },
  {
    check: 'row-44 label values',
    spoil: (all) => (blue(all).spec.template.metadata.labels.build = 'x'.repeat(64)),
  },
  {
    check: 'row-45 recommended labels',
    spoil: (all) => delete find(all, 'ConfigMap').metadata.labels['app.kubernetes.io/part-of'],
  },
  {
    check: 'row-45 recommended labels',
    spoil: (all) => delete blue(all).spec.template.metadata.labels['app.kubernetes.io/name'],
  },
  {
    check: 'row-45 recommended labels',
    spoil: (all) => (blue(all).metadata.labels['app.kubernetes.io/instance'] = 'seda-api'),
  },
  {
    check: 'row-58 finished Jobs go away',
    mend: (all) => (find(all, 'Job').spec.ttlSecondsAfterFinished = 3600),
    spoil: (all) => delete find(all, 'Job').spec.ttlSecondsAfterFinished,
  },
  {
    check: 'row-59 Jobs are as hardened as the API',
    spoil: (all) => (find(all, 'Job').spec.template.spec.enableServiceLinks = true),
  },
  { check: 'row-60 restart policy', spoil: (all) => delete pod(all).restartPolicy },
  {
    check: 'row-60 restart policy',
    spoil: (all) => (find(all, 'Job').spec.template.spec.restartPolicy = 'Always'),
  },
  {
    check: 'row-61 names outside the cluster are tried first',
    spoil: (all) => delete pod(all).dnsConfig,
  },
];
