// The smallest API: two pods that are replaced one by one.

import { INGRESS_NGINX_NAMESPACE, SedaApi, SedaNamespace } from '@seda-fm/manifests';
import { App, Chart } from 'cdk8s';

const app = new App();
const chart = new Chart(app, 'notes', { namespace: 'notes' });

new SedaNamespace(chart, 'namespace', { name: 'notes' });
new SedaApi(chart, 'api', {
  name: 'notes-api',
  port: 8080,
  health: { readiness: '/ready' },
  clientNamespaces: [INGRESS_NGINX_NAMESPACE],
  workload: {
    strategy: 'rolling',
    revision: {
      image: 'registry.example.com/notes-api:1.0.0',
      replicas: 2,
      config: { LOG_LEVEL: 'info' },
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    },
  },
});

app.synth();
