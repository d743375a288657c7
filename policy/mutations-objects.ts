import { add, autoscale, blue, container, find, type Mutation, pod, remove } from './mutation';

function dashboard(expr: string): string {
  return JSON.stringify({ panels: [{ targets: [{ expr }] }] });
}

const workloads: readonly Mutation[] = [
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

const configuration: readonly Mutation[] = [
  {
    check: 'row-46 namespace',
    spoil: (all) => {
      add(all, 'ConfigMap', 'another', { data: {} });
      find(all, 'ConfigMap', 'another').metadata.namespace = 'default';
    },
  },
  {
    check: 'row-46 namespace',
    spoil: (all) => (find(all, 'Namespace').metadata.namespace = 'seda-prod'),
  },
  {
    check: 'row-47 stable API version',
    spoil: (all) => (find(all, 'PodDisruptionBudget').apiVersion = 'policy/v1beta1'),
  },
  {
    check: 'row-48 each variable once',
    spoil: (all) => container(all).env.push({ name: 'PORT', value: '3002' }),
  },
  {
    check: 'row-54 secrets as files',
    mend: (all) => (container(all).env = []),
    spoil: (all) => container(all).envFrom.push({ secretRef: { name: 'seda-secrets' } }),
  },
  {
    check: 'row-55 no secret value in the environment',
    spoil: (all) => container(all).env.push({ name: 'SUPABASE_ANON_KEY', value: 'x' }),
  },
  {
    check: 'row-55 no secret value in the environment',
    spoil: (all) => container(all).env.push({ name: 'REPLICA', value: 'postgresql://a:b@db/app' }),
  },
  {
    check: 'row-56 no secret value in a ConfigMap',
    spoil: (all) => (find(all, 'ConfigMap').data.JWT_SECRET = 'x'),
  },
  {
    check: 'row-56 no secret value in a ConfigMap',
    spoil: (all) => (find(all, 'ConfigMap').data.REDIS_URL = 'redis://:hunter2@cache:6379'),
  },
  {
    check: 'row-57 configuration that pods read exists',
    spoil: (all) => (container(all).envFrom[0].configMapRef.name = 'another'),
  },
  {
    check: 'row-57 configuration that pods read exists',
    spoil: (all) => find(all, 'ExternalSecret').spec.data.pop(),
  },
  {
    check: 'row-57 configuration that pods read exists',
    spoil: (all) => (pod(all).imagePullSecrets = [{ name: 'another' }]),
  },
  {
    check: 'row-63 no rights in the cluster',
    spoil: (all) => add(all, 'Role', 'seda-api', { rules: [] }),
  },
  {
    check: 'row-67 Pod Security',
    spoil: (all) =>
      (find(all, 'Namespace').metadata.labels['pod-security.kubernetes.io/enforce'] = 'baseline'),
  },
  {
    check: 'row-67 Pod Security',
    spoil: (all) =>
      delete find(all, 'Namespace').metadata.labels['pod-security.kubernetes.io/warn'],
  },
];

const network: readonly Mutation[] = [
  {
    check: 'row-49 Service with pods',
    spoil: (all) => (find(all, 'Service', 'seda-api-preview').spec.selector = { app: 'another' }),
  },
  {
    check: 'row-49 Service with pods',
    spoil: (all) => delete find(all, 'Service', 'seda-api-preview').spec.type,
  },
  {
    check: 'row-50 routes lead to Services',
    spoil: (all) =>
      (find(all, 'Ingress').spec.rules[0].http.paths[0].backend.service.port = { number: 3001 }),
  },
  {
    check: 'row-50 routes lead to Services',
    spoil: (all) =>
      (find(all, 'Ingress').spec.rules[0].http.paths[0].backend.service.name = 'another'),
  },
  {
    check: 'row-51 TLS and no snippets',
    spoil: (all) => (find(all, 'Ingress').spec.rules[0].host = 'www.seda.fm'),
  },
  {
    check: 'row-51 TLS and no snippets',
    spoil: (all) =>
      (find(all, 'Ingress').metadata.annotations = { 'nginx.org/server-snippet': 'return 200;' }),
  },
  {
    check: 'row-52 network policies',
    spoil: (all) => remove(all, find(all, 'NetworkPolicy', 'seda-api-default-deny')),
  },
  {
    check: 'row-52 network policies',
    spoil: (all) => find(all, 'NetworkPolicy', 'seda-api-migrate').spec.policyTypes.pop(),
  },
  {
    check: 'row-52 network policies',
    spoil: (all) =>
      (find(all, 'NetworkPolicy', 'seda-api-migrate').spec.podSelector.matchLabels = {
        app: 'another',
      }),
  },
  {
    check: 'row-52 network policies',
    spoil: (all) =>
      (find(all, 'NetworkPolicy', 'seda-api-migrate').spec.podSelector.matchLabels[
        'app.kubernetes.io/name'
      ] = 'seda-api'),
  },
  {
    check: 'row-53 monitor of one Service',
    spoil: (all) =>
      delete find(all, 'ServiceMonitor').spec.selector.matchLabels['app.kubernetes.io/instance'],
  },
  {
    check: 'row-53 monitor of one Service',
    spoil: (all) => (find(all, 'ServiceMonitor').spec.endpoints[0].port = 'metrics'),
  },
  {
    check: 'row-68 nothing is open to the outside',
    mend: (all) =>
      all.filter(({ kind }) => kind === 'Ingress').forEach((ingress) => remove(all, ingress)),
    spoil: (all) =>
      add(all, 'HTTPRoute', 'seda-api', {
        spec: { rules: [{ backendRefs: [{ name: 'seda-api', port: 80 }] }] },
      }),
  },
];

const rules: readonly Mutation[] = [
  {
    check: 'names are unique',
    spoil: (all) => all.push(structuredClone(find(all, 'ConfigMap', 'seda-api-dashboard'))),
  },
  {
    check: 'names have at most 63 characters',
    spoil: (all) => (find(all, 'ConfigMap', 'seda-api-dashboard').metadata.name = 'x'.repeat(64)),
  },
  {
    check: 'one Namespace holds everything',
    spoil: (all) => {
      add(all, 'Namespace', 'another', {});
      const { metadata } = find(all, 'Namespace', 'another');
      delete metadata.namespace;
      for (const mode of ['enforce', 'audit', 'warn']) {
        Object.assign(metadata.labels, {
          [`pod-security.kubernetes.io/${mode}`]: 'restricted',
          [`pod-security.kubernetes.io/${mode}-version`]: 'v1.34',
        });
      }
    },
  },
  {
    check: 'volume claims exist',
    spoil: (all) =>
      pod(all).volumes.push({ name: 'data', persistentVolumeClaim: { claimName: 'another' } }),
  },
  {
    check: 'mounts have volumes',
    spoil: (all) => container(all).volumeMounts.push({ name: 'another', mountPath: '/another' }),
  },
  {
    check: 'budgets have pods',
    spoil: (all) =>
      add(all, 'PodDisruptionBudget', 'another', {
        spec: {
          maxUnavailable: 1,
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
          selector: { matchLabels: { app: 'another' } },
        },
      }),
  },
  {
    check: 'traffic leads to pods',
    mend: (all) => {
      blue(all).spec.replicas = 0;
      find(all, 'Deployment', 'seda-api-green').spec.replicas = 3;
      find(all, 'Service', 'seda-api').spec.selector.version = 'green';
    },
    spoil: (all) => (find(all, 'Service', 'seda-api').spec.selector.version = 'blue'),
  },
  {
    check: 'an Ingress names its class',
    spoil: (all) => delete find(all, 'Ingress').spec.ingressClassName,
  },
  { check: 'certificates are issued', spoil: (all) => remove(all, find(all, 'Certificate')) },
  {
    check: 'certificates are issued',
    spoil: (all) => (find(all, 'Certificate').spec.dnsNames = ['www.seda.fm']),
  },
  {
    check: 'certificates are issued',
    spoil: (all) =>
      (find(all, 'Ingress').metadata.annotations['cert-manager.io/cluster-issuer'] =
        'letsencrypt-prod'),
  },
  {
    check: 'ingress-nginx knows the annotations',
    spoil: (all) =>
      (find(all, 'Ingress').metadata.annotations['nginx.ingress.kubernetes.io/rate-limit'] = '100'),
  },
  {
    check: 'expressions are PromQL',
    spoil: (all) =>
      (find(all, 'PrometheusRule').spec.groups[0].rules[0].expr = 'absent(up{job="seda-api"} == 1'),
  },
  {
    check: 'expressions are PromQL',
    spoil: (all) =>
      (find(all, 'ConfigMap', 'seda-api-dashboard').data['seda-api.json'] = dashboard('sum(up')),
  },
  {
    check: 'expressions are PromQL',
    spoil: (all) => (find(all, 'ConfigMap', 'seda-api-dashboard').data['seda-api.json'] = '{'),
  },
  {
    check: 'expressions look at their own namespace',
    spoil: (all) =>
      (find(all, 'PrometheusRule').spec.groups[0].rules[0].expr =
        'absent(up{namespace="seda-qa"})'),
  },
  {
    check: 'expressions look at their own namespace',
    spoil: (all) =>
      (find(all, 'ConfigMap', 'seda-api-dashboard').data['seda-api.json'] =
        dashboard('up{namespace="seda-qa"}')),
  },
  {
    check: 'placeholders are marked',
    spoil: (all) =>
      (container(all).image = `ghcr.io/seda-fm/seda-api:0.0.0@sha256:${'0'.repeat(64)}`),
  },
  {
    check: 'placeholders are marked',
    spoil: (all) =>
      (find(all, 'ConfigMap').data.SUPABASE_URL = 'https://your-project-ref.supabase.co'),
  },
  {
    check: 'placeholders are marked',
    spoil: (all) => (blue(all).metadata.annotations = { 'seda.fm/placeholder': 'image' }),
  },
];

/** Mutations of the checks of all other objects, and of the rules between objects. */
export const objectMutations: readonly Mutation[] = [
  ...workloads,
  ...configuration,
  ...network,
  ...rules,
];
