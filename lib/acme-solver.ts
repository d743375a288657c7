import { Construct } from 'constructs';
import { controllerNamespace } from './controller-namespace';
import { k8s } from './k8s';
import { Labels } from './labels';
import { namespacePeer } from './network';
import type { SedaIngressProps } from './seda-ingress';

/** Port and label of the pods with which cert-manager answers Let's Encrypt over HTTP. */
const SOLVER = { port: 8089, labels: { 'acme.cert-manager.io/http01-solver': 'true' } } as const;

/** Where nothing may talk to anything, the controller must still reach the pods that solve the challenge. */
export function admitSolver(scope: Construct, props: SedaIngressProps, labels: Labels): void {
  const from = [namespacePeer(controllerNamespace(props.controller))];
  new k8s.KubeNetworkPolicy(scope, 'acme-solver', {
    metadata: { name: `${props.name}-acme-solver`, labels },
    spec: {
      podSelector: { matchLabels: SOLVER.labels },
      policyTypes: ['Ingress'],
      ingress: [
        { from, ports: [{ port: k8s.IntOrString.fromNumber(SOLVER.port), protocol: 'TCP' }] },
      ],
    },
  });
}
