import { Construct } from 'constructs';
import { checkName, fault } from './checks';
import { CLUSTER_ISSUER, ingressObject } from './ingress-object';
import type { Labels } from './labels';
import type { SedaIngressProps } from './seda-ingress';

/** Any controller of the Ingress API, by the fields of an Ingress alone: no annotation of a controller is rendered. */
export interface StandardIngressController {
  /** Tells this controller from others. */
  readonly kind: 'ingress';
  /** Name of the IngressClass, e.g. `traefik`. */
  readonly className: string;
  /** Namespace of the controller's pods, whose requests the NetworkPolicies admit. */
  readonly namespace: string;
}

/** One Ingress with the public paths, and the annotations that are given. */
export function standardIngress(
  scope: Construct,
  props: SedaIngressProps,
  { className }: StandardIngressController,
  labels: Labels,
): void {
  const { name, paths, annotations, tls } = props;
  ingressObject(scope, 'ingress', props, {
    name,
    className,
    paths,
    labels,
    annotations: {
      ...(tls?.certificate === 'annotation' ? { [CLUSTER_ISSUER]: tls.issuer } : {}),
      ...annotations,
    },
  });
}

/** Limits for which an Ingress has no field, and where they belong. */
const LIMITS = ['requestsPerSecond', 'maxBodySize', 'requestTimeoutSeconds'] as const;

/** What the fields of an Ingress cannot say. */
export function standardFaults(
  props: SedaIngressProps,
  { className, namespace }: StandardIngressController,
): string[] {
  const { blockedPaths = [], annotations = {} } = props;
  return [
    ...checkName('controller.className', className),
    ...checkName('controller.namespace', namespace),
    ...LIMITS.filter((field) => props[field] !== undefined).map((field) =>
      fault(
        field,
        'cannot be expressed by an Ingress',
        props[field],
        'no value',
        'drop it, and set the limit where the controller is configured, or by its own annotations',
      ),
    ),
    // A path to a Service without endpoints is no way out: Traefik leaves such a path out, and the shorter one takes its requests.
    ...(blockedPaths.length === 0
      ? []
      : [
          fault(
            'blockedPaths',
            'cannot be expressed by an Ingress',
            blockedPaths,
            'no value',
            'serve it on a port of its own, refuse it in front of the controller, or choose another controller',
          ),
        ]),
    ...(CLUSTER_ISSUER in annotations
      ? [
          fault(
            'annotations',
            'has one that a prop stands for',
            CLUSTER_ISSUER,
            'other annotations',
            'use the prop tls',
          ),
        ]
      : []),
  ];
}
