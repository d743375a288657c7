import { calledOf } from '../lib/kubernetes/identity';
import type { Manifest } from '../lib/manifests';
import { type Dashboard, dashboardsIn, isDashboard, queriesOf } from '../ops/check/dashboards';
import { promqlFaults } from '../ops/check/promql';
import { type Node, objectRule, type Rule, siblings } from './check';
import { METRICS } from './metrics';
import { isTimesZero, metricsIn } from './queries';

const EXPOSED = new Set(Object.values(METRICS).flat());

function rulesOf({ spec }: Manifest): Node[] {
  return spec.groups.flatMap(({ rules }: Node) => rules);
}

/** Expressions of alerts, recordings and dashboards; a dashboard that is not JSON throws. */
function expressionsOf(object: Manifest): string[] {
  return object.kind === 'PrometheusRule'
    ? rulesOf(object).map(({ expr }) => String(expr))
    : dashboardsIn(object).flatMap(({ panels }) =>
        panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => String(expr))),
      );
}

/** The same of what can be read; what cannot is the business of the first rule. */
function readable<T>(read: (object: Manifest) => T[], object: Manifest): T[] {
  try {
    return read(object);
  } catch {
    return [];
  }
}

function isWatching(object: Manifest): boolean {
  return object.kind === 'PrometheusRule' || isDashboard(object);
}

function emptyPanels({ file, panels }: Dashboard): string[] {
  if (panels.length === 0) return [`has no panel in ${file}`];
  return panels
    .filter((panel) => queriesOf(panel).length === 0)
    .map(({ title }) => `has a panel ${JSON.stringify(title)} that draws nothing`);
}

/** What must hold of alerts and dashboards. */
export const monitoringRules: readonly Rule[] = [
  {
    name: 'expressions are PromQL',
    check: (objects) =>
      objects.filter(isWatching).flatMap((object) => {
        try {
          return expressionsOf(object)
            .flatMap(promqlFaults)
            .map((problem) => ({ object: calledOf(object), problem }));
        } catch (error) {
          return [
            {
              object: calledOf(object),
              problem: `is not a dashboard: ${(error as Error).message}`,
            },
          ];
        }
      }),
  },
  objectRule('expressions look at their own namespace', ['PrometheusRule', 'ConfigMap'], (object) =>
    // Where the ingress controller is, the platform says.
    [
      ...JSON.stringify([object.spec, object.data]).matchAll(
        /(?<!controller_)namespace=\\+"([^"\\]*)/g,
      ),
    ].map(
      ([, namespace]) =>
        namespace !== object.metadata.namespace && `looks at the namespace ${namespace}`,
    ),
  ),
  objectRule('metrics are exposed', ['PrometheusRule', 'ConfigMap'], (object, objects) => {
    if (!isWatching(object)) return [];
    const recorded = siblings(object, objects, 'PrometheusRule')
      .flatMap(rulesOf)
      .map(({ record }) => record);
    const named = new Set(readable(expressionsOf, object).flatMap(metricsIn));
    return [...named].map(
      (metric) =>
        !EXPOSED.has(metric) &&
        !recorded.includes(metric) &&
        `reads ${metric}, which nobody is known to expose; correct it, or add it to policy/metrics.ts`,
    );
  }),
  objectRule('dashboards show what is', ['ConfigMap'], (object) =>
    !isDashboard(object)
      ? []
      : [
          ...readable(dashboardsIn, object).flatMap(emptyPanels),
          ...readable(expressionsOf, object).map(
            (expr) => isTimesZero(expr) && `multiplies by 0: ${expr}`,
          ),
        ],
  ),
];
