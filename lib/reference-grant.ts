import { Construct } from 'constructs';
import { ReferenceGrant } from '../imports/gateway.networking.k8s.io';
import type { GatewayController } from './gateway-api';
import type { Labels } from './labels';
import type { SedaIngressProps } from './seda-ingress';

/** Lets the Gateways of another namespace read the Secret of the certificate, and no other. */
export function grantCertificate(
  scope: Construct,
  { name, tls }: SedaIngressProps,
  { gateway }: GatewayController,
  labels: Labels,
): void {
  if (tls === undefined || gateway.readsCertificate !== true) return;
  new ReferenceGrant(scope, 'certificate-grant', {
    metadata: { name: `${name}-certificate`, labels },
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: gateway.namespace }],
      to: [{ group: '', kind: 'Secret', name: tls.secretName }],
    },
  });
}
