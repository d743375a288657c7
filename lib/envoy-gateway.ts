import {
  BackendTrafficPolicy,
  type BackendTrafficPolicySpec,
  type BackendTrafficPolicySpecRateLimitLocalRules,
  BackendTrafficPolicySpecRateLimitLocalRulesClientSelectorsSourceCidrType as SourceType,
  BackendTrafficPolicySpecRateLimitLocalRulesLimitUnit as Unit,
  BackendTrafficPolicySpecRequestBufferLimit as BodySize,
} from '../imports/gateway.envoyproxy.io';
import { HttpRouteSpecRulesMatchesPathType as PathType } from '../imports/gateway.networking.k8s.io';
import { fault } from './checks';
import type { GatewayImplementation } from './gateway-implementation';
import { UNITS } from './quantity';
import { checkQuantity } from './resources';
import type { SedaIngressProps } from './seda-ingress';

/** Every address, by its family: a rule of rate limits knows one family alone. */
const EVERYBODY = ['0.0.0.0/0', '::/0'];

/** What Envoy Gateway takes for a size, of those that Kubernetes takes. */
const SIZE = /^[1-9]\d*(?:[EPTGMK]i|[EPTGMk])?$/;

/** Envoy Gateway, from 1.9 on, whose limits are a BackendTrafficPolicy. */
export const envoyGateway: GatewayImplementation = {
  proxyNamespace: 'envoy-gateway-system',
  blocked: (path) => [{ path: { type: PathType.REGULAR_EXPRESSION, value: inAnyCase(path) } }],
  limit: (scope, props, labels) => {
    const limits = limitsOf(props);
    // A policy of the route stands in the place of one that the platform has for the Gateway.
    if (limits === undefined) return;
    new BackendTrafficPolicy(scope, 'limits', {
      metadata: { name: props.name, labels },
      spec: {
        targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: props.name }],
        ...limits,
      },
    });
  },
  faults: ({ maxBodySize }) => {
    if (maxBodySize === undefined) return [];
    const faults = checkQuantity('maxBodySize', maxBodySize, UNITS.body);
    return faults.length > 0 || SIZE.test(maxBodySize)
      ? faults
      : [
          fault(
            'maxBodySize',
            'is no size that Envoy Gateway takes',
            maxBodySize,
            'a whole number and a unit, such as 10Mi',
            'write it without a fraction',
          ),
        ];
  },
};

/**
 * A path in any case of its letters, and what is below it. Envoy has resolved dots, doubled slashes and encoded letters before
 * it looks; Fastify takes what follows a semicolon for a query, and may decode what is encoded still.
 */
function inAnyCase(path: string): string {
  return `(?i)${path.replace(/\/+$/, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}([/;%].*)?`;
}

function limitsOf(
  props: SedaIngressProps,
): Omit<BackendTrafficPolicySpec, 'targetRefs'> | undefined {
  const { requestsPerSecond, maxBodySize, requestTimeoutSeconds } = props;
  if (requestsPerSecond === undefined && maxBodySize === undefined) return undefined;
  return {
    ...(requestsPerSecond === undefined
      ? {}
      : {
          rateLimit: { local: { rules: EVERYBODY.map((range) => rule(range, requestsPerSecond)) } },
        }),
    ...(maxBodySize === undefined
      ? {}
      : { requestBuffer: { limit: BodySize.fromString(maxBodySize) } }),
    // The timeout of the route begins when a request is complete; this one is for a client that stops in the middle of it.
    ...(requestTimeoutSeconds === undefined
      ? {}
      : { timeout: { http: { streamIdleTimeout: `${requestTimeoutSeconds}s` } } }),
  };
}

/** Each address of a range has a count of its own, in each proxy. */
function rule(value: string, requests: number): BackendTrafficPolicySpecRateLimitLocalRules {
  return {
    clientSelectors: [{ sourceCidr: { type: SourceType.DISTINCT, value } }],
    limit: { requests, unit: Unit.SECOND },
  };
}
