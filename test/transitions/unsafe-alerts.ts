import { ofKind, type Unsafe } from './transition';
import { edits, removes, rewritesObject, sets, type Thing } from './tree';
import { decides, rerenders } from './world';

const INGRESS = 'production/Ingress/seda-api-ingress';
const RULES = 'production/PrometheusRule/seda-api';
const PROBE = 'production/Probe/seda-api-entrance';
const MONITOR = 'production/ServiceMonitor/seda-api-metrics';

const guard = (
  name: string,
  why: string,
  change: Unsafe['change'],
  from = 'promoted',
): Omit<Unsafe, 'kind'> => ({ name, breaks: 14, from, why, change });

/** An alert by its name, the first of it. */
const alert = (name: string, change: (rule: Thing) => void, reference = RULES) =>
  edits(reference, ({ spec: { groups } }) => {
    const rule = groups
      .flatMap(({ rules }: Thing) => rules)
      .find((one: Thing) => one.alert === name || one.record === name);
    change(rule);
  });

export const ALERTS = ofKind<Unsafe>('an alert pages no more', [
  guard(
    'a threshold times a thousand',
    'nobody is paged while one request in two fails',
    rewritesObject(RULES, (text) => text.replaceAll('> 0.0144', '> 14.4')),
  ),
  guard(
    'a metric that does not exist',
    'its expression has no result, whatever happens',
    rewritesObject(RULES, (text) =>
      text.replaceAll('http_request_duration_seconds_count', 'http_requests_duration_count'),
    ),
  ),
  guard(
    'Prometheus does not load the rules',
    'it selects them by this label',
    sets(RULES, 'metadata labels release', undefined),
  ),
  guard(
    'Prometheus loads the rules of another release',
    'it selects them by this label',
    sets(RULES, 'metadata labels release', 'prometheus'),
  ),
  guard(
    'an outage of three days pages',
    'shorter ones do not',
    alert('SedaApiDown', (rule) => {
      rule.for = '3d';
    }),
  ),
  guard(
    'an outage waits for the next working day',
    'nobody is paged',
    alert('SedaApiDown', (rule) => {
      rule.labels.severity = 'ticket';
    }),
  ),
  guard(
    'another team is paged',
    'nobody has that name, and the page goes nowhere',
    alert('SedaApiDown', (rule) => {
      rule.labels.team = 'nobody';
    }),
  ),
  guard(
    'an alert is never true',
    'nobody is paged',
    alert('SedaApiServiceWithoutEndpoints', (rule) => {
      rule.expr = `(${rule.expr}) unless vector(1) > 0 or (${rule.expr}) > 1`;
    }),
  ),
  guard(
    'the alert of another namespace',
    'production is down and nobody is paged',
    alert('SedaApiDown', (rule) => {
      rule.expr = rule.expr.replace('seda-prod', 'seda-qa');
    }),
  ),
  guard(
    'one alert less',
    'nobody is paged when the Service selects no pod',
    edits(RULES, ({ spec: { groups } }) => groups[0].rules.pop()),
  ),
  guard(
    'one group of alerts less',
    'nobody is paged when one request in two fails',
    edits(RULES, ({ spec: { groups } }) => groups.splice(1, 1)),
  ),
  guard('no alerts', 'nobody is paged', removes(RULES)),
  guard(
    'an own alert less',
    'nobody is paged when the queue is too long',
    edits(RULES, ({ spec: { groups } }) => {
      for (const group of groups)
        group.rules = group.rules.filter(({ alert: name }: Thing) => !/QueueTooLong/.test(name));
    }),
    'rich: promoted',
  ),
  guard(
    'what an alert is made from is recorded otherwise',
    'the ratio counts no error, so the budget never burns',
    alert('job:slo_errors:rate5m', (rule) => {
      rule.expr = rule.expr.replaceAll('5..', '6..');
    }),
  ),
  guard(
    'what an alert is made from has another name',
    'the alert has no result, whatever happens',
    alert('job:slo_errors_per_request:ratio_rate1h', (rule) => {
      rule.record = 'job:slo_errors:ratio_rate1h';
    }),
  ),
  guard(
    'the alert of the entrance less',
    'nobody is paged while everybody gets 502',
    edits(RULES, ({ spec: { groups } }) => {
      for (const group of groups)
        group.rules = group.rules.filter(({ alert: name }: Thing) => !/EntranceErrors/.test(name));
    }),
  ),
  guard(
    'the entrance fails when all do',
    'nobody is paged while every other user gets 502',
    rewritesObject(RULES, (text) =>
      text.replaceAll(
        /(entrance_unanswered_per_request:ratio_rate1h\{[^}]*\}) > 0.0144/g,
        '$1 > 0.99',
      ),
    ),
  ),
  guard(
    'the entrance counts 504 alone',
    'nobody is paged while everybody gets 502',
    alert('job:entrance_unanswered:rate5m', (rule) => {
      rule.expr = rule.expr.replace('50[24]|5xx', '504');
    }),
  ),
  guard(
    'the entrance of another Ingress',
    'nobody is paged while everybody gets 502',
    alert('job_status:entrance_answers:rate5m', (rule) => {
      rule.expr = rule.expr.replaceAll('seda-api-ingress', 'seda-api-ingress-blocked');
    }),
  ),
  guard(
    'an entrance that nobody measures',
    'nobody hears that the alerts of the entrance are blind',
    alert('SedaApiEntranceUnknown', (rule) => {
      rule.expr = 'absent(up)';
    }),
  ),
  guard(
    'nobody asks for the hosts',
    'an entrance that is away pages nobody',
    removes(PROBE),
    'rich: promoted',
  ),
  guard(
    'one host less is asked for',
    'it leads to the pods, and pages nobody when it does not',
    edits(PROBE, ({ spec }) => spec.targets.staticConfig.static.pop()),
    'rich: promoted',
  ),
  guard(
    'a page of somebody else is asked for',
    'it answers whatever becomes of the API',
    sets(PROBE, 'spec targets staticConfig static 0', 'https://status.example.com/'),
    'rich: promoted',
  ),
  guard(
    'the hosts are asked for once an hour',
    'an outage of an hour pages nobody',
    sets(PROBE, 'spec interval', '1h'),
    'rich: promoted',
  ),
  guard(
    'any answer is good',
    'a 502 is an answer',
    sets(PROBE, 'spec module', 'tcp_connect'),
    'rich: promoted',
  ),
  guard(
    'an exporter that is not there',
    'the alert has no result',
    sets(PROBE, 'spec prober url', 'blackbox:9115'),
    'rich: promoted',
  ),
  guard(
    'the answers have another job',
    'the alert has no result',
    sets(PROBE, 'spec jobName', 'entrance'),
    'rich: promoted',
  ),
  guard(
    'the labels of the answers are others',
    'the alert has no result',
    sets(PROBE, 'spec targets staticConfig labels', { namespace: 'seda' }),
    'rich: promoted',
  ),
  guard(
    'Prometheus does not load the Probe',
    'it selects it by this label',
    sets(PROBE, 'metadata labels release', undefined),
    'rich: promoted',
  ),
  guard(
    'the prober is taken out of the settings',
    'an entrance that is away pages nobody',
    rerenders(decides('production', { prober: undefined })),
    'rich: promoted',
  ),
  guard('nothing is measured', 'SedaApiDown alone is left', removes(MONITOR)),
  guard(
    'another path is measured',
    'it answers 404, and every alert but one is blind',
    sets(MONITOR, 'spec endpoints 0 path', '/metrics'),
  ),
  guard(
    'a Service that does not exist is measured',
    'every alert but one is blind',
    sets(MONITOR, 'spec selector matchLabels app.kubernetes.io/instance', 'seda-metrics'),
  ),
  guard(
    'it is measured once an hour',
    'a rate over five minutes has no result',
    sets(MONITOR, 'spec endpoints 0 interval', '1h'),
  ),
  guard(
    'all series are dropped',
    'every alert but one is blind',
    sets(MONITOR, 'spec endpoints 0 metricRelabelings', [{ action: 'drop', regex: '.*' }]),
  ),
  guard(
    'one series is too many',
    'Prometheus drops a scrape that is over the limit',
    sets(MONITOR, 'spec sampleLimit', 1),
  ),
  {
    name: 'the Service that is measured has other labels',
    breaks: 15,
    from: 'promoted',
    why: 'the ServiceMonitor selects it by them, and the job of every alert is one of them',
    change: sets(
      'production/Service/seda-api-metrics',
      'metadata labels app.kubernetes.io/name',
      'seda',
    ),
  },
  {
    name: 'the Service that is measured is another instance',
    breaks: 15,
    from: 'promoted',
    why: 'the ServiceMonitor selects it by this label',
    change: sets(
      'production/Service/seda-api-metrics',
      'metadata labels app.kubernetes.io/instance',
      'seda-api',
    ),
  },
  {
    name: 'Prometheus does not load the ServiceMonitor',
    breaks: 15,
    from: 'promoted',
    why: 'it selects it by this label',
    change: sets(MONITOR, 'metadata labels release', undefined),
  },
  {
    name: 'the labels of the measured pods are not taken over',
    breaks: 15,
    from: 'promoted',
    why: 'dashboards by colour show one line, and a bad colour hides in it',
    change: sets(MONITOR, 'spec podTargetLabels', []),
  },
  {
    name: 'an annotation gives the Ingress another class',
    breaks: 15,
    from: 'promoted',
    why: 'controllers that read the old annotation take the host as well',
    change: sets(INGRESS, 'metadata annotations kubernetes.io/ingress.class', 'nginx-internal'),
  },
]);
