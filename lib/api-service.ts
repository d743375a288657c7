import { Construct } from 'constructs';
import { k8s } from './k8s';
import { Labels } from './labels';

export interface ApiServiceProps {
  readonly name: string;
  readonly labels: Labels;
  readonly selector: Labels;
  /**
   * Port that clients use.
   * @default 80
   */
  readonly port?: number;
  /**
   * One DNS record a ready pod instead of one virtual address.
   * @default false
   */
  readonly headless?: boolean;
}

/** A ClusterIP Service whose port `http` leads to the container port of the same name. */
export function apiService(scope: Construct, id: string, props: ApiServiceProps): k8s.KubeService {
  return new k8s.KubeService(scope, id, {
    metadata: { name: props.name, labels: props.labels },
    spec: {
      type: 'ClusterIP',
      ...(props.headless ? { clusterIp: 'None' } : {}),
      selector: { ...props.selector },
      ports: [
        {
          name: 'http',
          port: props.port ?? 80,
          targetPort: k8s.IntOrString.fromString('http'),
          protocol: 'TCP',
          appProtocol: 'http',
        },
      ],
    },
  });
}
