import { Construct } from 'constructs';
import { PrometheusRule, ServiceMonitor } from '../imports/monitoring.coreos.com';
import { checkLabels, checkPath, checkUrl, checkWholeNumber, fault } from './checks';
import { dashboard, dashboardName } from './dashboard';
import { k8s } from './k8s';
import { Labels, recommendedLabels } from './labels';
import {
  availabilityRules,
  latencyRules,
  RuleContext,
  runtimeRules,
  sloRules,
} from './prometheus-rules';
import { type OwnAlert, ownAlertFaults, ownRules } from './own-alerts';
import { SEDA_MONITORING_PROPS } from './prop-shapes';
import { checkProps } from './shape';
import { addWaves, setWave } from './wave';

/**
 * How closely an API is watched; each level adds to the one before.
 *
 * - `console`: logs alone
 * - `basic`: metrics are scraped; alerts when the API is down or its Service has no ready pod
 * - `full`: alerts on the error budget and the runtime, a dashboard
 * - `observability`: alerts on latency; the pods send traces, see `otlpSettings`
 */
export type MonitoringLevel = 'console' | 'basic' | 'full' | 'observability';

const LEVELS: readonly MonitoringLevel[] = ['console', 'basic', 'full', 'observability'];

/** True when `level` includes what `wanted` adds. */
export function watches(level: MonitoringLevel, wanted: MonitoringLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);
}

/** Names that the API's metrics have; they depend on the library that makes them. */
export interface MetricNames {
  /**
   * Histogram of request durations in seconds. It should leave out the probes.
   * @default http_request_duration_seconds
   */
  readonly requestDuration?: string;
  /**
   * Its label with the HTTP status code.
   * @default status_code
   */
  readonly statusLabel?: string;
  /**
   * The 99th percentile of the event loop's lag in seconds, as prom-client names it.
   * @default nodejs_eventloop_lag_p99_seconds
   */
  readonly eventLoopLag?: string;
}

/** What is promised to the users of the API. */
export interface ServiceLevels {
  /**
   * Requests that are answered without an error of the server, in percent, from 94 to below 100.
   * @default 99.9
   */
  readonly availabilityPercent?: number;
  /**
   * Requests that are answered within `latencySeconds`, in percent.
   * @default 99
   */
  readonly latencyPercent?: number;
  /**
   * Must be a bucket of the histogram, which the defaults of prom-client have and those of
   * express-prom-bundle have not; without it the latency alerts have no data.
   * @default 0.5
   */
  readonly latencySeconds?: number;
}

/** What a `SedaMonitoring` watches, how closely, and by which names. */
export interface SedaMonitoringProps {
  /** How closely; each level adds to the one before. */
  readonly level: MonitoringLevel;
  /** The Service that clients use; an alert watches its endpoints. */
  readonly service: k8s.KubeService;
  /** The Service with every pod exactly once; its port is named `http`. */
  readonly metricsService: k8s.KubeService;
  /**
   * Where the pods answer metrics.
   * @default /metrics
   */
  readonly path?: string;
  /**
   * Seconds between two scrapes, at most 120: the rules look at windows of 5 minutes.
   * @default 30
   */
  readonly intervalSeconds?: number;
  /**
   * Labels by which Prometheus finds the ServiceMonitor and the rules. kube-prometheus-stack takes
   * only those with its own release name, unless `serviceMonitorSelectorNilUsesHelmValues` is false.
   * @default { release: 'kube-prometheus-stack' }
   */
  readonly labels?: Labels;
  /**
   * Names of the metrics that the API has.
   * @default - the names of prom-client and express-prom-bundle
   */
  readonly metrics?: MetricNames;
  /**
   * Promises that the alerts guard.
   * @default - 99.9 % available, 99 % within 0.5 s
   */
  readonly serviceLevels?: ServiceLevels;
  /**
   * Team that alerts are for.
   * @default - no team label
   */
  readonly team?: string;
  /**
   * Page that says what to do, with one heading an alert.
   * @default - no runbook_url annotation
   */
  readonly runbookUrl?: string;
  /**
   * Alerts besides those of the level, which must be `basic` or more.
   * @default - none
   */
  readonly alerts?: readonly OwnAlert[];
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
