import { add, blue, container, find, type Mutation, type Objects, pod, remove } from './mutation';

/** Dashboards of which one panel is another one. */
function dashboard(expr: string, panel: object = {}): string {
  return JSON.stringify({ panels: [{ type: 'timeseries', targets: [{ expr }], ...panel }] });
}

function draw(all: Objects, text: string): void {
  const { data } = find(all, 'ConfigMap', 'seda-api-dashboard');
  for (const file of Object.keys(data)) data[file] = text;
}

/** Mutations of the rules between objects. */
export const ruleMutations: readonly Mutation[] = [
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
    spoil: (all) => draw(all, dashboard('sum(up')),
  },
  {
    check: 'expressions are PromQL',
    spoil: (all) => draw(all, '{'),
  },
  {
    check: 'expressions look at their own namespace',
    spoil: (all) =>
      (find(all, 'PrometheusRule').spec.groups[0].rules[0].expr =
        'absent(up{namespace="seda-qa"})'),
  },
  {
    check: 'expressions look at their own namespace',
    spoil: (all) => draw(all, dashboard('up{namespace="seda-qa"}')),
  },
  {
    check: 'metrics are exposed',
    spoil: (all) => draw(all, dashboard('sum(rate(http_requests_duration_seconds_count[5m]))')),
  },
  {
    check: 'metrics are exposed',
    spoil: (all) => draw(all, dashboard('sum({job="seda-api"})')),
  },
  {
    check: 'metrics are exposed',
    spoil: (all) => (find(all, 'PrometheusRule').spec.groups[0].rules[0].expr = 'absent(ups == 1)'),
  },
  {
    check: 'metrics are exposed',
    spoil: (all) => find(all, 'PrometheusRule').spec.groups[1].rules.shift(),
  },
  { check: 'dashboards show what is', spoil: (all) => draw(all, '{"panels":[]}') },
  { check: 'dashboards show what is', spoil: (all) => draw(all, '{"title":"empty"}') },
  {
    check: 'dashboards show what is',
    spoil: (all) => draw(all, dashboard('up', { type: 'text' })),
  },
  {
    check: 'dashboards show what is',
    spoil: (all) => draw(all, dashboard('up', { targets: [] })),
  },
  {
    check: 'dashboards show what is',
    spoil: (all) => draw(all, dashboard('up', { targets: [{ expr: 'up', hide: true }] })),
  },
  ...['up * 0', '0 * up', 'sum(up * (1 - 1))', '-0.0 * up', 'up / up * (0)'].map((expr) => ({
    check: 'dashboards show what is',
    spoil: (all: Objects) => draw(all, dashboard(expr)),
  })),
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
