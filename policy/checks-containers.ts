import type { Manifest } from '../lib/manifests';
import { containersOf } from '../lib/kubernetes/pods';
import {
  type Check,
  containerCheck,
  type Node,
  objectCheck,
  podCheck,
  type Pod,
  podsOf,
  podsSelected,
} from './check';

const IMAGE =
  /^(?<repository>[^@\s]+?)(:(?<tag>\w[\w.-]{0,127}))?(@sha256:(?<digest>[0-9a-f]{64}))?$/;
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];

/** IANA service names: letters, digits and single hyphens, at least one letter. */
const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/;

function imageOf({ image }: Node): { readonly [part: string]: string | undefined } {
  return IMAGE.exec(String(image))?.groups ?? {};
}

/** Containers that run beside each other for as long as the pod lives. */
function serving(pod: Pod): Node[] {
  return pod.serves ? pod.spec.containers : [];
}

function handler({ exec, httpGet, tcpSocket, grpc }: Node): string {
  return JSON.stringify([exec, httpGet, tcpSocket, grpc]);
}

const images: readonly Check[] = [
  containerCheck(18, 'no privileged ports', ({ ports = [] }) =>
    ports.map(
      ({ containerPort }: Node) => containerPort < 1024 && `listens on port ${containerPort}`,
    ),
  ),
  containerCheck(19, 'image tag', (container) => {
    const { tag } = imageOf(container);
    return [
      (tag === undefined || tag === 'latest') &&
        `runs ${container.image}, which does not say what it is`,
    ];
  }),
  containerCheck(20, 'image digest', (container) => [
    imageOf(container).digest === undefined &&
      `runs ${container.image}, which may change under its name`,
  ]),
  containerCheck(21, 'pull policy', (container) => {
    const { digest } = imageOf(container);
    const fits =
      container.imagePullPolicy === 'Always' ||
      (container.imagePullPolicy === 'IfNotPresent' && digest !== undefined);
    return [
      !fits && `runs whatever the node has as ${container.image} (${container.imagePullPolicy})`,
    ];
  }),
];

/** A check that a resource is requested or limited. */
function resource(
  row: number,
  title: string,
  sides: readonly ('requests' | 'limits')[],
  name: string,
): Check {
  return containerCheck(row, title, ({ resources }) =>
    sides.map((side) => resources?.[side]?.[name] === undefined && `has no ${side}.${name}`),
  );
}

const resources: readonly Check[] = [
  resource(23, 'CPU request', ['requests'], 'cpu'),
  resource(24, 'memory request', ['requests'], 'memory'),
  resource(25, 'memory limit', ['limits'], 'memory'),
  resource(26, 'CPU limit', ['limits'], 'cpu'),
  resource(27, 'ephemeral storage', ['requests', 'limits'], 'ephemeral-storage'),
];

const probes: readonly Check[] = [
  podCheck(28, 'readiness probe', (pod) =>
    serving(pod).map(
      ({ name, readinessProbe }) => !readinessProbe && `container ${name} has no readiness probe`,
    ),
  ),
  podCheck(29, 'liveness probe', (pod) =>
    serving(pod).map(
      ({ name, livenessProbe }) => !livenessProbe && `container ${name} has no liveness probe`,
    ),
  ),
  containerCheck(30, 'liveness is not readiness', ({ livenessProbe, readinessProbe }) => [
    livenessProbe &&
      readinessProbe &&
      handler(livenessProbe) === handler(readinessProbe) &&
      'restarts when it should only leave the Service',
  ]),
  containerCheck(31, 'probes ask a port that is open', (container) =>
    PROBES.map((probe) => {
      const { httpGet, tcpSocket, grpc } = container[probe] ?? {};
      const port = (httpGet ?? tcpSocket ?? grpc)?.port;
      const open = (container.ports ?? []).some(
        ({ name, containerPort }: Node) => port === name || port === containerPort,
      );
      return (
        port !== undefined && !open && `has a ${probe} on port ${port}, which it does not open`
      );
    }),
  ),
  objectCheck(32, 'named ports', [], (object, objects) => {
    const own = podsOf([object])
      .flatMap((pod) => containersOf(pod.spec))
      .flatMap(({ ports = [] }) => ports);
    const service = object.kind === 'Service' ? (object.spec.ports ?? []) : [];
    const names = [...own, ...service].map(({ name }) => name);
    return [
      ...names.map((name) => !PORT_NAME.test(name ?? '') && `has a port named ${name}`),
      names.length !== new Set(names).size && 'has two ports of one name',
      ...service.map(
        ({ name, port, targetPort = port }: Node) =>
          !reaches(targetPort, object, objects) &&
          `leads ${name} to port ${targetPort}, which its pods do not open`,
      ),
    ];
  }),
];

/** True when every pod that a Service selects opens the target port; a Service without pods is another check's. */
function reaches(targetPort: Node, service: Manifest, objects: readonly Manifest[]): boolean {
  return podsSelected(service, { matchLabels: service.spec.selector }, objects).every((pod) =>
    containersOf(pod.spec).some(({ ports = [] }) =>
      ports.some(({ name, containerPort }: Node) => [name, containerPort].includes(targetPort)),
    ),
  );
}

/** What runs in a pod, how much it may use and how it says that it works. */
export const containerChecks: readonly Check[] = [...images, ...resources, ...probes];
