import { ofKind, type Unsafe, unsafeFrom } from './transition';
import { adds, edits, find, removes, rewritesObject, sets, type Thing } from './tree';

const DASHBOARD = 'production/ConfigMap/seda-api-dashboard';

const promoted = unsafeFrom('promoted');
const blind = (name: string, why: string, change: Unsafe['change']) =>
  promoted(name, 15, why, change);

/** Changes the dashboard that a ConfigMap holds. */
const draws = (change: (dashboard: Thing) => void): Unsafe['change'] =>
  edits(DASHBOARD, ({ data }) => {
    const [file] = Object.keys(data);
    const dashboard = JSON.parse(data[file!]);
    change(dashboard);
    data[file!] = JSON.stringify(dashboard, null, 2);
  });

const queries = (change: (expr: string) => string): Unsafe['change'] =>
  draws(({ panels }) => {
    for (const { targets } of panels) targets[0].expr = change(targets[0].expr);
  });

const again = (environment: string, namespace: string): Unsafe['change'] => {
  return (tree, world) => {
    const { data, ...object } = find(tree, DASHBOARD);
    const metadata = { ...object.metadata, name: 'again', namespace };
    adds(`${environment}/50-again.k8s.yaml`, { ...object, metadata, data })(tree, world);
  };
};

export const DASHBOARDS = ofKind<Unsafe>('a dashboard shows nothing of what is', [
  blind(
    'Grafana does not load the dashboard',
    'its sidecar selects it by this label',
    sets(DASHBOARD, 'metadata labels grafana_dashboard', undefined),
  ),
  blind('no dashboard', 'who is paged sees nothing', removes(DASHBOARD)),
  blind(
    'a dashboard without panels',
    'who is paged sees nothing',
    draws((dashboard) => (dashboard.panels = [])),
  ),
  blind(
    'a panel less',
    'who is paged for errors sees none',
    draws(({ panels }) => panels.splice(1, 1)),
  ),
  blind(
    'panels of text',
    'they have the queries, and draw none',
    draws(({ panels }) => {
      for (const panel of panels) panel.type = 'text';
    }),
  ),
  blind(
    'a query that is hidden',
    'the panel is empty',
    draws(({ panels }) => (panels[1].targets[0].hide = true)),
  ),
  blind(
    'queries times 0',
    'all is well, whatever happens',
    queries((expr) => `(${expr}) * 0`),
  ),
  blind(
    'a metric that does not exist',
    'the panels are empty, whatever happens',
    queries((expr) => expr.replaceAll('http_request_duration', 'http_requests_duration')),
  ),
  blind(
    'the requests of another environment',
    'all is well there',
    queries((expr) => expr.replaceAll('seda-prod', 'seda-qa')),
  ),
  blind(
    'no error is one',
    'the ratio of errors is 0, whatever happens',
    queries((expr) => expr.replaceAll('5..', '6..')),
  ),
  blind(
    'another source of data',
    'it knows none of the metrics',
    draws(({ templating }) => (templating.list[0].query = 'loki')),
  ),
  blind(
    'a panel of another source',
    'it knows none of the metrics',
    draws(({ panels }) => (panels[0].datasource.type = 'loki')),
  ),
  blind(
    'an axis that ends at a tenth of what is',
    'a rise looks like none',
    draws(({ panels }) => (panels[1].fieldConfig.defaults.max = 0.0001)),
  ),
  blind(
    'the uid of another environment',
    'Grafana shows one of the two',
    draws((dashboard) => (dashboard.uid = 'seda-qa-seda-api')),
  ),
  blind(
    'a uid that nobody knows',
    'the links of those who are paged lead nowhere',
    draws((dashboard) => (dashboard.uid = 'production')),
  ),
  blind('the uid twice', 'Grafana shows one of the two', again('production', 'seda-prod')),
  blind(
    'the uid twice, in another environment',
    'Grafana shows one of the two',
    again('qa', 'seda-qa'),
  ),
  blind(
    'a text that is no dashboard',
    'Grafana loads nothing',
    rewritesObject(DASHBOARD, (text) => text.replace('"panels": [', '"panels": [[')),
  ),
  blind(
    'a panel more whose query is not PromQL',
    'it is an error in place of lines',
    draws(({ panels }) =>
      panels.push({ ...panels[0], id: 7, targets: [{ refId: 'A', expr: 'sum(rate(up))' }] }),
    ),
  ),
]);
