import type { PrometheusRuleSpecGroups } from '../imports/monitoring.coreos.com';
import { alert, matchers, type RuleContext, targets } from './alert';
import { burnRateGroup } from './burn-rates';

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
  const rate = (...more: string[]) =>
    `rate(${count}{${[targets(context), ...more].join(',')}}[5m])`;
  return burnRateGroup(context, {
    group: 'availability-slo',
    requests: { metric: 'slo_requests', rate: sumOfServing(context, rate()) },
    bad: {
      metric: 'slo_errors',
      rate: sumOfServing(context, rate(`${context.statusLabel}=~"5.."`)),
    },
    ratio: 'slo_errors_per_request',
    budget: 1 - context.availability,
    alert: 'ErrorBudgetBurn',
    summary: `${context.name} answers too many requests with an error`,
  });
}

/** Requests that take too long against the latency budget. */
export function latencyRules(context: RuleContext): PrometheusRuleSpecGroups {
  const { requestDuration, latencySeconds, name } = context;
  const fast = `rate(${requestDuration}_bucket{${targets(context)},${le(latencySeconds)}}[5m])`;
  const all = `rate(${requestDuration}_count{${targets(context)}}[5m])`;
  const group = burnRateGroup(context, {
    group: 'latency-slo',
    // A pod without this bucket says nothing about its requests, neither that they are slow nor that they are fast.
    requests: {
      metric: 'slo_timed_requests',
      rate: sumOfServing(context, `(${all} and ignoring (le) ${fast})`),
    },
    bad: {
      metric: 'slo_slow_requests',
      rate: sumOfServing(context, `(${all} - ignoring (le) ${fast})`),
    },
    ratio: 'slo_slow_per_request',
    budget: 1 - context.latency,
    alert: 'LatencyBudgetBurn',
    summary: `${name} answers too many requests in over ${latencySeconds} s`,
  });
  const unknown = alert(
    context,
    'LatencyUnknown',
    'ticket',
    '15m',
    `${sumOfServing(context, `(${all} unless ignoring (le) ${fast})`)} > 0`,
    `pods of ${name} answer requests and do not count which took at most ${latencySeconds} s`,
  );
  return { ...group, rules: [...(group.rules ?? []), unknown] };
}

/**
 * The sum over the pods behind the Service that clients use, so that what somebody tries on the idle colour wakes
 * nobody up. Where kube-state-metrics does not say which these are, as it does not of Endpoints, all pods count.
 */
function sumOfServing(context: RuleContext, expr: string): string {
  return `sum(${ofServing(context, expr)})`;
}

function ofServing(context: RuleContext, expr: string): string {
  const endpoints = `kube_endpointslice_endpoints{${matchers(context, `endpointslice=~"${context.name}-[a-z0-9]+"`, 'targetref_name!=""')}}`;
  const pods = `label_replace(${endpoints}, "pod", "$1", "targetref_name", "(.+)")`;
  return `(${expr} and on (namespace, pod) ${pods}) or (${expr} unless on (namespace) ${pods})`;
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
        `max by (pod) (${ofServing(context, `${context.eventLoopLag}{${targets(context)}}`)}) > 0.2`,
        `the event loop of {{ $labels.pod }} is blocked for over 200 ms`,
      ),
    ],
  };
}

/** Prometheus 3 writes the bucket of a whole number as `1.0`, older versions as `1`. */
function le(seconds: number): string {
  return Number.isInteger(seconds) ? `le=~"${seconds}(?:[.]0)?"` : `le="${seconds}"`;
}
