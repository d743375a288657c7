import { fault } from './checks';
import type { GatewayImplementation } from './gateway-implementation';
import type { SedaIngressProps } from './seda-ingress';

/** Limits for which the Gateway API has no field. */
const LIMITS = ['requestsPerSecond', 'maxBodySize'] as const;

/** Any implementation, by what all of them support: no limits, and a path refused as it is written alone. */
export const portableGateway: GatewayImplementation = {
  blocked: () => [],
  limit: () => {},
  faults: (props: SedaIngressProps) =>
    LIMITS.filter((field) => props[field] !== undefined).map((field) =>
      fault(
        field,
        'cannot be expressed by the Gateway API',
        props[field],
        'no value',
        "name the implementation of the Gateway in controller, or drop it and set the limit in the implementation's own policy",
      ),
    ),
};
