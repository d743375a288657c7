import { Construct } from 'constructs';
import { Certificate } from '../imports/cert-manager.io';
import { admitSolver } from './acme-solver';
import { checkHost, checkName, checkPath, checkUnique, checkWholeNumber, fault } from './checks';
import { SEDA_INGRESS_PROPS } from './prop-shapes';
import { checkProps } from './shape';
import { gatewayFaults, gatewayRoutes } from './gateway-api';
import type { IngressController } from './ingress-controller';
import { hostsOf } from './ingress-hosts';
import { ingressNginx, nginxFaults } from './ingress-nginx';
import { k8s } from './k8s';
import { recommendedLabels } from './labels';
import { annotationFaults } from './pod-settings-checks';
import { standardFaults, standardIngress } from './standard-ingress';
import type { SharedTraffic } from './traffic';
import { addWaves } from './wave';

/** How the certificate comes about. */
export interface IngressTls {
  /** Secret that holds the certificate. */
  readonly secretName: string;
  /** Name of the cert-manager ClusterIssuer. */
  readonly issuer: string;
  /**
   * `annotation` lets cert-manager derive the Certificate from the Ingress; `explicit` renders it, so
   * that it is reviewed, and does not go when the Ingress goes.
   */
  readonly certificate: 'annotation' | 'explicit';
  /**
   * How the issuer proves the hosts: by pods of cert-manager, which the controller must reach, or by records of DNS.
   * @default http-01
   */
  readonly challenge?: 'http-01' | 'dns-01';
}

/** Controller-independent ingress configuration. */
export interface SedaIngressProps {
  /** Name of the Ingress or HTTPRoute. */
  readonly name: string;
  /** Lower-case DNS name, e.g. `api.example.com`. */
  readonly host: string;
  /**
   * Further hosts that lead to the same paths; the certificate and the blocked paths cover them as well.
   * @default - none
   */
  readonly extraHosts?: readonly string[];
  /**
   * Annotations of the Ingress or HTTPRoute with the public paths, for its controller. Those that other props
   * stand for are refused.
   * @default - none besides those of the other props
   */
  readonly annotations?: { readonly [key: string]: string };
  /** Where requests go: the Service itself and not its name, so that it exists. Its port is named `http`. */
  readonly service: k8s.KubeService;
  /**
   * Shares the requests between the colours of a pair, in the place of `service`: `SedaApi.traffic`. Both colours stand in
   * every rule, in the same order, so that a change of traffic is a change of two numbers. Testers reach the colour that
   * serves nobody under the same host with the header `x-seda-preview: true`.
   * @default - all requests go to `service`
   */
  readonly traffic?: SharedTraffic;
  /**
   * What serves the description: `{ kind: 'gateway-api', gateway, implementation }`, `{ kind: 'ingress', className,
   * namespace }` or `{ kind: 'ingress-nginx', className }`.
   */
  readonly controller: IngressController;
  /** Public path prefixes, e.g. `['/api/v1']`; nothing else is reachable from outside. */
  readonly paths: readonly string[];
  /**
   * Prefixes below them that stay inside, e.g. `['/api/v1/metrics']`. Envoy Gateway refuses them in any letter case and
   * encoding, other Gateways and ingress-nginx in this letter case alone, and a controller of `ingress` cannot.
   * @default - none
   */
  readonly blockedPaths?: readonly string[];
  /**
   * Requests a second that one client may make. ingress-nginx and Envoy Gateway count by client address, each
   * replica on its own.
   * @default - no limit
   */
  readonly requestsPerSecond?: number;
  /**
   * Largest request body, e.g. `10Mi`.
   * @default - the controller's
   */
  readonly maxBodySize?: string;
  /**
   * Seconds that a request may take.
   * @default - the controller's
   */
  readonly requestTimeoutSeconds?: number;
  /**
   * The certificate, and with it HTTPS.
   * @default - plain HTTP
   */
  readonly tls?: IngressTls;
}

/**
 * The ingress of an API, from one description for every controller. What the chosen controller
 * cannot express is an error at synthesis, never an annotation that it ignores.
 */
export class SedaIngress extends Construct {
  constructor(
    scope: Construct,
    id: string,
    /** The description that it was made from. */
    readonly props: SedaIngressProps,
  ) {
    super(scope, id);
    checkProps(this, SEDA_INGRESS_PROPS, props);
    this.node.addValidation({ validate: () => [...faults(props), ...controllerFaults(props)] });
    const labels = recommendedLabels({
      name: props.service.name,
      instance: props.name,
      component: 'ingress',
    });

    const { controller, tls } = props;
    if (controller.kind === 'gateway-api') gatewayRoutes(this, props, controller, labels);
    else if (controller.kind === 'ingress') standardIngress(this, props, controller, labels);
    else ingressNginx(this, props, controller, labels);
    if (tls && tls.challenge !== 'dns-01') admitSolver(this, props, labels);
    if (props.tls?.certificate === 'explicit') {
      new Certificate(this, 'certificate', {
        metadata: { name: props.tls.secretName, labels },
        spec: {
          secretName: props.tls.secretName,
          dnsNames: hostsOf(props),
          issuerRef: { name: props.tls.issuer, kind: 'ClusterIssuer' },
        },
      });
    }
    addWaves(this);
  }
}

function controllerFaults(props: SedaIngressProps): string[] {
  const { controller } = props;
  if (controller.kind === 'gateway-api') return gatewayFaults(props, controller);
  return [
    ...(props.traffic === undefined
      ? []
      : [
          fault(
            'traffic',
            'cannot be shared by an Ingress',
            'two colours',
            'no value',
            'drop it, so that the Service moves all requests at once, or use a controller of kind gateway-api',
          ),
        ]),
    ...(controller.kind === 'ingress'
      ? standardFaults(props, controller)
      : nginxFaults(props, controller)),
  ];
}

function withoutSlash(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}

function faults(props: SedaIngressProps): string[] {
  const { paths, blockedPaths = [], requestsPerSecond, requestTimeoutSeconds, tls } = props;
  const { annotations = {}, extraHosts = [] } = props;
  const result = [
    ...checkName('name', props.name),
    ...checkHost('host', props.host),
    ...extraHosts.flatMap((host, index) => checkHost(`extraHosts.${index}`, host)),
    ...checkUnique('extraHosts', hostsOf(props)),
    ...annotationFaults('annotations', annotations),
    ...paths.flatMap((path) => checkPath('paths', path)),
    ...blockedPaths.flatMap((path) => checkPath('blockedPaths', path)),
    // For a prefix a slash at the end makes no difference.
    ...checkUnique('paths', paths.map(withoutSlash)),
    ...checkUnique('blockedPaths', blockedPaths.map(withoutSlash)),
    ...(requestsPerSecond === undefined
      ? []
      : checkWholeNumber('requestsPerSecond', requestsPerSecond, 1, 100000)),
    ...(requestTimeoutSeconds === undefined
      ? []
      : checkWholeNumber('requestTimeoutSeconds', requestTimeoutSeconds, 1, 3600)),
    ...(tls === undefined
      ? []
      : [
          ...checkName('tls.secretName', tls.secretName),
          ...checkName('tls.issuer', tls.issuer, 253),
        ]),
  ];
  if (paths.length === 0)
    result.push(fault('paths', 'is empty', paths, 'at least one prefix', 'name what is public'));
  for (const blocked of blockedPaths) {
    if (paths.includes(blocked)) {
      result.push(
        fault(
          'blockedPaths',
          'is public',
          blocked,
          'a path that is not in paths',
          'take it out of one of them',
        ),
      );
    } else if (!paths.some((path) => blocked.startsWith(path.replace(/\/*$/, '/')))) {
      result.push(
        fault(
          'blockedPaths',
          'is not below a public path',
          blocked,
          `a path below ${paths.join(', ')}`,
          'drop it, it is not reachable anyway',
        ),
      );
    }
  }
  return result;
}
