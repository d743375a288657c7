import type { Manifest } from '../../../lib/manifests';
import { templateFaults } from '../alert-template';
import { dashboardsIn, isDashboard, queriesOf } from '../dashboards';
import { seconds } from '../duration';
import { promqlFaults } from '../promql';

const DURATION = /^(0|(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?)$/;

/** What Prometheus would not load, and the other rules of the file with it, or what it scrapes. */
export function prometheusFaults(object: Manifest): string[] {
  const { kind, spec } = object;
  if (isDashboard(object)) return dashboardFaults(object);
  if (kind === 'Probe') return timeFaults(spec ?? {});
  if (kind === 'ServiceMonitor' || kind === 'PodMonitor')
    return ((spec?.endpoints ?? spec?.podMetricsEndpoints ?? []) as Manifest[]).flatMap(timeFaults);
  if (kind !== 'PrometheusRule') return [];
  return ((spec?.groups ?? []) as Group[]).flatMap((group) => [
    ...(group.name ? [] : ['a group has no name']),
    ...durationFaults(group, ['interval']),
    ...(group.rules ?? []).flatMap(ruleFaults),
  ]);
}

function timeFaults(asked: Manifest['spec']): string[] {
  const { interval, scrapeTimeout } = asked;
  return [
    ...durationFaults(asked, ['interval', 'scrapeTimeout']),
    ...(seconds(scrapeTimeout) > seconds(interval ?? '1d')
      ? [`scrapeTimeout ${scrapeTimeout} is longer than interval ${interval}`]
      : []),
  ];
}

/** What Grafana puts in before it asks: `$__rate_interval`, `${job}`. */
const VARIABLE = /\$\{?\w+(:\w+)?\}?/g;

/** Queries that would be errors in place of lines; a text that is no dashboard is said by the rule about monitoring. */
function dashboardFaults(object: Manifest): string[] {
  try {
    return dashboardsIn(object)
      .flatMap(({ panels }) => panels.flatMap(queriesOf))
      .flatMap((query) => promqlFaults(query.replace(VARIABLE, '5m')))
      .map((fault) => `a query ${fault}`);
  } catch {
    return [];
  }
}

interface Group {
  readonly name?: string;
  readonly interval?: string;
  readonly rules?: readonly Rule[];
}

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr?: unknown;
  readonly labels?: { readonly [name: string]: unknown };
  readonly annotations?: { readonly [name: string]: unknown };
  readonly [field: string]: unknown;
}

/** Fields that only an alert has. */
const OF_ALERTS = ['for', 'keep_firing_for', 'annotations'];

function ruleFaults(rule: Rule): string[] {
  const { alert, record, expr, labels = {}, annotations = {} } = rule;
  const called = alert ?? record ?? 'a rule';
  const texts = [...Object.entries(labels), ...Object.entries(annotations)];
  return [
    ...((alert === undefined) === (record === undefined)
      ? [`${called} is ${alert === undefined ? 'neither' : 'both'} an alert and a recorded series`]
      : []),
    ...(record === undefined || /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(record)
      ? []
      : [`${JSON.stringify(record)} is no name of a series`]),
    ...OF_ALERTS.filter((field) => record !== undefined && rule[field] !== undefined).map(
      (field) => `${called} is recorded, and has ${field}, which alerts have`,
    ),
    ...durationFaults(rule, ['for', 'keep_firing_for']),
    ...texts
      .filter(([name]) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || name === '__name__')
      .map(([name]) => `${JSON.stringify(name)} is no name of a label in Prometheus`),
    ...texts
      .filter(([, value]) => typeof value !== 'string')
      .map(
        ([name, value]) =>
          `${name} of ${called} is ${JSON.stringify(value)}, expected a text in quotes`,
      ),
    ...texts.flatMap(([, value]) =>
      templateFaults(String(value)).map((fault) => `${JSON.stringify(value)} ${fault}`),
    ),
    ...promqlFaults(String(expr ?? '')).map((fault) => `${called} ${fault}`),
  ];
}

function durationFaults(object: object, fields: readonly string[]): string[] {
  const values = object as { readonly [field: string]: unknown };
  return fields
    .filter((field) => values[field] !== undefined)
    .filter((field) => values[field] === '' || !DURATION.test(String(values[field])))
    .map((field) => `${field} is ${JSON.stringify(values[field])}, expected a time such as 5m`);
}
