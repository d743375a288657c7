import type { Chart } from 'cdk8s';
import { render } from './render';
import {
  type ApiRevision,
  type InitContainer,
  SedaApi,
  type SedaApiProps,
  SedaIngress,
  type SedaIngressProps,
  SedaMonitoring,
  type SedaMonitoringProps,
  type Sidecar,
} from '../lib';
import { k8s } from '../lib/k8s';

/** A shop of a consumer, whose constructs are rendered with other props. */
export const IMAGE = 'registry.example.com/shop/api:1.4.0';
export const REVISION: ApiRevision = {
  image: IMAGE,
  replicas: 2,
  config: { LOG_LEVEL: 'info' },
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
};
export const INIT: InitContainer = {
  name: 'prepare',
  image: 'registry.example.com/tools:1.0.0',
  resources: { requests: { cpu: '10m' }, limits: { memory: '32Mi' } },
};
export const PROXY: Sidecar = { ...INIT, name: 'proxy' };
export const SHOP = { name: 'shop-api', health: { readiness: '/ready' } };
export const ROLLING = { ...SHOP, workload: { strategy: 'rolling', revision: REVISION } } as const;
export const WAY_IN = {
  name: 'shop',
  host: 'api.shop.example',
  controller: { kind: 'ingress-nginx', className: 'nginx' },
  paths: ['/v1'],
} as const;

export const service = (chart: Chart, name = 'shop-api') =>
  new k8s.KubeService(chart, name, {
    metadata: { name, labels: { 'app.kubernetes.io/instance': name } },
  });
export const api = (props: Partial<SedaApiProps>) =>
  render((chart) => void new SedaApi(chart, 'api', { ...ROLLING, ...props }));
export const rolling = (revision: Partial<ApiRevision>) =>
  api({ workload: { strategy: 'rolling', revision: { ...REVISION, ...revision } } });
export const ingress = (props: Partial<SedaIngressProps>) =>
  render(
    (chart) =>
      void new SedaIngress(chart, 'ingress', { ...WAY_IN, service: service(chart), ...props }),
  );
export const monitoring = (props: Partial<SedaMonitoringProps>) =>
  render(
    (chart) =>
      void new SedaMonitoring(chart, 'monitoring', {
        level: 'full',
        service: service(chart),
        metricsService: service(chart, 'metrics'),
        ...props,
      }),
  );
