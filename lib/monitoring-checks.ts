import { checkLabels, checkPath, checkUrl, checkWholeNumber, fault } from './checks';
import { probeFaults } from './entrance-probe';
import { LEVELS, type SedaMonitoringProps, watches } from './monitoring-props';
import { ownAlertFaults } from './own-alerts';

/** What is wrong with the props of a `SedaMonitoring`. */
export function monitoringFaults(props: SedaMonitoringProps): string[] {
  const { metrics = {}, serviceLevels = {}, alerts = [] } = props;
  const result = [
    ...checkPath('path', props.path ?? '/metrics'),
    ...checkWholeNumber('intervalSeconds', props.intervalSeconds ?? 30, 5, 120),
    ...checkLabels('labels', props.labels ?? {}),
    ...(props.team?.trim() === ''
      ? [fault('team', 'is empty', props.team, 'the name of a team', 'name it or leave it out')]
      : []),
    ...(props.runbookUrl === undefined ? [] : checkUrl('runbookUrl', props.runbookUrl)),
    ...ownAlertFaults('alerts', alerts),
    ...alerts.flatMap(({ runbookUrl }, index) =>
      runbookUrl === undefined ? [] : checkUrl(`alerts.${index}.runbookUrl`, runbookUrl),
    ),
  ];
  if (props.probe) {
    result.push(...probeFaults('probe', props.probe));
    if (props.ingress === undefined)
      result.push(
        fault(
          'probe',
          'has no host to ask for',
          props.probe.prober,
          'an ingress',
          'name it in ingress',
        ),
      );
    if (!watches(props.level, 'basic'))
      result.push(
        fault(
          'probe',
          'needs metrics',
          props.level,
          'a level of basic, full or observability',
          'raise the level, or remove the probe',
        ),
      );
  }
  if (alerts.length > 0 && !watches(props.level, 'basic'))
    result.push(
      fault(
        'alerts',
        'need metrics',
        props.level,
        'a level of basic, full or observability',
        'raise the level, or remove the alerts',
      ),
    );
  if (!LEVELS.includes(props.level))
    result.push(
      fault('level', 'is not a monitoring level', props.level, LEVELS.join(', '), 'choose one'),
    );
  for (const [key, name] of Object.entries(metrics)) {
    if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(String(name))) {
      result.push(
        fault(
          `metrics.${key}`,
          'is not a Prometheus name',
          name,
          'letters, digits, "_" and ":"',
          'correct it',
        ),
      );
    } else if (key === 'statusLabel' && String(name).includes(':')) {
      result.push(
        fault(
          'metrics.statusLabel',
          'is not a label',
          name,
          'letters, digits and "_"',
          'correct it',
        ),
      );
    }
  }
  for (const key of ['availabilityPercent', 'latencyPercent'] as const) {
    const value = serviceLevels[key];
    if (value !== undefined && !(value >= 94 && value < 100)) {
      result.push(
        fault(
          `serviceLevels.${key}`,
          'is out of range',
          value,
          'a number from 94 to below 100',
          'below 94 the fast alert cannot fire, and 100 leaves no budget',
        ),
      );
    }
  }
  const seconds = serviceLevels.latencySeconds;
  if (seconds !== undefined && !(seconds > 0 && Number.isFinite(seconds))) {
    result.push(
      fault(
        'serviceLevels.latencySeconds',
        'is out of range',
        seconds,
        'seconds above 0',
        "name one of the histogram's buckets",
      ),
    );
  }
  return result;
}
