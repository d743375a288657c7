import type { Manifest } from '../../../lib/manifests';
import { canonicalText } from '../../rendering/canonical';
import { type LabelSelector, matches } from '../../../lib/kubernetes/selection';
import type { Rendering } from '../../rendering/rendering';
import { dashboardsLost, isDashboard } from '../dashboards';
import { seconds } from '../duration';
import { monitorsLost } from '../monitors';
import { type Finding, finding, type Rule } from '../rule';

interface AlertRule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: { readonly [label: string]: string };
}

interface Group {
  readonly name: string;
  readonly interval?: string;
  readonly rules?: readonly AlertRule[];
}

/** Whoever must be woken up is woken up as before, or sooner. */
export const monitoringWeakened: Rule = {
  name: 'monitoring-weakened',
  protects:
    'Alerts fire at least as early as before, Prometheus goes on loading them and goes on asking every pod and every host; dashboards go on showing what they showed.',
  refuse: ({ base, next }) => [
    ...alertsLost(base, next),
    ...monitorsLost(base, next),
    ...shadows(base, next),
    ...foreignSeries(base, next),
    ...dashboardsLost(base, next),
  ],
  permit: ({ object, change, path }) =>
    ['PrometheusRule', 'ServiceMonitor', 'PodMonitor', 'Probe'].includes(object.kind)
      ? change !== 'changed' || path[0] === 'spec'
      : isDashboard(object) && (change !== 'changed' || path[0] === 'data'),
};

/** Rules by object and name, in the order in which they are; a name may be there for several severities. */
function rulesIn(rendering: Rendering): { object: Manifest; group: Group; rule: AlertRule }[] {
  return rendering
    .ofKind('PrometheusRule')
    .flatMap((object) =>
      ((object.spec?.groups ?? []) as Group[]).flatMap((group) =>
        (group.rules ?? []).map((rule) => ({ object, group, rule })),
      ),
    );
}

/** How a group is evaluated, besides how often. */
function evaluation({ name: _, interval: __, rules: ___, ...rest }: Group): object {
  return rest;
}

function alertsLost(base: Rendering, next: Rendering): Finding[] {
  const after = rulesIn(next);
  return rulesIn(base).flatMap(({ object, group, rule }): Finding[] => {
    const name = rule.alert ?? rule.record ?? '';
    const kept = after.filter(
      (one) =>
        (one.rule.alert ?? one.rule.record) === name &&
        (one.rule.alert === undefined) === (rule.alert === undefined),
    );
    if (
      kept.some(
        (one) =>
          !isWeaker(rule, one.rule) &&
          seconds(one.group.interval) <= seconds(group.interval) &&
          canonicalText(evaluation(one.group)) === canonicalText(evaluation(group)),
      )
    )
      return [];
    return [
      finding(
        kept[0]?.object ?? object,
        kept.length === 0
          ? `the ${rule.alert === undefined ? 'recorded series' : 'alert'} ${name} is gone`
          : `the ${rule.alert === undefined ? 'recorded series' : 'alert'} ${name} is another one, and might fire later or not at all`,
        'keep it, or let it fire sooner',
      ),
    ];
  });
}

const NUMBER = /(?<![\w.[:])\d+(?:\.\d+)?(?![\w.\]])/g;

/** The same, or the same with thresholds that are reached sooner. */
function isWeaker(before: AlertRule, after: AlertRule): boolean {
  const { severity: was, ...labels } = before.labels ?? {};
  const { severity: is, ...others } = after.labels ?? {};
  if (was !== is && !(is === 'page' && was !== 'page')) return true;
  // By its labels it is led to people, or silenced.
  if (canonicalText(labels) !== canonicalText(others)) return true;
  if (seconds(after.for) > seconds(before.for)) return true;
  if (seconds(after.keep_firing_for) < seconds(before.keep_firing_for)) return true;
  const [old, now] = [before.expr, after.expr].map((expr) => expr.replace(/\s+/g, ' ').trim());
  if (old === now) return false;
  const shape = (expr: string) => expr.replace(NUMBER, '#');
  if (before.alert === undefined || shape(old!) !== shape(now!)) return true;
  const [froms, tos] = [old!.matchAll(NUMBER), now!.matchAll(NUMBER)].map((found) => [...found]);
  return froms!.some((match, index) => {
    const [from, to] = [Number(match[0]), Number(tos![index]![0])];
    if (from === to) return false;
    const comparison = /([<>])=?\s*(?:bool\s*)?$/.exec(old!.slice(0, match.index))?.[1];
    return comparison === '>' ? to > from : comparison === '<' ? to < from : true;
  });
}

/** New series and new monitors change what the alerts that are there are made of. */
function shadows(base: Rendering, next: Rendering): Finding[] {
  const before = rulesIn(base);
  if (before.length === 0) return [];
  const texts = (rules: ReturnType<typeof rulesIn>) => rules.map(({ rule }) => canonicalText(rule));
  const known = texts(before);
  const records = rulesIn(next)
    .filter(({ rule }) => rule.record !== undefined && !known.includes(canonicalText(rule)))
    .filter(({ rule }) =>
      before.some((one) => one.rule.record === rule.record || one.rule.expr.includes(rule.record!)),
    )
    .map(({ object, rule }) =>
      finding(
        object,
        `it records ${rule.record} once more, of which alerts are made`,
        'give the series a name of its own',
      ),
    );
  const names = next.ofKind('PrometheusRule').flatMap((object) => {
    const groups = ((object.spec?.groups ?? []) as Group[]).map(({ name }) => name);
    return [
      ...(new Set(groups).size === groups.length
        ? []
        : [
            finding(
              object,
              'two of its groups have one name, so that all of it is refused',
              'rename one',
            ),
          ]),
    ];
  });
  const selectors = base
    .ofKind('ServiceMonitor')
    .map(({ spec }) => spec?.selector as LabelSelector);
  const added = (kind: string) => next.ofKind(kind).filter((object) => !base.sameAs(object));
  const services = added('Service')
    .filter(({ metadata }) => selectors.some((selector) => matches(selector, metadata.labels)))
    .map((object) =>
      finding(
        object,
        'a ServiceMonitor that is there takes it for its own',
        'give it other labels',
      ),
    );
  const monitors = added('ServiceMonitor')
    .filter(({ spec }) =>
      base
        .ofKind('Service')
        .some(
          ({ metadata }) =>
            matches(spec?.selector as LabelSelector, metadata.labels) &&
            selectors.some((selector) => matches(selector, metadata.labels)),
        ),
    )
    .map((object) =>
      finding(
        object,
        'it asks for metrics that another ServiceMonitor asks for, so that they are there twice',
        'change the one that is there',
      ),
    );
  return [...records, ...names, ...services, ...monitors];
}

/** A series with the namespace of others is theirs for the alerts that are made of it. */
function foreignSeries(base: Rendering, next: Rendering): Finding[] {
  const known = new Set(rulesIn(base).map(({ rule }) => canonicalText(rule)));
  return rulesIn(next)
    .filter(({ rule }) => rule.record !== undefined && !known.has(canonicalText(rule)))
    .filter(({ object, rule: { labels = {} } }) => {
      const { namespace = object.metadata.namespace } = labels;
      return namespace !== object.metadata.namespace;
    })
    .map(({ object, rule }) =>
      finding(
        object,
        `it records ${rule.record} with the namespace ${rule.labels?.namespace}, of which alerts of others are made`,
        'leave the label out',
      ),
    );
}
