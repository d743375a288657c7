import { implementationOf } from './gateway-api';
import type { IngressController } from './ingress-controller';
import { INGRESS_NGINX_NAMESPACE } from './ingress-nginx';

/** Where the pods are that lead requests from outside to Services. */
export function controllerNamespace(controller: IngressController): string {
  if (controller.kind !== 'gateway-api') return controller.namespace ?? INGRESS_NGINX_NAMESPACE;
  const { proxyNamespace, namespace } = controller.gateway;
  return proxyNamespace ?? implementationOf(controller).proxyNamespace ?? namespace;
}
