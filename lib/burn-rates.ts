import {
  PrometheusRuleSpecGroups,
  PrometheusRuleSpecGroupsRules,
  PrometheusRuleSpecGroupsRulesExpr,
} from '../imports/monitoring.coreos.com';
import { alert, type RuleContext, type Severity, targets } from './alert';

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

/**
 * Bad requests in the long window below which nobody is woken up: where few people are there, one error is a large share
 * and says little (SRE workbook, chapter 5, on services with low traffic). The number is ours.
 */
const LEAST_BAD = 10;

/** How often the groups of the budgets are evaluated: what they record once each time is added up. */
const INTERVAL_SECONDS = 30;

/** A recorded rate of requests in a second, over five minutes. */
interface Recorded {
  readonly metric: string;
  readonly rate: string;
}

interface BurnRate {
  readonly group: string;
  readonly requests: Recorded;
  /** Those of the requests that use up the budget. */
  readonly bad: Recorded;
  /** What the share of the bad ones is called. */
  readonly ratio: string;
  readonly budget: number;
  readonly alert: string;
  readonly summary: string;
}

/**
 * Long windows add up what was recorded, so that a switch of colours takes nothing out of them and Prometheus reads each
 * series of the API for five minutes only.
 */
export function burnRateGroup(context: RuleContext, burn: BurnRate): PrometheusRuleSpecGroups {
  const record = (metric: string, expr: string) => recording(context, `job:${metric}`, expr);
  const series = (metric: string) => `job:${metric}{${targets(context)}}`;
  const [requests, bad] = [burn.requests, burn.bad].map(({ metric }) => `${metric}:rate5m`) as [
    string,
    string,
  ];
  const share = (window: string) => `${burn.ratio}:ratio_rate${window}`;
  const over = (metric: string, window: string) => `sum_over_time(${series(metric)}[${window}])`;
  const recordings = [
    record(requests, burn.requests.rate),
    // Where nothing is bad there is no series of it.
    record(bad, `${burn.bad.rate} or on () 0 * ${series(requests)}`),
    ...WINDOWS.map((window) =>
      record(
        share(window),
        window === '5m'
          ? `${series(bad)} / ${series(requests)}`
          : `${over(bad, window)} / ${over(requests, window)}`,
      ),
    ),
  ];
  const alerts = (['page', 'ticket'] as const).map((severity) => {
    const conditions = BURN_RATES.filter((rate) => rate.severity === severity).map(
      ({ long, short, factor }) => {
        const limit = Number((factor * burn.budget).toPrecision(6));
        const number = `${over(bad, long)} * ${INTERVAL_SECONDS}`;
        return `(${series(share(long))} > ${limit} and ${series(share(short))} > ${limit} and ${number} >= ${LEAST_BAD})`;
      },
    );
    return alert(context, burn.alert, severity, undefined, conditions.join('\nor\n'), burn.summary);
  });
  return {
    name: `${context.name}-${burn.group}`,
    interval: `${INTERVAL_SECONDS}s`,
    rules: [...recordings, ...alerts],
  };
}

/** A series that is recorded under the name and in the namespace of the API. */
export function recording(
  context: RuleContext,
  record: string,
  expr: string,
): PrometheusRuleSpecGroupsRules {
  return {
    record,
    labels: {
      job: context.name,
      ...(context.namespace === undefined ? {} : { namespace: context.namespace }),
    },
    expr: PrometheusRuleSpecGroupsRulesExpr.fromString(expr),
  };
}
