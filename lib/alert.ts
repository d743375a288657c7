import {
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

export type Severity = 'page' | 'ticket';

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

/** Matchers of the series that come from the API's own pods. */
export function targets(context: RuleContext): string {
  return matchers(context, `job="${context.name}"`);
}

export function matchers(context: RuleContext, ...more: string[]): string {
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
