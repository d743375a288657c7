import { Construct } from 'constructs';
import type { IpFamily } from './address-range';
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
  /**
   * Families of its addresses, the first one for ever.
   * @default - the cluster's default
   */
  readonly ipFamilies?: readonly IpFamily[];
}

/** A ClusterIP Service whose port `http` leads to the container port of the same name. */
export function apiService(scope: Construct, id: string, props: ApiServiceProps): k8s.KubeService {
  const { ipFamilies } = props;
  return new k8s.KubeService(scope, id, {
    metadata: { name: props.name, labels: props.labels },
    spec: {
      ...(ipFamilies === undefined
        ? {}
        : {
            ipFamilies: [...ipFamilies],
            ipFamilyPolicy: ipFamilies.length > 1 ? 'RequireDualStack' : 'SingleStack',
          }),
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
