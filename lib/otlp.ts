import { checkUrl, fault } from './checks';
import { OTLP_PROPS } from './prop-shapes';
import { object, PropsError } from './shape';

/** What a pod needs to send traces. */
export interface OtlpProps {
  /** Base URL of the collector, OTLP over HTTP, e.g. `http://otel-collector.monitoring:4318`. */
  readonly endpoint: string;
  /** Value of `service.name`. */
  readonly serviceName: string;
  /** Value of `deployment.environment.name`. */
  readonly environment: string;
}

/**
 * The OpenTelemetry SDK's standard environment variables, for a revision's configuration.
 *
 * @throws PropsError with every validation error of the props, one a line
 */
export function otlpSettings(props: OtlpProps): { readonly [variable: string]: string } {
  const faults = otlpFaults(props);
  if (faults.length > 0) throw new PropsError(faults.join('\n'));
  return {
    OTEL_SERVICE_NAME: props.serviceName,
    OTEL_RESOURCE_ATTRIBUTES: `deployment.environment.name=${props.environment}`,
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: props.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  };
}

function otlpFaults(props: OtlpProps): string[] {
  const shape = object(OTLP_PROPS).faults('', props);
  if (shape.length > 0) return shape.map(({ message }) => message);
  const { endpoint, serviceName, environment } = props;
  return [
    ...checkUrl('endpoint', endpoint),
    ...(/^https?:\/\/[^/]*:4317(\/|$)/.test(endpoint)
      ? [
          fault(
            'endpoint',
            'is the port of gRPC',
            endpoint,
            'the port of OTLP over HTTP',
            `did you mean ${endpoint.replace(':4317', ':4318')}?`,
          ),
        ]
      : []),
    // The SDK reads a list of key=value from the variable.
    ...Object.entries({ serviceName, environment })
      .filter(([, value]) => !/^[^\s,=;%"\\]+$/.test(value))
      .map(([field, value]) =>
        fault(
          field,
          'is not a value of an attribute',
          value,
          'one word without ",", "=", ";" and "%"',
          'correct it',
        ),
      ),
  ];
}
