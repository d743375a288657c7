import {
  PrometheusRuleSpecGroups,
  PrometheusRuleSpecGroupsRules,
  PrometheusRuleSpecGroupsRulesExpr,
} from '../imports/monitoring.coreos.com';

/** What the rules are about, with every default applied. */
export interface RuleContext {
  readonly name: string;
  readonly namespace?: string;
  readonly requestDuration: string;
  readonly statusLabel: string;
  readonly eventLoopLag: string;
  /** Promised share of requests without a server error, 0 to 1. */
  readonly availability: number;
  /** Promised share of requests within `latencySeconds`, 0 to 1. */
  readonly latency: number;
  readonly latencySeconds: number;
  readonly team?: string;
  readonly runbookUrl?: string;
  /** Address of the runbook of one alert, in place of a heading on the page of `runbookUrl`. */
  readonly ownRunbookUrl?: string;
}

type Severity = 'page' | 'ticket';

/**
 * Multi-window, multi-burn-rate alerts of Google's SRE workbook, chapter 5, for a budget of 30 days:
 * the share of the budget that is gone in the long window divided by that window's share of the month.
 */
const BURN_RATES: readonly {
  readonly severity: Severity;
  readonly long: string;
  readonly short: string;
  readonly factor: number;
}[] = [
  { severity: 'page', long: '1h', short: '5m', factor: 14.4 },
  { severity: 'page', long: '6h', short: '30m', factor: 6 },
  { severity: 'ticket', long: '1d', short: '2h', factor: 3 },
  { severity: 'ticket', long: '3d', short: '6h', factor: 1 },
];

const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'];

/** The API answers, and its Service has somebody behind it. */
export function availabilityRules(context: RuleContext): PrometheusRuleSpecGroups {
  const { name } = context;
  return {
    name: `${name}-availability`,
    rules: [
      alert(
        context,
        'Down',
        'page',
        '3m',
        `absent(up{${targets(context)}} == 1)`,
        `no pod of ${name} answers Prometheus`,
      ),
      alert(
        context,
        'ServiceWithoutEndpoints',
        'page',
        '1m',
        serviceWithoutEndpoints(context),
        `the Service ${name} selects no ready pod, so every request fails`,
      ),
    ],
  };
}

/**
 * From kube-state-metrics, which collects EndpointSlices or, before version 7 of its chart, Endpoints.
 * A Service whose metrics are missing altogether does not fire: that is a fault of the monitoring.
 */
function serviceWithoutEndpoints(context: RuleContext): string {
  const slice = `endpointslice=~"${context.name}-[a-z0-9]+"`;
  const endpoint = `endpoint="${context.name}"`;
  const series = (metric: string, ...more: string[]) =>
    `kube_${metric}{${matchers(context, ...more)}}`;
  const known = `${series('endpointslice_info', slice)} or ${series('endpoint_info', endpoint)}`;
  const ready = `${series('endpointslice_endpoints', slice, 'ready="true"')} == 1 or ${series('endpoint_address', endpoint, 'ready="true"')} == 1`;
  return `group by (namespace) (${known})\nunless on (namespace)\n(${ready})`;
}

/** Errors of the server against the error budget. */
export function sloRules(context: RuleContext): PrometheusRuleSpecGroups {
  const count = `${context.requestDuration}_count`;
  const errors = (window: string) =>
    `sum(rate(${count}{${targets(context)},${context.statusLabel}=~"5.."}[${window}]))`;
  const all = (window: string) => `sum(rate(${count}{${targets(context)}}[${window}]))`;
  return burnRateGroup(context, {
    group: 'availability-slo',
    metric: 'slo_errors_per_request',
    ratio: (window) => `(${errors(window)} or vector(0)) / ${all(window)}`,
    budget: 1 - context.availability,
    alert: 'ErrorBudgetBurn',
    summary: `${context.name} answers too many requests with an error`,
  });
}

/** Requests that take too long against the latency budget. */
export function latencyRules(context: RuleContext): PrometheusRuleSpecGroups {
  const rate = (series: string, window: string) =>
    `sum(rate(${context.requestDuration}_${series}[${window}]))`;
  const fast = `bucket{${targets(context)},${le(context.latencySeconds)}}`;
  return burnRateGroup(context, {
    group: 'latency-slo',
    metric: 'slo_slow_per_request',
    ratio: (window) => `1 - ${rate(fast, window)} / ${rate(`count{${targets(context)}}`, window)}`,
    budget: 1 - context.latency,
    alert: 'LatencyBudgetBurn',
    summary: `${context.name} answers too many requests in over ${context.latencySeconds} s`,
  });
}

/** Trouble of Node itself, which shows before requests fail. */
export function runtimeRules(context: RuleContext): PrometheusRuleSpecGroups {
  return {
    name: `${context.name}-runtime`,
    rules: [
      alert(
        context,
        'EventLoopLag',
        'ticket',
        '10m',
        `max by (pod) (${context.eventLoopLag}{${targets(context)}}) > 0.2`,
        `the event loop of {{ $labels.pod }} is blocked for over 200 ms`,
      ),
    ],
  };
}

interface BurnRate {
  readonly group: string;
  readonly metric: string;
  readonly ratio: (window: string) => string;
  readonly budget: number;
  readonly alert: string;
  readonly summary: string;
}

function burnRateGroup(context: RuleContext, burn: BurnRate): PrometheusRuleSpecGroups {
  const record = (window: string) => `job:${burn.metric}:ratio_rate${window}`;
  const series = (window: string) => `${record(window)}{${targets(context)}}`;
  const recordings = WINDOWS.map((window) => ({
    record: record(window),
    labels: {
      job: context.name,
      ...(context.namespace === undefined ? {} : { namespace: context.namespace }),
    },
    expr: PrometheusRuleSpecGroupsRulesExpr.fromString(burn.ratio(window)),
  }));
  const alerts = (['page', 'ticket'] as const).map((severity) => {
    const conditions = BURN_RATES.filter((rate) => rate.severity === severity).map(
      ({ long, short, factor }) => {
        const limit = Number((factor * burn.budget).toPrecision(6));
        return `(${series(long)} > ${limit} and ${series(short)} > ${limit})`;
      },
    );
    return alert(context, burn.alert, severity, undefined, conditions.join('\nor\n'), burn.summary);
  });
  return { name: `${context.name}-${burn.group}`, rules: [...recordings, ...alerts] };
}

/** One alert with the labels and annotations that all have. */
export function alert(
  context: RuleContext,
  name: string,
  severity: Severity,
  pending: string | undefined,
  expr: string,
  summary: string,
): PrometheusRuleSpecGroupsRules {
  const title = `${pascalCase(context.name)}${name}`;
  return {
    alert: title,
    expr: PrometheusRuleSpecGroupsRulesExpr.fromString(expr),
    ...(pending === undefined ? {} : { for: pending }),
    labels: {
      severity,
      // absent() and sums have no labels of their own, and two environments must not be one alert.
      ...(context.namespace === undefined ? {} : { namespace: context.namespace }),
      ...(context.team === undefined ? {} : { team: context.team }),
    },
    annotations: {
      summary,
      description: `${summary}${context.namespace === undefined ? '' : ` (namespace ${context.namespace})`}.`,
      ...runbook(context, title),
    },
  };
}

function runbook(
  { runbookUrl, ownRunbookUrl }: RuleContext,
  title: string,
): { readonly runbook_url?: string } {
  if (ownRunbookUrl !== undefined) return { runbook_url: ownRunbookUrl };
  return runbookUrl === undefined ? {} : { runbook_url: `${runbookUrl}#${title.toLowerCase()}` };
}

/** Prometheus 3 writes the bucket of a whole number as `1.0`, older versions as `1`. */
function le(seconds: number): string {
  return Number.isInteger(seconds) ? `le=~"${seconds}(?:[.]0)?"` : `le="${seconds}"`;
}

/** Matchers of the series that come from the API's own pods. */
export function targets(context: RuleContext): string {
  return matchers(context, `job="${context.name}"`);
}

function matchers(context: RuleContext, ...more: string[]): string {
  return [
    ...(context.namespace === undefined ? [] : [`namespace="${context.namespace}"`]),
    ...more,
  ].join(',');
}

function pascalCase(name: string): string {
  return name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
