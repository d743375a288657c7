/** What a pod needs to send traces. */
export interface OtlpProps {
  /** Base URL of the collector, OTLP over HTTP, e.g. `http://otel-collector.monitoring:4318`. */
  readonly endpoint: string;
  /** Value of `service.name`. */
  readonly serviceName: string;
  /** Value of `deployment.environment.name`. */
  readonly environment: string;
}

/** The OpenTelemetry SDK's standard environment variables, for a revision's configuration. */
export function otlpSettings(props: OtlpProps): { readonly [variable: string]: string } {
  return {
    OTEL_SERVICE_NAME: props.serviceName,
    OTEL_RESOURCE_ATTRIBUTES: `deployment.environment.name=${props.environment}`,
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: props.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  };
}
