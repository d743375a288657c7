// An API beside a CronJob of another kind of work, and two fields that have no prop.

import { addWaves, SedaApi, SedaNamespace } from '@seda-fm/manifests';
import { ApiObject, App, Chart, JsonPatch } from 'cdk8s';

const app = new App();
const chart = new Chart(app, 'reports', { namespace: 'reports' });

new SedaNamespace(chart, 'namespace', { name: 'reports' });
const api = new SedaApi(chart, 'api', {
  name: 'reports-api',
  port: 8080,
  health: { readiness: '/ready' },
  clientPods: [{ app: 'reports-nightly' }],
  workload: {
    strategy: 'rolling',
    revision: {
      image: 'registry.example.com/reports-api:1.2.0',
      replicas: 2,
      config: { LOG_LEVEL: 'info' },
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    },
  },
});

// Fields without a prop: patches of what the construct makes.
for (const deployment of api.deployments)
  ApiObject.of(deployment).addJsonPatch(JsonPatch.add('/spec/template/spec/hostUsers', false));
api.service.metadata.addAnnotation('service.kubernetes.io/topology-mode', 'Auto');

const labels = { app: 'reports-nightly' };
new ApiObject(chart, 'nightly', {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'reports-nightly', labels },
  spec: {
    schedule: '0 3 * * *',
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Forbid',
    jobTemplate: {
      spec: {
        backoffLimit: 1,
        activeDeadlineSeconds: 900,
        template: {
          metadata: { labels },
          spec: {
            restartPolicy: 'Never',
            automountServiceAccountToken: false,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 10001,
              runAsGroup: 10001,
              seccompProfile: { type: 'RuntimeDefault' },
            },
            containers: [
              {
                name: 'nightly',
                image: 'registry.example.com/reports-nightly:1.2.0',
                env: [{ name: 'API_HOST', value: api.service.name }],
                resources: {
                  requests: { cpu: '100m', memory: '64Mi' },
                  limits: { memory: '128Mi' },
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ['ALL'] },
                },
              },
            ],
          },
        },
      },
    },
  },
});
// SedaApi closes the namespace, so the other workload names what it calls.
new ApiObject(chart, 'nightly-network', {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'reports-nightly', labels },
  spec: {
    podSelector: { matchLabels: labels },
    policyTypes: ['Ingress', 'Egress'],
    egress: [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
            podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
          },
        ],
        ports: [
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
      },
      {
        to: [{ podSelector: { matchLabels: { app: 'reports-api' } } }],
        ports: [{ protocol: 'TCP', port: 8080 }],
      },
    ],
  },
});
addWaves(chart);

app.synth();
