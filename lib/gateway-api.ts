import { Construct } from 'constructs';
import {
  HttpRoute,
  HttpRouteSpecRules,
  HttpRouteSpecRulesFiltersRequestRedirectScheme as Scheme,
  HttpRouteSpecRulesFiltersRequestRedirectStatusCode as StatusCode,
  HttpRouteSpecRulesBackendRefs,
  HttpRouteSpecRulesFiltersType as FilterType,
  HttpRouteSpecRulesMatchesHeadersType as HeaderMatch,
  HttpRouteSpecRulesMatchesPathType as PathType,
} from '../imports/gateway.networking.k8s.io';
import { checkName, fault } from './checks';
import {
  GATEWAY_IMPLEMENTATIONS,
  type GatewayImplementation,
  type GatewayImplementationName,
} from './gateway-implementation';
import { k8s } from './k8s';
import { PREVIEW_HEADER } from './preview-header';
import { COLOURS, Labels } from './labels';
import { hostsOf } from './ingress-hosts';
import { grantCertificate } from './reference-grant';
import type { SedaIngressProps } from './seda-ingress';
import type { SharedTraffic } from './traffic';
import { setWave } from './wave';

/** A controller of the Gateway API. */
export interface GatewayController {
  /** Tells this controller from others. */
  readonly kind: 'gateway-api';
  /**
   * Which implementation serves the Gateway, whose own policies then say what the Gateway API has no field for.
   * @default portable - what all of them support, and no limits of rate and size
   */
  readonly implementation?: GatewayImplementationName;
  /** The Gateway that the platform provides. */
  readonly gateway: {
    /** Its name, e.g. `public`. */
    readonly name: string;
    /** Where it is; it must admit routes of the API's namespace. */
    readonly namespace: string;
    /**
     * Where its proxies run, whose requests the NetworkPolicies admit.
     * @default - beside its controller in `envoy-gateway-system` with Envoy Gateway, otherwise where the Gateway is
     */
    readonly proxyNamespace?: string;
    /**
     * Name of the listener for HTTPS.
     * @default https
     */
    readonly httpsListener?: string;
    /**
     * Name of the listener for HTTP.
     * @default http
     */
    readonly httpListener?: string;
    /**
     * Its listener names the Secret of the certificate where the API is, which a ReferenceGrant must allow it.
     * @default false - the platform gives the listener a certificate of its own
     */
    readonly readsCertificate?: boolean;
  };
}

/** The API's own bound. */
const MAX_RULES = 16;

/**
 * The HTTPRoute and, where there is TLS, a second one that sends plain HTTP to HTTPS; by 308, with which a POST stays one.
 * What the API server would add is written out, for an engine that compares texts takes it for a change.
 */
export function gatewayRoutes(
  scope: Construct,
  props: SedaIngressProps,
  controller: GatewayController,
  labels: Labels,
): void {
  const { name, namespace, httpsListener = 'https', httpListener = 'http' } = controller.gateway;
  const { traffic } = props;
  const route = (
    id: string,
    routeName: string,
    sectionName: string,
    rules: HttpRouteSpecRules[],
    annotations?: { readonly [key: string]: string },
  ) =>
    new HttpRoute(scope, id, {
      metadata: { name: routeName, labels, ...(annotations ? { annotations } : {}) },
      spec: {
        parentRefs: [
          { group: 'gateway.networking.k8s.io', kind: 'Gateway', name, namespace, sectionName },
        ],
        hostnames: hostsOf(props),
        rules,
      },
    });

  const main = route(
    'route',
    props.name,
    props.tls ? httpsListener : httpListener,
    [
      // In front from the first day: a rule that is put in front of others later drops requests (Envoy Gateway #9029).
      ...(traffic === undefined
        ? []
        : props.paths.map((path) => previewRule(path, traffic, props))),
      ...props.paths.map((path) => publicRule(path, props)),
      // A rule without a backend answers an error by itself; the longer prefix wins.
      ...(props.blockedPaths ?? []).map((path) => ({
        matches: [prefix(path), ...implementationOf(controller).blocked(path)],
      })),
    ],
    props.annotations,
  );
  // Its weights are a switch: nothing may move before the gates, and the last wave is not waited for.
  if (traffic !== undefined) setWave(main, 'switch');
  if (props.tls) {
    route('redirect', `${props.name}-redirect`, httpListener, [
      {
        matches: [prefix('/')],
        filters: [
          {
            type: FilterType.REQUEST_REDIRECT,
            requestRedirect: { scheme: Scheme.HTTPS, statusCode: StatusCode.VALUE_308 },
          },
        ],
      },
    ]);
  }
  implementationOf(controller).limit(scope, props, labels);
  grantCertificate(scope, props, controller, labels);
}

/** What serves a Gateway. */
export function implementationOf({
  implementation = 'portable',
}: GatewayController): GatewayImplementation {
  return GATEWAY_IMPLEMENTATIONS[implementation];
}

function prefix(value: string) {
  return { path: { type: PathType.PATH_PREFIX, value } };
}

function publicRule(path: string, props: SedaIngressProps): HttpRouteSpecRules {
  const { traffic, service } = props;
  return {
    matches: [prefix(path)],
    backendRefs:
      traffic === undefined
        ? [backend(service, 1)]
        : COLOURS.map((colour) => backend(traffic.services[colour], traffic.weights[colour])),
    ...timeouts(props),
  };
}

/** The same host and path for who asks with the header. The longer prefix of a blocked path wins here as well. */
function previewRule(
  path: string,
  { services, preview }: SharedTraffic,
  props: SedaIngressProps,
): HttpRouteSpecRules {
  const { name, value } = PREVIEW_HEADER;
  return {
    matches: [{ ...prefix(path), headers: [{ type: HeaderMatch.EXACT, name, value }] }],
    backendRefs: [backend(services[preview], 1)],
    ...timeouts(props),
  };
}

function backend({ name }: k8s.KubeService, weight: number): HttpRouteSpecRulesBackendRefs {
  return { group: '', kind: 'Service', name, port: 80, weight };
}

function timeouts({
  requestTimeoutSeconds,
}: SedaIngressProps): Pick<HttpRouteSpecRules, 'timeouts'> {
  return requestTimeoutSeconds === undefined
    ? {}
    : { timeouts: { request: `${requestTimeoutSeconds}s` } };
}

/** What a Gateway cannot take. */
export function gatewayFaults(props: SedaIngressProps, controller: GatewayController): string[] {
  const { readsCertificate = false, ...names } = controller.gateway;
  const faults = Object.entries(names).flatMap(([field, value]) =>
    value === undefined ? [] : checkName(`controller.gateway.${field}`, value),
  );
  const rules =
    props.paths.length * (props.traffic === undefined ? 1 : 2) + (props.blockedPaths ?? []).length;
  if (rules > MAX_RULES)
    faults.push(
      fault(
        'paths',
        'has too many entries for one HTTPRoute, with blockedPaths',
        rules,
        `at most ${MAX_RULES}`,
        'join them under shorter prefixes',
      ),
    );
  faults.push(...implementationOf(controller).faults(props));
  if (readsCertificate && props.tls === undefined)
    faults.push(
      fault(
        'controller.gateway.readsCertificate',
        'names a certificate that is not there',
        true,
        'nothing where tls is not set',
        'set tls, or remove it',
      ),
    );
  if (props.tls?.certificate === 'annotation')
    faults.push(
      fault(
        'tls.certificate',
        'cannot be expressed by the Gateway API',
        'annotation',
        'no value',
        'use "explicit", or annotate the Gateway',
      ),
    );
  return faults;
}
