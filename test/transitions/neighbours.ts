import { image } from '../fixtures';
import { adds, all, edits, sets, type Thing } from './tree';

const INGRESS = 'production/Ingress/seda-api-ingress';

/** Labels that nothing of the API selects by. */
export const LABELS = { app: 'report' };

const named = (name: string) => ({ name, namespace: 'seda-prod', labels: LABELS });

/** A pod of somebody else, with the API's own image. */
export const template = (labels: object = LABELS) => ({
  metadata: { labels },
  spec: {
    automountServiceAccountToken: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10001,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'report',
        image: image('1.5.0'),
        command: ['node', 'report.js'],
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          readOnlyRootFilesystem: true,
        },
      },
    ],
  },
});

export const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    ...named('report'),
    annotations: { 'argocd.argoproj.io/sync-wave': '30' },
  },
  spec: { replicas: 1, selector: { matchLabels: LABELS }, template: template() },
};

export const cronJob = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { ...named('report'), annotations: { 'argocd.argoproj.io/sync-wave': '30' } },
  spec: {
    schedule: '0 5 * * *',
    concurrencyPolicy: 'Forbid',
    jobTemplate: {
      spec: {
        template: { ...template(), spec: { ...template().spec, restartPolicy: 'Never' } },
      },
    },
  },
};

export const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { ...named('report'), annotations: { 'argocd.argoproj.io/sync-wave': '-30' } },
  spec: {
    type: 'ClusterIP',
    selector: LABELS,
    ports: [{ name: 'http', port: 80, targetPort: 8080 }],
  },
};

export const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { ...named('report'), annotations: { 'argocd.argoproj.io/sync-wave': '-30' } },
  data: { FORMAT: 'csv' },
};

export const policy = (port?: number) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { ...named('report'), annotations: { 'argocd.argoproj.io/sync-wave': '-30' } },
  spec: {
    podSelector: { matchLabels: LABELS },
    policyTypes: ['Ingress', 'Egress'],
    egress: [
      {
        to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } }],
        ...(port === undefined ? {} : { ports: [{ port, protocol: 'TCP' }] }),
      },
    ],
  },
});

export const budget = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { ...named('report'), annotations: { 'argocd.argoproj.io/sync-wave': '30' } },
  spec: { maxUnavailable: 1, selector: { matchLabels: LABELS } },
};

/** The same, which calls its own Service. */
export const caller = structuredClone(deployment) as Thing;
caller.spec.template.spec.containers[0].env = [{ name: 'UPSTREAM', value: 'http://report' }];

/** A workload of somebody else beside the API, without traffic. */
export const worker = adds('production/50-report.k8s.yaml', deployment, policy());

/** Guards as they were before somebody cared. */
export const loosened = all(
  sets(
    'production/Namespace/seda-prod',
    'metadata labels pod-security.kubernetes.io/enforce',
    'baseline',
  ),
  sets('production/PodDisruptionBudget/seda-api-blue', 'spec maxUnavailable', 2),
  sets(INGRESS, 'metadata annotations nginx.ingress.kubernetes.io/limit-rps', '1000'),
  edits('production/PrometheusRule/seda-api', ({ spec: { groups } }: Thing) => {
    groups[0].rules[0].for = '10m';
    groups[0].rules[1].labels.severity = 'ticket';
  }),
  sets('argocd/AppProject/seda-production', 'spec sourceRepos', ['*']),
);
