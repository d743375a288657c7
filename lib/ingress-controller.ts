import type { GatewayController } from './gateway-api';
import type { IngressNginxController } from './ingress-nginx';
import type { StandardIngressController } from './standard-ingress';

/** What leads requests from outside to Services. */
export type IngressController =
  GatewayController | StandardIngressController | IngressNginxController;
