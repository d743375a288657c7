import { setTimeout as sleep } from 'node:timers/promises';
import type { Manifest } from '../lib/manifests';
import { dashboardsIn, isDashboard, queriesOf } from '../ops/check/dashboards';
import { selectorsIn } from '../policy/queries';
import type { PrometheusApi } from '../test/prometheus-api';
import { sayUnavailable, testsOn } from './fixture';
import type { Load } from './node/load';
import { buildMonitoring, startMonitoring } from './node/monitoring';
import { until } from './node/production';
import { type Started, startProduction } from './node/start';

/*
 * dist/production on a real node, watched by a Prometheus that Prometheus Operator has configured from what is deployed, and
 * kube-state-metrics. An ingress controller and a blackbox exporter are not there: test/queries.slow.ts plays them.
 */

/** What they would expose, and what is recorded of that. */
const NOT_HERE = /nginx_ingress_controller|probe_success|entrance/;

let started: Started | undefined;
let node: Started['node'];
let production: Started['production'];
let prometheus: PrometheusApi;
let load: Load;
const onNode = testsOn('real node', () => started);

async function items(kinds: string): Promise<Manifest[]> {
  const { items } = await node.kubectlJson<{ items: Manifest[] }>(
    ...['--namespace=seda-prod', 'get', kinds],
  );
  return items;
}

const firing = async (alert: string) =>
  (await prometheus.query(`ALERTS{alertname="${alert}",alertstate="firing"}`)).length > 0;
const rules = async () =>
  (await items('prometheusrules')).flatMap(({ spec }) =>
    (spec.groups as { rules: { alert?: string; record?: string; expr: string }[] }[]).flatMap(
      (group) => group.rules,
    ),
  );

beforeAll(async () => {
  const monitoring = await buildMonitoring().catch(sayUnavailable);
  if (!monitoring) return;
  const builds = ['1.0.0', '1.1.0'].map((tag) => ({ tag }));
  started =
    (await startProduction(builds, '1.0.0', monitoring.images).catch(sayUnavailable)) ?? undefined;
  if (!started) return;
  ({ node, production } = started);
  await production.deploy();
  prometheus = await startMonitoring(node, monitoring);
  const address = (
    await production.kubectl('get', 'service', 'seda-api', '--output=jsonpath={.spec.clusterIP}')
  ).trim();
  load = node.load(
    ['version', 'health'].map((name) => ({
      ...{ name, kind: 'kept', rate: 20 },
      url: `http://${address}/api/v1/${name}`,
    })),
  );
  await started!.project.stageInProduction('1.1.0');
  await production.deploy();
  await until('requests are counted', async () => {
    const counted = 'sum by (version) (rate(http_request_duration_seconds_count[2m])) > 0';
    return (await prometheus.query(counted)).length === 2;
  });
  console.log(`Kubernetes ${node.version}, Prometheus ${monitoring.version}`);
});

afterAll(async () => {
  await load?.stop().catch(() => undefined);
  await started?.stop();
});

describe('a Prometheus that its operator configures', () => {
  onNode(
    'scrapes every pod of both colours, under the labels that rules and panels ask for',
    async () => {
      const pods = (await items('pods')).filter(
        ({ metadata }) => metadata.labels?.app === 'seda-api',
      );
      const expected = pods.map(({ metadata }) => ({
        __name__: 'up',
        namespace: 'seda-prod',
        job: 'seda-api',
        service: 'seda-api-metrics',
        endpoint: 'http',
        container: 'seda-api',
        pod: metadata.name,
        instance: expect.stringMatching(/^[\d.]+:3001$/),
        version: metadata.labels!.version,
        app_kubernetes_io_version: metadata.labels!['app.kubernetes.io/version'],
      }));
      expect(expected).toHaveLength(6);
      const up = await prometheus.query('up{job="seda-api"} == 1');
      expect(up.map(({ metric }) => metric)).toEqual(expect.arrayContaining(expected));
      expect(up).toHaveLength(6);
    },
  );

  onNode('has what every panel draws', async () => {
    const queries = (await items('configmaps'))
      .filter(isDashboard)
      .flatMap(dashboardsIn)
      .flatMap(({ panels }) => panels)
      .flatMap(queriesOf)
      .filter((query) => !NOT_HERE.test(query));
    expect(queries.length).toBeGreaterThan(5);
    for (const query of queries)
      expect([query, await prometheus.hasData(query)]).toEqual([query, true]);
  });

  onNode('has what every rule reads, and evaluates it', async () => {
    const expressions = (await rules()).map(({ expr }) => expr);
    const read = new Set(expressions.flatMap(selectorsIn).filter((one) => !NOT_HERE.test(one)));
    const isOfEndpoints = (selector: string) => selector.startsWith('kube_');
    for (const selector of [...read].filter((one) => !isOfEndpoints(one)))
      expect([selector, await prometheus.hasData(selector)]).toEqual([selector, true]);
    // One kube-state-metrics tells of EndpointSlices, another one of Endpoints: rules read either.
    const slices = [...read].filter((selector) => selector.startsWith('kube_endpointslice'));
    expect(slices).not.toEqual([]);
    for (const selector of slices)
      expect([selector, await prometheus.hasData(selector)]).toEqual([selector, true]);
    expect(await prometheus.ruleErrors()).toEqual([]);
  });

  onNode('records what alerts compare', async () => {
    const recorded = (await rules()).flatMap(({ record = '' }) =>
      record === '' || NOT_HERE.test(record) ? [] : [record],
    );
    expect(recorded.length).toBeGreaterThan(5);
    for (const record of recorded)
      expect([record, await prometheus.hasData(record)]).toEqual([record, true]);
  });

  onNode('counts errors of the pods that serve', async () => {
    const ratio = 'job:slo_errors_per_request:ratio_rate5m{namespace="seda-prod",job="seda-api"}';
    const errors = async () => (await prometheus.query(ratio))[0]?.value;
    expect(await errors()).toBe(0);
    const serving = `--selector=app=seda-api,version=${await production.active()}`;
    const pods = await production.kubectl('get', 'pods', serving, '--output=name');
    const toggle = () =>
      Promise.all(
        pods
          .trim()
          .split('\n')
          .map((pod) => production.kubectl('exec', pod, '--', 'sh', '-c', 'kill -USR2 1')),
      );
    await toggle();
    await sleep(3000);
    await toggle();
    await until('errors are seen', async () => ((await errors()) ?? 0) > 0);
  });

  onNode('alerts when the Service leads to nobody, and no longer than that', async () => {
    const alert = 'SedaApiServiceWithoutEndpoints';
    const active = await production.active();
    expect(await firing(alert)).toBe(false);
    await production.point('nobody');
    await until(`${alert} fires`, () => firing(alert));
    await production.point(active);
    await until(`${alert} ends`, async () => !(await firing(alert)));
  });
});
