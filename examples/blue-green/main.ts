// Two colours behind ingress-nginx with TLS: blue serves, green is staged with the next version.

import {
  type ApiRevision,
  INGRESS_NGINX_NAMESPACE,
  SedaApi,
  SedaIngress,
  SedaNamespace,
} from '@seda-fm/manifests';
import { App, Chart } from 'cdk8s';

const app = new App();
const chart = new Chart(app, 'shop', { namespace: 'shop' });

const blue: ApiRevision = {
  image: 'registry.example.com/shop-api:2.3.0',
  replicas: 3,
  config: { LOG_LEVEL: 'info' },
  resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
};

new SedaNamespace(chart, 'namespace', { name: 'shop' });
const api = new SedaApi(chart, 'api', {
  name: 'shop-api',
  port: 8080,
  health: { readiness: '/ready', checks: ['database'] },
  clientNamespaces: [INGRESS_NGINX_NAMESPACE],
  egress: [{ name: 'database', ports: [5432] }],
  secret: { name: 'shop-api', env: { DATABASE_URL: 'url' } },
  workload: {
    strategy: 'blue-green',
    active: 'blue',
    blue,
    green: { ...blue, image: 'registry.example.com/shop-api:2.4.0' },
  },
});
new SedaIngress(chart, 'ingress', {
  name: 'shop-api',
  host: 'shop.example.com',
  service: api.service,
  controller: { kind: 'ingress-nginx', className: 'nginx' },
  paths: ['/api'],
  blockedPaths: ['/api/metrics'],
  maxBodySize: '10Mi',
  requestTimeoutSeconds: 30,
  tls: { secretName: 'shop-api-tls', issuer: 'letsencrypt-prod', certificate: 'explicit' },
});

app.synth();
