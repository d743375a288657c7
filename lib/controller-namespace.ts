import { INGRESS_NGINX_NAMESPACE } from './ingress-nginx';
import type { SedaIngressProps } from './seda-ingress';

/** Where the pods are that lead requests from outside to Services. */
export function controllerNamespace(controller: SedaIngressProps['controller']): string {
  return controller.kind === 'gateway-api'
    ? (controller.gateway.proxyNamespace ?? controller.gateway.namespace)
    : (controller.namespace ?? INGRESS_NGINX_NAMESPACE);
}
