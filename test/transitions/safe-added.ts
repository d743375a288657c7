import { qa } from '../fixtures';
import { budget, caller, configMap, cronJob, deployment, policy, service } from './neighbours';
import { PREVIEWS_ON } from './states';
import { ofKind, type Safe } from './transition';
import { adds, all, edits, rewritesObject, sets, type Thing } from './tree';
import { decides, founds, type Edit, rerenders } from './world';

const RULES = 'production/PrometheusRule/seda-api';
const FILE = 'production/50-report.k8s.yaml';

const source = (name: string, from: string, ...edits: readonly Edit[]): Omit<Safe, 'kind'> => ({
  name,
  from,
  change: rerenders(...edits),
});

/** What `seda synth` writes where an environment has a kind for the first time. */
const allowsCronJobs = (environment: string) =>
  sets(`argocd/AppProject/seda-${environment}`, 'spec namespaceResourceWhitelist -', {
    group: 'batch',
    kind: 'CronJob',
  });

const hand = (name: string, from: string, change: Safe['change']): Omit<Safe, 'kind'> => ({
  name,
  from,
  change,
});

const staging = {
  ...qa,
  name: 'staging',
  namespace: 'seda-staging',
  domain: 'api-staging.seda.fm',
  workload: 'seda-api-staging',
};

export const ADDED = ofKind<Safe>('something is added', [
  source(
    'an environment with its Application',
    'promoted',
    founds(staging, { image: 'ghcr.io/seda-fm/seda-api:develop' }),
  ),
  source(
    'an alert',
    'promoted',
    decides('production', {
      alerts: [
        {
          name: 'QueueTooLong',
          expr: 'queue_length{namespace="seda-prod"} > 100',
          severity: 'ticket',
          summary: 'the queue is too long',
          runbookUrl: 'https://runbooks.example.com/queue',
        },
      ],
    }),
  ),
  hand(
    'an environment of its own in the namespace of another one',
    'promoted',
    adds('report/all.k8s.yaml', deployment, service, configMap, policy(), budget),
  ),
  source(
    'an exporter that asks for the hosts',
    'promoted',
    decides('production', { prober: 'blackbox-exporter.monitoring:19115' }),
  ),
  source(
    'a host that the exporter asks for',
    'rich: promoted',
    decides('production', { extraHosts: ['api2.seda.fm', 'api3.seda.fm'] }),
  ),
  hand(
    'a workload that calls a Service, whose pods listen on another port',
    'promoted',
    adds(FILE, caller, service, policy(8080)),
  ),
  hand(
    'hosts are asked for more often',
    'rich: promoted',
    sets('production/Probe/seda-api-entrance', 'spec interval', '15s'),
  ),
  source('a host', 'promoted', decides('production', { extraHosts: ['api2.seda.fm'] })),
  source('a host of qa', 'retired', decides('qa', { extraHosts: ['api2-qa.seda.fm'] })),
  source(
    'a host behind a Gateway',
    'gateway: promoted',
    decides('production', { extraHosts: ['api2.seda.fm'] }),
  ),
  source(
    'times in which nothing is synced',
    'promoted',
    decides('production', {
      argocd: {
        cluster: { server: 'https://kubernetes.default.svc' },
        syncWindows: [{ kind: 'deny', schedule: '0 16 * * FRI', duration: '64h' }],
      },
    }),
  ),
  source('previews of pull requests', 'promoted', (world) => ({
    ...world,
    previews: PREVIEWS_ON,
  })),
  hand('a workload that nobody calls', 'promoted', adds(FILE, deployment, policy(443))),
  hand('a workload with a Service', 'promoted', adds(FILE, deployment, service, policy(443))),
  hand(
    'a CronJob',
    'promoted',
    all(adds(FILE, cronJob, policy(443)), allowsCronJobs('production')),
  ),
  hand('a ConfigMap', 'promoted', adds(FILE, configMap)),
  hand(
    'a CronJob of sandbox',
    'retired',
    all(
      adds('sandbox/50-report.k8s.yaml', {
        ...cronJob,
        metadata: { ...cronJob.metadata, namespace: 'seda-sandbox' },
      }),
      allowsCronJobs('sandbox'),
    ),
  ),
  hand('a budget for a worker', 'with a worker', adds(FILE, budget)),
  hand(
    'a CronJob of a shop',
    'shop: promoted',
    adds('shop/50-report.k8s.yaml', {
      ...cronJob,
      metadata: { ...cronJob.metadata, namespace: 'shop', name: 'link-preview-blue-report' },
    }),
  ),
  hand(
    'an alert of the own group, by hand',
    'promoted',
    edits(RULES, ({ spec: { groups } }: Thing) => {
      groups.push({
        name: 'seda-api-more',
        rules: [
          {
            alert: 'SedaApiRestarts',
            expr: 'increase(kube_pod_container_status_restarts_total{namespace="seda-prod"}[15m]) > 3',
            labels: { severity: 'ticket', namespace: 'seda-prod', team: 'platform' },
          },
        ],
      });
    }),
  ),
]);

export const WORDS = ofKind<Safe>('what nothing reads', [
  hand(
    'a label of the serving Deployment',
    'promoted',
    sets('production/Deployment/seda-api-blue', 'metadata labels owner', 'platform'),
  ),
  hand(
    'a label of the switch',
    'promoted',
    sets('production/Service/seda-api', 'metadata labels owner', 'platform'),
  ),
  hand(
    'an annotation of the Ingress with a description',
    'promoted',
    sets(
      'production/Ingress/seda-api-ingress',
      'metadata annotations kubernetes.io/description',
      'the entrance',
    ),
  ),
  hand(
    'a label of the Namespace',
    'promoted',
    sets('production/Namespace/seda-prod', 'metadata labels owner', 'platform'),
  ),
  hand(
    'the description of the project',
    'promoted',
    sets('argocd/AppProject/seda-production', 'spec description', 'Production'),
  ),
  hand(
    'a line of information of the Application',
    'promoted',
    sets('argocd/Application/seda-production', 'spec info', [{ name: 'owner', value: 'platform' }]),
  ),
  hand(
    'the summary of an alert',
    'promoted',
    edits(RULES, ({ spec: { groups } }: Thing) => {
      groups[0].rules[0].annotations.summary = 'nobody answers';
    }),
  ),
  hand(
    'the page of an alert',
    'promoted',
    edits(RULES, ({ spec: { groups } }: Thing) => {
      groups[0].rules[0].annotations.runbook_url = 'https://runbooks.example.com/down';
    }),
  ),
  hand(
    'a panel of the dashboard',
    'promoted',
    edits('production/ConfigMap/seda-api-dashboard', ({ data }: Thing) => {
      const [file] = Object.keys(data);
      const dashboard = JSON.parse(data[file!]);
      dashboard.panels.push({ ...dashboard.panels[0], id: 7, title: 'Requests' });
      data[file!] = JSON.stringify(dashboard, null, 2);
    }),
  ),
  hand(
    'the places and the names of panels',
    'promoted',
    edits('production/ConfigMap/seda-api-dashboard', ({ data }: Thing) => {
      const [file] = Object.keys(data);
      const dashboard = JSON.parse(data[file!]);
      dashboard.refresh = '1m';
      dashboard.panels.reverse();
      dashboard.panels[0].title = 'Memory';
      dashboard.panels[0].gridPos.w = 24;
      data[file!] = JSON.stringify(dashboard);
    }),
  ),
  hand(
    'a dashboard beside the other one',
    'promoted',
    edits('production/ConfigMap/seda-api-dashboard', ({ data }: Thing) => {
      const [file] = Object.keys(data);
      const dashboard = JSON.parse(data[file!]);
      const [panel] = dashboard.panels;
      const expr = 'sum(rate(process_cpu_seconds_total{namespace="seda-prod"}[$__rate_interval]))';
      panel.targets[0].expr = expr;
      data['cpu.json'] = JSON.stringify({ ...dashboard, uid: 'seda-prod-cpu', panels: [panel] });
    }),
  ),
  hand(
    'the title of the dashboard',
    'promoted',
    rewritesObject('production/ConfigMap/seda-api-dashboard', (text) =>
      text.replace('"title": "seda-prod-seda-api"', '"title": "seda.fm API"'),
    ),
  ),
]);
