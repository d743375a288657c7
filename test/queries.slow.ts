import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { renderEnvironment } from '../environments/render';
import type { Manifest } from '../lib/manifests';
import { dashboardsIn, isDashboard, queriesOf } from '../ops/check/dashboards';
import { selectorsIn } from '../policy/queries';
import { production, served } from './fixtures';
import { end, freePort, type Listening, Prometheus, scrapesOf } from './prometheus';
import { withPrometheus } from './promtool';

/*
 * A real Prometheus scrapes e2e/api, and evaluates the rules of production and the queries of its dashboard. What no Node process
 * makes is written here, as kube-state-metrics, ingress-nginx and the blackbox exporter write it.
 */

const ROOT = path.join(__dirname, '..');

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
}

const { objects } = renderEnvironment(
  { ...production, prober: 'blackbox-exporter.monitoring:19115' },
  served,
);
const find = (kind: string, name?: string): Manifest =>
  objects.find(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  )!;
const groups = find('PrometheusRule').spec.groups as { name: string; rules: Rule[] }[];
const rules = groups.flatMap((group) => group.rules);
const recorded = rules.filter(({ record }) => record !== undefined);
const panels = objects
  .filter(isDashboard)
  .flatMap(dashboardsIn)
  .flatMap((dashboard) => dashboard.panels);

/** What others than the API expose. The controller counts, the other values stay. */
function othersSay(requests: number, pods: readonly string[]): string {
  const slice = 'namespace="seda-prod",endpointslice="seda-api-x7k2p"';
  const endpoint = 'namespace="seda-prod",endpoint="seda-api",ready="true"';
  const ingress = 'ingress="seda-api-ingress",controller_pod="controller-1"';
  const nginx = 'nginx_ingress_controller_requests';
  return [
    `kube_endpointslice_info{${slice}} 1`,
    ...pods.map(
      (pod) =>
        `kube_endpointslice_endpoints{${slice},ready="true",targetref_kind="Pod",targetref_name="${pod}"} 1`,
    ),
    'kube_endpoint_info{namespace="seda-prod",endpoint="seda-api"} 1',
    `kube_endpoint_address{${endpoint},ip="127.0.0.1"} 1`,
    'nginx_ingress_controller_config_last_reload_successful{controller_namespace="ingress-nginx",controller_pod="controller-1"} 1',
    `${nginx}{namespace="ingress-nginx",exported_namespace="seda-prod",${ingress},status="200"} ${requests}`,
    `${nginx}{namespace="ingress-nginx",exported_namespace="seda-prod",${ingress},status="502"} ${requests}`,
    `${nginx}{namespace="seda-prod",${ingress},status="200"} ${requests}`,
    'probe_success{namespace="seda-prod",job="seda-api-entrance",instance="https://api.seda.fm/api/v1/health"} 1',
    '',
  ].join('\n');
}

withPrometheus('what Prometheus gets from the API', () => {
  const apis: ChildProcess[] = [];
  let others: Server;
  let traffic: NodeJS.Timeout;
  let prometheus: Prometheus;

  async function startApi(colour: string): Promise<Listening> {
    const port = await freePort();
    const child = spawn(
      process.execPath,
      [path.join(ROOT, 'ops/run.cjs'), path.join(ROOT, 'e2e/api/src/main.ts')],
      {
        env: {
          PATH: process.env.PATH,
          PORT: String(port),
          E2E_HOST: '127.0.0.1',
          // Health answers 503: without an error there would be none to be seen.
          E2E_DATABASE: 'down',
          E2E_COLOUR: colour,
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    apis.push(child);
    return { name: `seda-api-${colour}-0`, port, of: find('Deployment', `seda-api-${colour}`) };
  }

  beforeAll(async () => {
    const pods = [await startApi('blue'), await startApi('green')];
    let requests = 0;
    traffic = setInterval(() => {
      requests += 1;
      for (const { port } of pods)
        for (const asked of ['version', 'health'])
          void fetch(`http://127.0.0.1:${port}/api/v1/${asked}`)
            .then((answer) => answer.text())
            .catch(() => undefined);
    }, 100);
    others = createServer((_, response) => response.end(othersSay(requests, [pods[0]!.name])));
    others.listen(0, '127.0.0.1');
    await once(others, 'listening');
    const { port } = others.address() as AddressInfo;
    prometheus = await Prometheus.start(
      [
        ...scrapesOf(find('ServiceMonitor'), objects, pods),
        {
          job_name: 'others',
          honor_labels: true,
          static_configs: [{ targets: [`127.0.0.1:${port}`] }],
        },
      ],
      { groups: groups.map((group) => ({ ...group, interval: '1s' })) },
    );
  });

  afterAll(async () => {
    clearInterval(traffic);
    await prometheus?.stop();
    await Promise.all(apis.map(end));
    others?.close();
  });

  test.each(panels.map((panel) => [String(panel.title), panel] as const))(
    'the panel "%s" draws something',
    async (_, panel) => {
      expect(queriesOf(panel)).not.toEqual([]);
      for (const query of queriesOf(panel))
        expect([query, await prometheus.hasData(query)]).toEqual([query, true]);
    },
  );

  test.each(recorded.map(({ record, expr }) => [record!, expr] as const))(
    '%s is recorded',
    async (record, expr) => {
      expect([expr, await prometheus.hasData(expr)]).toEqual([expr, true]);
      expect(await prometheus.hasData(record)).toBe(true);
    },
  );

  const read = [...new Set(rules.flatMap(({ expr }) => selectorsIn(expr)))];
  test.each(read)('%s, which a rule reads, has series', async (selector) => {
    expect(await prometheus.hasData(selector)).toBe(true);
  });

  test('every rule can be evaluated', async () => {
    expect(await prometheus.ruleErrors()).toEqual([]);
  });

  test('panels by colour have both colours, and their versions', async () => {
    const [byColour] = queriesOf(panels.find(({ title }) => title === 'Requests by colour')!);
    const labels = (await prometheus.query(byColour!)).map(({ metric }) => metric);
    const ofPods = ['blue', 'green'].map((colour) => {
      const { metadata } = find('Deployment', `seda-api-${colour}`).spec.template;
      return {
        version: colour,
        app_kubernetes_io_version: metadata.labels['app.kubernetes.io/version'],
      };
    });
    expect(labels).toHaveLength(2);
    expect(labels).toEqual(expect.arrayContaining(ofPods));
  });

  test('errors are seen: half of the requests of the API, and half of those at the entrance', async () => {
    const isHalf = async (ratio: string) => {
      const [sample] = await prometheus.query(ratio);
      return sample !== undefined && sample.value > 0.2 && sample.value < 0.8;
    };
    for (const ratio of [
      'job:slo_errors_per_request:ratio_rate5m',
      'job:entrance_unanswered_per_request:ratio_rate5m',
      queriesOf(panels.find(({ title }) => title === 'Error ratio')!)[0]!,
    ])
      expect([ratio, await prometheus.until(() => isHalf(ratio))]).toEqual([ratio, true]);
  });

  test('what the API does not expose has no data', async () => {
    const [query] = queriesOf(panels[0]!);
    const mistyped = query!.replace('http_request_duration', 'http_requests_duration');
    expect(await prometheus.query(mistyped)).toEqual([]);
    const bucket = 'http_request_duration_seconds_bucket{job="seda-api",le="0.7"}';
    expect(await prometheus.query(bucket)).toEqual([]);
  });
});
