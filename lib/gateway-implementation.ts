import type { Construct } from 'constructs';
import type { HttpRouteSpecRulesMatches } from '../imports/gateway.networking.k8s.io';
import { envoyGateway } from './envoy-gateway';
import type { Labels } from './labels';
import { portableGateway } from './portable-gateway';
import type { SedaIngressProps } from './seda-ingress';

/** What one implementation of the Gateway API adds to the routes, which are the same for all. */
export interface GatewayImplementation {
  /**
   * Where it runs its proxies, if nothing else is said.
   * @default - where the Gateway is
   */
  readonly proxyNamespace?: string;
  /** Matches of the rule that refuses a path, besides that of the path as it is written. */
  readonly blocked: (path: string) => HttpRouteSpecRulesMatches[];
  /** Renders the limits for which the Gateway API has no field, as objects of its own that name the HTTPRoute. */
  readonly limit: (scope: Construct, props: SedaIngressProps, labels: Labels) => void;
  /** What of the props it cannot take. */
  readonly faults: (props: SedaIngressProps) => string[];
}

/** Which implementation serves a Gateway; `portable` is any, by what all of them support. */
export type GatewayImplementationName = 'envoy-gateway' | 'portable';

/** Every implementation that is known by name; a further one is a file like those, its name above and a line here. */
export const GATEWAY_IMPLEMENTATIONS: {
  readonly [name in GatewayImplementationName]: GatewayImplementation;
} = {
  'envoy-gateway': envoyGateway,
  portable: portableGateway,
};
