import { Construct } from 'constructs';
import { PrometheusRule, ServiceMonitor } from '../imports/monitoring.coreos.com';
import type { RuleContext } from './alert';
import { dashboard, dashboardName } from './dashboard';
import { entranceProbe } from './entrance-probe';
import { nginxRules, probeRules } from './entrance-rules';
import { k8s } from './k8s';
import { type Labels, recommendedLabels } from './labels';
import { monitoringFaults } from './monitoring-checks';
import { type SedaMonitoringProps, watches } from './monitoring-props';
import { availabilityRules, latencyRules, runtimeRules, sloRules } from './prometheus-rules';
import { ownRules } from './own-alerts';
import { SEDA_MONITORING_PROPS } from './prop-shapes';
import { checkProps } from './shape';
import { addWaves, setWave } from './wave';

/** Metrics, alerts and the dashboard of an API, by level. */
export class SedaMonitoring extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: SedaMonitoringProps,
  ) {
    super(scope, id);
    checkProps(this, SEDA_MONITORING_PROPS, props);
    this.node.addValidation({ validate: () => monitoringFaults(props) });
    const { level, service, ingress, probe, alerts = [] } = props;
    const controller = ingress?.props.controller;
    const entrance = `${service.name}-entrance`;
    const context = ruleContext(props);
    const labels = recommendedLabels({
      name: service.name,
      instance: service.name,
      component: 'monitoring',
    });

    if (watches(level, 'basic')) {
      this.serviceMonitor(labels);
      if (ingress && probe)
        entranceProbe(this, entrance, probe, ingress.props, { ...labels, ...this.selection() });
      new PrometheusRule(this, 'rules', {
        metadata: { name: service.name, labels: { ...labels, ...this.selection() } },
        spec: {
          groups: [
            availabilityRules(context),
            ...(ingress && controller?.kind === 'ingress-nginx'
              ? [nginxRules(context, ingress.props.name, controller)]
              : []),
            ...(ingress && probe ? [probeRules(context, entrance)] : []),
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
