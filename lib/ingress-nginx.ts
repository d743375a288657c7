import { Construct } from 'constructs';
import { checkName, fault } from './checks';
import { CLUSTER_ISSUER, ingressObject } from './ingress-object';
import { Labels } from './labels';
import { parseQuantity, UNITS } from './quantity';
import { checkQuantity } from './resources';
import type { SedaIngressProps } from './seda-ingress';

/** The community controller ingress-nginx. */
export interface IngressNginxController {
  /** Tells this controller from others. */
  readonly kind: 'ingress-nginx';
  /** Name of the IngressClass, e.g. `nginx`. */
  readonly className: string;
  /**
   * Namespace of the controller's pods.
   * @default ingress-nginx
   */
  readonly namespace?: string;
}

/** Where the controller's own chart installs it. */
export const INGRESS_NGINX_NAMESPACE = 'ingress-nginx';

/** Every annotation that this library writes; all are in the controller's documented list. */
const NGINX = {
  limitRps: 'nginx.ingress.kubernetes.io/limit-rps',
  limitBurst: 'nginx.ingress.kubernetes.io/limit-burst-multiplier',
  bodySize: 'nginx.ingress.kubernetes.io/proxy-body-size',
  readTimeout: 'nginx.ingress.kubernetes.io/proxy-read-timeout',
  sendTimeout: 'nginx.ingress.kubernetes.io/proxy-send-timeout',
  deny: 'nginx.ingress.kubernetes.io/denylist-source-range',
} as const;

/** A client may exceed its rate by this factor for a moment. */
const BURST_MULTIPLIER = 3;

/** One Ingress for what is public and one, which refuses every address, for what is not. */
export function ingressNginx(
  scope: Construct,
  props: SedaIngressProps,
  controller: IngressNginxController,
  labels: Labels,
): void {
  const { className } = controller;
  const ingress = (
    id: string,
    name: string,
    paths: readonly string[],
    annotations: Record<string, string>,
  ) => ingressObject(scope, id, props, { name, className, paths, labels, annotations });

  ingress('ingress', props.name, props.paths, { ...annotations(props), ...props.annotations });
  if (props.blockedPaths?.length) {
    // The longer prefix wins, so these paths answer 403 before they reach a pod.
    ingress('blocked', `${props.name}-blocked`, props.blockedPaths, {
      [NGINX.deny]: '0.0.0.0/0,::/0',
    });
  }
}

function annotations(props: SedaIngressProps): Record<string, string> {
  const { requestsPerSecond, maxBodySize, requestTimeoutSeconds, tls } = props;
  return {
    ...(tls?.certificate === 'annotation' ? { [CLUSTER_ISSUER]: tls.issuer } : {}),
    ...(requestsPerSecond === undefined
      ? {}
      : {
          [NGINX.limitRps]: String(requestsPerSecond),
          [NGINX.limitBurst]: String(BURST_MULTIPLIER),
        }),
    ...(maxBodySize === undefined
      ? {}
      : { [NGINX.bodySize]: String(Math.ceil((parseQuantity(maxBodySize) ?? 0) / 1024)) + 'k' }),
    ...(requestTimeoutSeconds === undefined
      ? {}
      : {
          [NGINX.readTimeout]: String(requestTimeoutSeconds),
          [NGINX.sendTimeout]: String(requestTimeoutSeconds),
        }),
  };
}

/** Annotations that other props stand for, and the prop. */
const OWN_ANNOTATIONS: { readonly [annotation: string]: string } = {
  [NGINX.limitRps]: 'requestsPerSecond',
  [NGINX.limitBurst]: 'requestsPerSecond',
  [NGINX.bodySize]: 'maxBodySize',
  [NGINX.readTimeout]: 'requestTimeoutSeconds',
  [NGINX.sendTimeout]: 'requestTimeoutSeconds',
  [NGINX.deny]: 'blockedPaths',
  [CLUSTER_ISSUER]: 'tls',
};

/** What ingress-nginx cannot take. */
export function nginxFaults(props: SedaIngressProps, controller: IngressNginxController): string[] {
  return [
    ...checkName('controller.className', controller.className),
    ...checkName('controller.namespace', controller.namespace ?? INGRESS_NGINX_NAMESPACE),
    ...(props.maxBodySize === undefined
      ? []
      : checkQuantity('maxBodySize', props.maxBodySize, UNITS.body)),
    ...Object.keys(props.annotations ?? {})
      .filter((annotation) => Object.hasOwn(OWN_ANNOTATIONS, annotation))
      .map((annotation) =>
        fault(
          'annotations',
          'has one that a prop stands for',
          annotation,
          'other annotations',
          `use the prop ${OWN_ANNOTATIONS[annotation]}`,
        ),
      ),
  ];
}
