import { containersOf } from '../lib/kubernetes/pods';
import {
  type Check,
  containerCheck,
  type Node,
  objectCheck,
  podCheck,
  podsOf,
  type Pod,
} from './check';

/** Volumes that Pod Security `restricted` admits. */
const VOLUME_TYPES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** A container's own setting wins over its pod's. */
function effective(container: Node, pod: Pod, key: string): Node {
  return container.securityContext?.[key] ?? pod.spec.securityContext?.[key];
}

function isEmpty(value: Node): boolean {
  return Object.keys(value ?? {}).length === 0;
}

/** Handlers of a container that may name a host. */
function handlers({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Node): Node[] {
  return [
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle?.postStart,
    lifecycle?.preStop,
  ].filter(Boolean);
}

const identity: readonly Check[] = [
  containerCheck(1, 'non-root', (container, pod) => [
    effective(container, pod, 'runAsNonRoot') !== true && 'may run as root',
  ]),
  podCheck(2, 'user and group above 10000', (pod) => [
    ...containersOf(pod.spec).flatMap((container) =>
      ['runAsUser', 'runAsGroup'].map(
        (key) =>
          !(effective(container, pod, key) > 10000) &&
          `container ${container.name} has a low or no ${key}`,
      ),
    ),
    pod.spec.securityContext?.fsGroup <= 10000 && 'has a low fsGroup',
  ]),
  podCheck(3, 'no root group', (pod) => [
    ...containersOf(pod.spec).map(
      (container) =>
        effective(container, pod, 'runAsGroup') === 0 &&
        `container ${container.name} runs in group 0`,
    ),
    [
      pod.spec.securityContext?.fsGroup,
      ...(pod.spec.securityContext?.supplementalGroups ?? []),
    ].includes(0) && 'is in group 0',
  ]),
  objectCheck(16, 'no token of the service account', [], (object) => [
    object.kind === 'ServiceAccount' &&
      object.automountServiceAccountToken !== false &&
      'gives its token to pods',
    ...podsOf([object]).map(
      ({ spec }) => spec.automountServiceAccountToken !== false && 'mounts a token',
    ),
  ]),
  podCheck(17, 'own service account', (pod, objects) => {
    const name = pod.spec.serviceAccountName;
    const exists = objects.some(
      ({ kind, metadata }) =>
        kind === 'ServiceAccount' && metadata.name === name && metadata.namespace === pod.namespace,
    );
    return [
      pod.spec.serviceAccount !== undefined && 'uses the deprecated field serviceAccount',
      name === undefined || name === 'default'
        ? 'runs as the default service account'
        : !exists && `runs as ${name}, which does not exist`,
    ];
  }),
];

const privileges: readonly Check[] = [
  containerCheck(4, 'no privilege escalation', ({ securityContext }) => [
    securityContext?.allowPrivilegeEscalation !== false && 'may gain privileges',
  ]),
  containerCheck(5, 'not privileged', ({ securityContext }) => [
    securityContext?.privileged === true && 'is privileged',
  ]),
  containerCheck(6, 'no capabilities', ({ securityContext }) => [
    !securityContext?.capabilities?.drop?.includes('ALL') && 'keeps capabilities',
    !isEmpty(securityContext?.capabilities?.add) && 'adds capabilities',
  ]),
  containerCheck(7, 'default seccomp profile', (container, pod) => [
    effective(container, pod, 'seccompProfile')?.type !== 'RuntimeDefault' &&
      'is not under the default seccomp profile',
  ]),
  podCheck(8, 'default AppArmor profile', (pod) => [
    ...containersOf(pod.spec).map(
      (container) =>
        effective(container, pod, 'appArmorProfile') !== undefined &&
        `container ${container.name} has its own profile`,
    ),
    Object.keys(pod.annotations).some((key) =>
      key.startsWith('container.apparmor.security.beta.kubernetes.io/'),
    ) && 'has an AppArmor annotation',
  ]),
  podCheck(10, 'security contexts', (pod) => [
    isEmpty(pod.spec.securityContext) && 'has no security context',
    ...containersOf(pod.spec).map(
      ({ name, securityContext }) =>
        isEmpty(securityContext) && `container ${name} has no security context`,
    ),
  ]),
];

const host: readonly Check[] = [
  containerCheck(9, 'read-only root file system', ({ securityContext, volumeMounts = [] }, pod) => [
    securityContext?.readOnlyRootFilesystem !== true && 'may write to its root file system',
    !volumeMounts.some(({ mountPath }: Node) => mountPath === '/tmp') && 'has no /tmp to write to',
    ...volumeMounts.map(({ name }: Node) => {
      const volume = pod.spec.volumes?.find((candidate: Node) => candidate.name === name);
      return (
        volume?.emptyDir !== undefined &&
        volume.emptyDir.sizeLimit === undefined &&
        `may fill the node through ${name}`
      );
    }),
  ]),
  podCheck(11, "not in the host's namespaces", (pod) =>
    ['hostPID', 'hostIPC', 'hostNetwork'].map(
      (field) => pod.spec[field] === true && `has ${field}`,
    ),
  ),
  podCheck(12, 'no volumes of the host', (pod) =>
    (pod.spec.volumes ?? []).map(({ name, ...source }: Node) => {
      const types = Object.keys(source);
      return (
        (types.length !== 1 || !VOLUME_TYPES.includes(types[0]!)) &&
        `has volume ${name} of type ${types.join(', ') || 'nothing'}`
      );
    }),
  ),
  containerCheck(13, 'no ports of the host', ({ ports = [] }) =>
    ports.map(
      ({ hostPort }: Node) => hostPort !== undefined && `takes port ${hostPort} of the host`,
    ),
  ),
  podCheck(14, 'no kernel settings', (pod) => [
    !isEmpty(pod.spec.securityContext?.sysctls) && 'sets sysctls',
    ...containersOf(pod.spec).flatMap((container) => [
      (container.securityContext?.procMount ?? 'Default') !== 'Default' &&
        `container ${container.name} unmasks /proc`,
      effective(container, pod, 'seLinuxOptions') !== undefined &&
        `container ${container.name} sets SELinux options`,
      effective(container, pod, 'windowsOptions')?.hostProcess === true &&
        `container ${container.name} is a process of the host`,
    ]),
  ]),
  containerCheck(15, 'probes ask the pod itself', (container) =>
    handlers(container).map(
      ({ httpGet, tcpSocket }) =>
        (httpGet?.host ?? tcpSocket?.host) !== undefined && 'has a probe or hook with a host',
    ),
  ),
];

/** What a pod may do on its node. */
export const podChecks: readonly Check[] = [...identity, ...privileges, ...host];
