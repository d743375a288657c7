import type { PrometheusRuleSpecGroups } from '../imports/monitoring.coreos.com';
import { alert, matchers, type RuleContext, targets } from './alert';
import { burnRateGroup, recording } from './burn-rates';
import { controllerNamespace } from './controller-namespace';
import type { IngressNginxController } from './ingress-nginx';

/**
 * What ingress-nginx answers where the API did not: nobody took the connection, or nobody answered in time. `5xx` is all of
 * them, of a controller that counts by classes.
 */
const UNANSWERED = 'status=~"50[24]|5xx"';

/**
 * A client over its rate limit gets 503, and was never a request for the API. So does everybody where the Service has no
 * pod, which `ServiceWithoutEndpoints` says.
 */
const ADMITTED = 'status!="503"';

/** There from the start of a controller on, whether or not anybody has asked for anything. */
const CONTROLLER = 'nginx_ingress_controller_config_last_reload_successful';

/** Users get an answer of the API where they come in. */
export function nginxRules(
  context: RuleContext,
  ingress: string,
  controller: IngressNginxController,
): PrometheusRuleSpecGroups {
  const answers = 'job_status:entrance_answers:rate5m';
  const sumOf = (status: string) => `sum(${answers}{${targets(context)},${status}})`;
  const { rules, ...group } = burnRateGroup(context, {
    group: 'entrance',
    requests: { metric: 'entrance_requests', rate: sumOf(ADMITTED) },
    bad: { metric: 'entrance_unanswered', rate: sumOf(UNANSWERED) },
    ratio: 'entrance_unanswered_per_request',
    budget: 1 - context.availability,
    alert: 'EntranceErrors',
    summary: `the ingress controller gets no answer from ${context.name} to too many requests`,
  });
  const unknown = entranceUnknown(
    context,
    `${CONTROLLER}{controller_namespace="${controllerNamespace(controller)}"}`,
    'the metrics of the ingress controller are missing',
  );
  return {
    ...group,
    rules: [recording(context, answers, answersByStatus(context, ingress)), ...rules!, unknown],
  };
}

/**
 * Answers in a second, over five minutes. A controller counts a status from its first answer on, so that the whole count of a
 * series that is new at a controller that is not is an increase. Prometheus calls the namespace of the Ingress `exported_namespace`, unless the controller's monitor
 * honours labels.
 */
function answersByStatus(context: RuleContext, ingress: string): string {
  const prefixes = context.namespace === undefined ? [''] : ['exported_', ''];
  const either = (of: (series: string) => string) =>
    prefixes
      .map((prefix) => `${prefix}${matchers(context, `ingress="${ingress}"`)}`)
      .map((selector) => of(`nginx_ingress_controller_requests{${selector}}`))
      .join(' or ');
  const now = either((series) => series);
  const before = either((series) => `${series} offset 5m`);
  const rates = either((series) => `rate(${series}[5m])`);
  const born = `((${now}) unless (${before})) and on (controller_pod) (${CONTROLLER} offset 5m)`;
  return `sum by (status) ((${born}) / 300 or ${rates})`;
}

/** Each of the hosts answers to somebody who asks for it as users do. */
export function probeRules(context: RuleContext, job: string): PrometheusRuleSpecGroups {
  const series = `probe_success{${matchers(context, `job="${job}"`)}}`;
  return {
    name: `${context.name}-entrance-probe`,
    rules: [
      alert(
        context,
        'EntranceDown',
        'page',
        '3m',
        `${series} == 0`,
        `{{ $labels.instance }} gives no good answer to the blackbox exporter`,
      ),
      entranceUnknown(context, series, 'the blackbox exporter reports nothing'),
    ],
  };
}

/** Where nobody measures, nothing fires, which looks like health. */
function entranceUnknown(context: RuleContext, series: string, why: string) {
  return alert(
    context,
    'EntranceUnknown',
    'ticket',
    '15m',
    `absent(${series})`,
    `nobody knows whether users of ${context.name} get answers: ${why}`,
  );
}
