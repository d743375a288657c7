import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrometheusApi } from '../../test/prometheus-api';
import { buildModule, lastLines } from '../cluster/build';
import type { Node } from '../node';
import { NODE_ADDRESS } from './configuration';
import type { ProgramImage } from './images';
import { administratorOf, createAll } from './install';
import { until } from './production';

const NAMESPACE = 'monitoring';
const PROMETHEUS = 'localhost/prometheus:1';
const RELOADER = 'localhost/prometheus-config-reloader:1';
const OPERATOR = 'localhost/prometheus-operator:1';
/** Where kube-state-metrics listens on the node. */
const STATE_PORT = 8080;

/** What of monitoring a node runs. */
export interface MonitoringPrograms {
  /** Folder of Prometheus, its operator, and the operator's custom resource definitions. */
  readonly operator: string;
  readonly stateMetrics: string;
  /** Of Prometheus. */
  readonly version: string;
  readonly images: readonly ProgramImage[];
}

/** @throws ClusterUnavailable where a program cannot be built */
export async function buildMonitoring(): Promise<MonitoringPrograms> {
  const operator = await buildModule('prometheus-operator');
  const stateMetrics = join(await buildModule('kube-state-metrics'), 'kube-state-metrics');
  const image = (name: string, program: string): ProgramImage => ({
    name,
    programs: [join(operator, program)],
  });
  return {
    ...{ operator, stateMetrics, version: prometheusVersion() },
    images: [
      image(PROMETHEUS, 'prometheus'),
      image(RELOADER, 'prometheus-config-reloader'),
      image(OPERATOR, 'operator'),
    ],
  };
}

/** As a Go module, Prometheus 3.13.1 is v0.313.1. */
function prometheusVersion(): string {
  const pins = join(__dirname, '../cluster/prometheus-operator/go.mod');
  const text = readFileSync(pins, 'utf8');
  const [, major, minor, patch] = /github\.com\/prometheus\/prometheus v0\.(\d)(\d\d)\.(\d+)/.exec(
    text,
  )!;
  return `${major}.${Number(minor)}.${patch}`;
}

/**
 * Starts Prometheus Operator and kube-state-metrics, and has the operator start a Prometheus for everything with the label
 * that a kube-prometheus-stack asks for.
 */
export async function startMonitoring(
  node: Node,
  { operator, stateMetrics, version }: MonitoringPrograms,
): Promise<PrometheusApi> {
  const crds = join(operator, 'prometheus-operator-crd');
  await node.run(['apply', '--server-side', '--force-conflicts', '-f', crds, '-o', 'name']);
  node.begin('kube-state-metrics', stateMetrics, [
    `--kubeconfig=${node.kubeconfig}`,
    ...[`--host=${NODE_ADDRESS}`, `--port=${STATE_PORT}`, `--telemetry-host=${NODE_ADDRESS}`],
  ]);
  await createAll(node, objects(version));

  const pod = `/api/v1/namespaces/${NAMESPACE}/pods/prometheus-node-0:9090/proxy`;
  const get = (path: string) => node.run(['get', `--raw=${pod}${path}`]);
  await until('Prometheus is ready', () =>
    get('/-/ready').then(
      () => true,
      () => false,
    ),
  ).catch(async ({ message }: Error) => {
    const said = await node
      .run(['--namespace', NAMESPACE, 'logs', 'prometheus-node-0', '--tail=5', '-c', 'prometheus'])
      .catch(lastLines);
    throw new Error(`${message}; it says: ${said}`);
  });
  return new PrometheusApi(get);
}

function objects(version: string): object[] {
  const metadata = { name: 'node', namespace: NAMESPACE };
  const everywhere = {};
  const selected = { matchLabels: { release: 'kube-prometheus-stack' } };
  return [
    ...administratorOf(metadata),
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'prometheus-operator', namespace: NAMESPACE },
      spec: {
        serviceAccountName: metadata.name,
        containers: [
          {
            name: 'operator',
            image: OPERATOR,
            args: [`--prometheus-config-reloader=${RELOADER}`],
          },
        ],
      },
    },
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'Prometheus',
      metadata,
      spec: {
        replicas: 1,
        image: PROMETHEUS,
        version: `v${version}`,
        serviceAccountName: metadata.name,
        ...{ serviceMonitorNamespaceSelector: everywhere, serviceMonitorSelector: selected },
        ...{ ruleNamespaceSelector: everywhere, ruleSelector: selected },
        scrapeConfigSelector: everywhere,
        evaluationInterval: '5s',
        securityContext: { runAsUser: 1000, runAsNonRoot: true, fsGroup: 2000 },
      },
    },
    {
      apiVersion: 'monitoring.coreos.com/v1alpha1',
      kind: 'ScrapeConfig',
      metadata: { name: 'kube-state-metrics', namespace: NAMESPACE },
      spec: {
        staticConfigs: [{ targets: [`${NODE_ADDRESS}:${STATE_PORT}`] }],
        honorLabels: true,
        scrapeInterval: '5s',
        scrapeTimeout: '5s',
      },
    },
  ];
}
