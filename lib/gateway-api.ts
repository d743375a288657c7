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
import { k8s } from './k8s';
import { PREVIEW_HEADER } from './preview-header';
import { COLOURS, Labels } from './labels';
import { hostsOf } from './ingress-hosts';
import type { SedaIngressProps } from './seda-ingress';
import type { SharedTraffic } from './traffic';
import { setWave } from './wave';

/** Any controller of the Gateway API, by what all of them support. */
export interface GatewayController {
  /** Tells this controller from others. */
  readonly kind: 'gateway-api';
  /** The Gateway that the platform provides. */
  readonly gateway: {
    /** Its name, e.g. `public`. */
    readonly name: string;
    /** Where it is; it must admit routes of the API's namespace. */
    readonly namespace: string;
    /**
     * Where its proxies run, whose requests the NetworkPolicies admit. Envoy Gateway runs them beside its controller, by
     * default in `envoy-gateway-system`.
     * @default - where the Gateway is
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
      ...(props.blockedPaths ?? []).map((path) => ({ matches: [prefix(path)] })),
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

/** What the Gateway API has no portable field for. */
export function gatewayFaults(props: SedaIngressProps, controller: GatewayController): string[] {
  const faults = Object.entries(controller.gateway).flatMap(([field, value]) =>
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
  const refuse = (field: string, got: unknown, remedy: string) =>
    faults.push(fault(field, 'cannot be expressed by the Gateway API', got, 'no value', remedy));
  if (props.requestsPerSecond !== undefined)
    refuse(
      'requestsPerSecond',
      props.requestsPerSecond,
      "drop it and set the limit in the controller's own policy or in the API",
    );
  if (props.maxBodySize !== undefined)
    refuse(
      'maxBodySize',
      props.maxBodySize,
      "drop it and set the limit in the controller's own policy or in the API",
    );
  if (props.tls?.certificate === 'annotation')
    refuse('tls.certificate', 'annotation', 'use "explicit", or annotate the Gateway');
  return faults;
}
