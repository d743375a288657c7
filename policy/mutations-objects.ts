import { add, container, find, type Mutation, pod, remove } from './mutation';

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
    spoil: (all) => find(all, 'NetworkPolicy', 'seda-api-blue-migrate').spec.policyTypes.pop(),
  },
  {
    check: 'row-52 network policies',
    spoil: (all) =>
      (find(all, 'NetworkPolicy', 'seda-api-blue-migrate').spec.podSelector.matchLabels = {
        app: 'another',
      }),
  },
  {
    check: 'row-52 network policies',
    spoil: (all) =>
      (find(all, 'NetworkPolicy', 'seda-api-blue-migrate').spec.podSelector.matchLabels[
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

/** Mutations of the checks of configuration and network. */
export const objectMutations: readonly Mutation[] = [...configuration, ...network];
