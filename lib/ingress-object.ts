import { Construct } from 'constructs';
import { hostsOf } from './ingress-hosts';
import { k8s } from './k8s';
import type { Labels } from './labels';
import type { SedaIngressProps } from './seda-ingress';

/** Annotation of cert-manager, by which an Ingress asks for its certificate. */
export const CLUSTER_ISSUER = 'cert-manager.io/cluster-issuer';

/** What is said of one Ingress beside the props. */
export interface IngressObject {
  readonly name: string;
  readonly className: string;
  readonly paths: readonly string[];
  readonly labels: Labels;
  readonly annotations: { readonly [key: string]: string };
}

/** An Ingress that leads the same paths of every host to the Service. */
export function ingressObject(
  scope: Construct,
  id: string,
  props: SedaIngressProps,
  { name, className, paths, labels, annotations }: IngressObject,
): void {
  new k8s.KubeIngress(scope, id, {
    metadata: { name, labels, annotations },
    spec: {
      ingressClassName: className,
      ...(props.tls ? { tls: [{ hosts: hostsOf(props), secretName: props.tls.secretName }] } : {}),
      rules: hostsOf(props).map((host) => ({
        host,
        http: { paths: paths.map((path) => rule(path, props.service)) },
      })),
    },
  });
}

function rule(path: string, service: k8s.KubeService): k8s.HttpIngressPath {
  return {
    path,
    pathType: 'Prefix',
    backend: { service: { name: service.name, port: { name: 'http' } } },
  };
}
