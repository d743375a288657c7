import { Construct } from 'constructs';
import { PrometheusRule, ServiceMonitor } from '../imports/monitoring.coreos.com';
import type { RuleContext } from './alert';
import { checkLabels, checkPath, checkUrl, checkWholeNumber, fault } from './checks';
import { dashboard, dashboardName } from './dashboard';
import { k8s } from './k8s';
import { type Labels, recommendedLabels } from './labels';
import type { MonitoringLevel, SedaMonitoringProps } from './monitoring-props';
import { availabilityRules, latencyRules, runtimeRules, sloRules } from './prometheus-rules';
import { ownAlertFaults, ownRules } from './own-alerts';
import { SEDA_MONITORING_PROPS } from './prop-shapes';
import { checkProps } from './shape';
import { addWaves, setWave } from './wave';

const LEVELS: readonly MonitoringLevel[] = ['console', 'basic', 'full', 'observability'];

/** True when `level` includes what `wanted` adds. */
export function watches(level: MonitoringLevel, wanted: MonitoringLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);
}

/** Metrics, alerts and the dashboard of an API, by level. */
export class SedaMonitoring extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: SedaMonitoringProps,
  ) {
    super(scope, id);
    checkProps(this, SEDA_MONITORING_PROPS, props);
    this.node.addValidation({ validate: () => faults(props) });
    const { level, service, alerts = [] } = props;
    const context = ruleContext(props);
    const labels = recommendedLabels({
      name: service.name,
      instance: service.name,
      component: 'monitoring',
    });

    if (watches(level, 'basic')) {
      this.serviceMonitor(labels);
      new PrometheusRule(this, 'rules', {
        metadata: { name: service.name, labels: { ...labels, ...this.selection() } },
        spec: {
          groups: [
            availabilityRules(context),
            ...(watches(level, 'full') ? [sloRules(context), runtimeRules(context)] : []),
            ...(watches(level, 'observability') ? [latencyRules(context)] : []),
            ...(alerts.length > 0 ? [ownRules(context, alerts)] : []),
          ],
        },
      });
    }
    if (watches(level, 'full')) {
      const configMap = new k8s.KubeConfigMap(this, 'dashboard', {
        metadata: {
          name: `${service.name}-dashboard`,
          labels: { ...labels, grafana_dashboard: '1' },
        },
        // Grafana's sidecar gathers the dashboards of all namespaces in one folder.
        data: {
          [`${dashboardName(context)}.json`]: `${JSON.stringify(dashboard(context), null, 2)}\n`,
        },
      });
      setWave(configMap, 'rest');
    }
    addWaves(this);
  }

  private selection(): Labels {
    return this.props.labels ?? { release: 'kube-prometheus-stack' };
  }

  private serviceMonitor(labels: Labels): void {
    const { metricsService, path = '/metrics', intervalSeconds = 30 } = this.props;
    const interval = `${intervalSeconds}s`;
    new ServiceMonitor(this, 'metrics', {
      metadata: { name: metricsService.name, labels: { ...labels, ...this.selection() } },
      spec: {
        // `instance` is the name of this one Service, so that no pod is scraped through two.
        selector: {
          matchLabels: pick(metricsService, [
            'app.kubernetes.io/name',
            'app.kubernetes.io/instance',
          ]),
        },
        jobLabel: 'app.kubernetes.io/name',
        podTargetLabels: ['version', 'app.kubernetes.io/version'],
        endpoints: [
          { port: 'http', path, interval, scrapeTimeout: `${Math.min(10, intervalSeconds)}s` },
        ],
        sampleLimit: 10000,
        labelLimit: 50,
      },
    });
  }
}

function pick(service: k8s.KubeService, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key, String(service.metadata.getLabel(key))]));
}

function ruleContext(props: SedaMonitoringProps): RuleContext {
  const { service, metrics = {}, serviceLevels = {} } = props;
  return {
    name: service.name,
    namespace: service.metadata.namespace,
    requestDuration: metrics.requestDuration ?? 'http_request_duration_seconds',
    statusLabel: metrics.statusLabel ?? 'status_code',
    eventLoopLag: metrics.eventLoopLag ?? 'nodejs_eventloop_lag_p99_seconds',
    availability: (serviceLevels.availabilityPercent ?? 99.9) / 100,
    latency: (serviceLevels.latencyPercent ?? 99) / 100,
    latencySeconds: serviceLevels.latencySeconds ?? 0.5,
    team: props.team,
    runbookUrl: props.runbookUrl,
  };
}

function faults(props: SedaMonitoringProps): string[] {
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
