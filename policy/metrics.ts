/** Who exposes the metrics that alerts and dashboards may read: of one that nobody exposes there is no result, whatever happens. */
export const METRICS: { readonly [from: string]: readonly string[] } = {
  // docs/development.md says so to the teams, and test/queries.slow.ts has e2e/api scraped.
  'the API': [
    'http_request_duration_seconds_bucket',
    'http_request_duration_seconds_count',
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_heap_size_used_bytes',
  ],
  Prometheus: ['up'],
  'kube-state-metrics': [
    'kube_endpoint_address',
    'kube_endpoint_info',
    'kube_endpointslice_endpoints',
    'kube_endpointslice_info',
  ],
  'ingress-nginx': [
    'nginx_ingress_controller_config_last_reload_successful',
    'nginx_ingress_controller_requests',
  ],
  'the blackbox exporter': ['probe_success'],
};
