import type { PrometheusRuleSpecGroups } from '../imports/monitoring.coreos.com';
import { checkUnique, fault } from './checks';
import { alert, type RuleContext } from './alert';

/** An alert that one API has besides those of its monitoring level. */
export interface OwnAlert {
  /** Its name without that of the API, in upper camel case: `QueueTooLong`. */
  readonly name: string;
  /** PromQL that has a result while something is wrong. It must name its own namespace. */
  readonly expr: string;
  /**
   * How long that must last, as Prometheus writes durations.
   * @default - it fires at once
   */
  readonly for?: string;
  /** `page` wakes somebody, `ticket` is for the next working day. */
  readonly severity: 'page' | 'ticket';
  /** One sentence that says what is wrong. */
  readonly summary: string;
  /**
   * Page that says what to do.
   * @default - the heading of the alert on the page of `runbookUrl`
   */
  readonly runbookUrl?: string;
}

/** The group of an API's own alerts. */
export function ownRules(
  context: RuleContext,
  alerts: readonly OwnAlert[],
): PrometheusRuleSpecGroups {
  return {
    name: `${context.name}-own`,
    rules: alerts.map(({ name, severity, for: pending, expr, summary, runbookUrl }) =>
      alert({ ...context, ownRunbookUrl: runbookUrl }, name, severity, pending, expr, summary),
    ),
  };
}

/** What is wrong with an API's own alerts. */
export function ownAlertFaults(at: string, alerts: readonly OwnAlert[]): string[] {
  return [
    ...checkUnique(
      at,
      alerts.map(({ name }) => name),
    ),
    ...alerts.flatMap(({ name, expr, for: pending, severity, summary }, index) => [
      ...(/^([A-Z][A-Za-z0-9]*){1,60}$/.test(name) && name.length <= 60
        ? []
        : [
            fault(
              `${at}.${index}.name`,
              'is not a name of an alert',
              name,
              'at most 60 letters and digits, such as QueueTooLong',
              'correct it',
            ),
          ]),
      ...(expr.trim() === ''
        ? [fault(`${at}.${index}.expr`, 'is empty', expr, 'PromQL', 'write the condition')]
        : []),
      ...(pending === undefined || /^([1-9]\d*(ms|[smhdwy]))+$/.test(pending)
        ? []
        : [
            fault(
              `${at}.${index}.for`,
              'is not a duration',
              pending,
              'a duration such as 10m',
              'correct it',
            ),
          ]),
      ...(['page', 'ticket'].includes(severity)
        ? []
        : [
            fault(
              `${at}.${index}.severity`,
              'is unknown',
              severity,
              'page or ticket',
              'choose one',
            ),
          ]),
      ...(summary.trim() === ''
        ? [
            fault(
              `${at}.${index}.summary`,
              'is empty',
              summary,
              'a sentence',
              'say what is wrong when it fires',
            ),
          ]
        : []),
    ]),
  ];
}
