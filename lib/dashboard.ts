import { type RuleContext, targets } from './alert';

interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly expr: string;
  readonly legend: string;
}

const WIDTH = 12;
const HEIGHT = 8;

/** Labels of the pods: the colour, where there are colours, and the version. */
const COLOUR = 'version, app_kubernetes_io_version';

/** A Grafana dashboard (schema 39): rate, errors and duration by colour, and Node's own state. */
export function dashboard(context: RuleContext): object {
  return {
    uid: dashboardName(context).slice(-40),
    title: dashboardName(context),
    tags: ['seda'],
    schemaVersion: 39,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus' }] },
    panels: panels(context).map((panel, index) => ({
      id: index + 1,
      type: 'timeseries',
      title: panel.title,
      datasource: { type: 'prometheus', uid: '${datasource}' },
      gridPos: { h: HEIGHT, w: WIDTH, x: (index % 2) * WIDTH, y: Math.floor(index / 2) * HEIGHT },
      fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
      targets: [{ refId: 'A', expr: panel.expr, legendFormat: panel.legend }],
    })),
  };
}

/** One name for each namespace; Grafana's uid allows 40 characters. */
export function dashboardName({ namespace, name }: RuleContext): string {
  return namespace === undefined ? name : `${namespace}-${name}`;
}

function panels(context: RuleContext): Panel[] {
  const all = targets(context);
  const { requestDuration, statusLabel, eventLoopLag } = context;
  const errors = `sum(rate(${requestDuration}_count{${all},${statusLabel}=~"5.."}[5m]))`;
  return [
    {
      title: 'Requests by colour',
      unit: 'reqps',
      legend: '{{version}} {{app_kubernetes_io_version}}',
      expr: `sum by (${COLOUR}) (rate(${requestDuration}_count{${all}}[5m]))`,
    },
    {
      title: 'Error ratio',
      unit: 'percentunit',
      legend: 'errors',
      expr: `(${errors} or vector(0)) / sum(rate(${requestDuration}_count{${all}}[5m]))`,
    },
    {
      title: 'Duration, 99th percentile by colour',
      unit: 's',
      legend: '{{version}} {{app_kubernetes_io_version}}',
      expr: `histogram_quantile(0.99, sum by (le, ${COLOUR}) (rate(${requestDuration}_bucket{${all}}[5m])))`,
    },
    {
      title: 'Pods that answer, by colour',
      unit: 'short',
      legend: '{{version}} {{app_kubernetes_io_version}}',
      expr: `sum by (${COLOUR}) (up{${all}})`,
    },
    {
      title: 'Event loop lag, 99th percentile',
      unit: 's',
      legend: '{{pod}}',
      expr: `max by (pod) (${eventLoopLag}{${all}})`,
    },
    {
      title: 'Heap in use',
      unit: 'bytes',
      legend: '{{pod}}',
      expr: `max by (pod) (nodejs_heap_size_used_bytes{${all}})`,
    },
  ];
}
