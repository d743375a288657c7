import { join } from 'node:path';
import { buildModule } from '../cluster/build';
import { versionOf } from '../cluster/modules';
import type { Node } from '../node';
import type { ProgramImage } from './images';
import { administratorOf, createAll } from './install';
import { until } from './production';

/** Where the controller is, and its proxies beside it. */
export const NAMESPACE = 'envoy-gateway-system';
const IMAGE = 'localhost/envoy-gateway:1';
/** The Gateway that routes attach to, as a platform team would provide it. */
export const GATEWAY = { name: 'public', namespace: 'gateways' };

/** What of Envoy Gateway a node runs. */
export interface GatewayPrograms {
  /** Folder of the controller and of the custom resource definitions, those of the Gateway API among them. */
  readonly controller: string;
  readonly versions: string;
  readonly images: readonly ProgramImage[];
}

/** @throws ClusterUnavailable where a program cannot be had */
export async function buildGateway(): Promise<GatewayPrograms> {
  const controller = await buildModule('envoy-gateway');
  const envoy = await buildModule('envoy');
  return {
    controller,
    versions: `Envoy Gateway ${versionOf('envoy-gateway')}, Envoy ${versionOf('envoy')}`,
    images: [{ name: IMAGE, programs: [join(controller, 'envoy-gateway'), join(envoy, 'envoy')] }],
  };
}

/**
 * Starts Envoy Gateway, as its chart installs it but for what one node has no use for: the rate limit service, the injector of
 * zones and the election of a leader.
 *
 * @returns the address of the Gateway's proxy
 */
export async function startGateway(node: Node, { controller }: GatewayPrograms): Promise<string> {
  const crds = join(controller, 'crds');
  await node.run([
    ...['apply', '--server-side', '--force-conflicts', '--output=name'],
    ...[
      `--filename=${join(crds, 'gatewayapi-crds.yaml')}`,
      `--filename=${join(crds, 'generated')}`,
    ],
  ]);
  await node.run(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  await createAll(node, objects());
  const kubectl = (...args: string[]) => node.run([`--namespace=${NAMESPACE}`, ...args]);
  await kubectl('rollout', 'status', 'deployment/envoy-gateway', '--timeout=120s').catch(
    async ({ message }: Error) => {
      throw new Error(`${message}; ${await kubectl('get', 'pods', '--output=wide')}`);
    },
  );
  await node.run([
    ...[`--namespace=${GATEWAY.namespace}`, 'wait', `gateway/${GATEWAY.name}`],
    ...['--for=condition=Programmed', '--timeout=120s'],
  ]);
  const selector = `--selector=gateway.envoyproxy.io/owning-gateway-name=${GATEWAY.name}`;
  const path = '--output=jsonpath={.items[*].spec.clusterIP}';
  let address = '';
  await until('the proxy has an address', async () => {
    address = (await kubectl('get', 'services', selector, path)).trim();
    return address !== '';
  });
  return address;
}

const metadata = { name: 'envoy-gateway', namespace: NAMESPACE };
const labels = { 'control-plane': 'envoy-gateway' };

const SETTINGS = {
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'EnvoyGateway',
  gateway: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' },
  provider: {
    type: 'Kubernetes',
    kubernetes: {
      leaderElection: { disable: true },
      proxyTopologyInjector: { disable: true },
      shutdownManager: { image: IMAGE },
    },
  },
};

const pod = (args: readonly string[]) => ({
  serviceAccountName: metadata.name,
  containers: [
    {
      name: metadata.name,
      image: IMAGE,
      command: ['envoy-gateway', ...args],
      env: [
        {
          name: 'ENVOY_GATEWAY_NAMESPACE',
          valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } },
        },
      ],
      volumeMounts: [
        { name: 'settings', mountPath: '/config', readOnly: true },
        { name: 'certificates', mountPath: '/certs', readOnly: true },
      ],
    },
  ],
  volumes: [
    { name: 'settings', configMap: { name: metadata.name } },
    // The certificates of the controller and its proxies, which another pod makes.
    {
      name: 'certificates',
      secret: { secretName: metadata.name, optional: args[0] === 'certgen' },
    },
  ],
});

function objects(): object[] {
  const proxy = { name: 'node', namespace: NAMESPACE };
  return [
    ...administratorOf(metadata),
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: GATEWAY.namespace } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { 'envoy-gateway.yaml': JSON.stringify(SETTINGS) },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'certificates', namespace: NAMESPACE },
      spec: { ...pod(['certgen', '--disable-topology-injector']), restartPolicy: 'OnFailure' },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...metadata, labels },
      spec: { selector: labels, ports: [{ name: 'grpc', port: 18000 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: pod(['server', '--config-path=/config/envoy-gateway.yaml']),
        },
      },
    },
    {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'EnvoyProxy',
      metadata: proxy,
      spec: {
        provider: {
          type: 'Kubernetes',
          kubernetes: {
            envoyDeployment: { container: { image: IMAGE } },
            // There is no load balancer that would give an address.
            envoyService: { type: 'ClusterIP' },
          },
        },
      },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: 'envoy' },
      spec: {
        controllerName: SETTINGS.gateway.controllerName,
        parametersRef: { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', ...proxy },
      },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: GATEWAY,
      spec: {
        gatewayClassName: 'envoy',
        // Nobody signs certificates here, so that the listener of that name speaks plain HTTP.
        listeners: [
          ['http', 80],
          ['https', 443],
        ].map(([name, port]) => ({
          ...{ name, port, protocol: 'HTTP' },
          allowedRoutes: { namespaces: { from: 'All' } },
        })),
      },
    },
  ];
}
