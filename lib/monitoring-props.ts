import type { EntranceProbe } from './entrance-probe';
import type { k8s } from './k8s';
import type { Labels } from './labels';
import type { OwnAlert } from './own-alerts';
import type { SedaIngress } from './seda-ingress';

/**
 * How closely an API is watched; each level adds to the one before.
 *
 * - `console`: logs alone
 * - `basic`: metrics are scraped; alerts when the API is down, its Service has no ready pod, or users get no
 *   answer where they come in
 * - `full`: alerts on the error budget and the runtime, a dashboard
 * - `observability`: alerts on latency; the pods send traces, see `otlpSettings`
 */
export type MonitoringLevel = 'console' | 'basic' | 'full' | 'observability';

/** Every level, each with what the one before has. */
export const LEVELS: readonly MonitoringLevel[] = ['console', 'basic', 'full', 'observability'];

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
   * Where users come in. Of ingress-nginx the alerts read its metrics, which Prometheus must scrape; controllers of the
   * Gateway API have no metrics in common, so that there `probe` alone watches.
   * @default - nobody watches what users are answered before a request reaches a pod
   */
  readonly ingress?: SedaIngress;
  /**
   * Who asks for the hosts of `ingress` all the time, also while no user does.
   * @default - nobody
   */
  readonly probe?: EntranceProbe;
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
