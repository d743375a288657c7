import { type Container, containersOf, listOf, type PodSpec } from '../../../lib/kubernetes/pods';
import { canonicalText } from '../../rendering/canonical';
import { changedFields } from './fields';
import { probeGuards } from './probes';
import { roomGuards } from './room';
import { runGuards, stopGuards } from './run';
import { contextGuards } from './security-context';

/** Fields of a pod that a setting may change; whatever guards the pod is compared field by field. */
const POD_SETTINGS = new Set([
  ...['containers', 'initContainers', 'volumes', 'nodeSelector', 'tolerations', 'affinity'],
  ...['topologySpreadConstraints', 'imagePullSecrets', 'priorityClassName'],
  ...['enableServiceLinks', 'securityContext', 'serviceAccountName', 'serviceAccount'],
  ...['automountServiceAccountToken', 'terminationGracePeriodSeconds'],
]);
const CONTAINER_SETTINGS = new Set([
  ...['name', 'image', 'imagePullPolicy', 'command', 'args', 'workingDir', 'env', 'envFrom'],
  ...['resources', 'volumeMounts', 'ports', 'restartPolicy', 'securityContext', 'lifecycle'],
  ...['livenessProbe', 'readinessProbe', 'startupProbe'],
]);

/** What guards the pods less in `after` than in `before`, and what nobody knows to be a setting; each a clause. */
export function weakenedGuards(before: PodSpec, after: PodSpec): string[] {
  const found = [
    ...unknownFields(before, after, POD_SETTINGS).map((field) => `spec.${field} changes`),
    ...['hostNetwork', 'hostPID', 'hostIPC']
      .filter((field) => after[field] === true && before[field] !== true)
      .map((field) => `${field} is turned on`),
    ...(hostPaths(after) > hostPaths(before) ? ['a folder of the node is mounted'] : []),
    ...(after.automountServiceAccountToken !== false &&
    before.automountServiceAccountToken === false
      ? ['the token of the ServiceAccount is mounted']
      : []),
    ...(after.serviceAccountName !== before.serviceAccountName
      ? [`the ServiceAccount becomes ${after.serviceAccountName ?? 'default'}`]
      : []),
    ...((after.terminationGracePeriodSeconds ?? 30) < (before.terminationGracePeriodSeconds ?? 30)
      ? ['pods get less time to end their requests']
      : []),
    ...contextGuards('the pod', before.securityContext, after.securityContext),
  ];
  const peers = new Map(containersOf(before).map((container) => [container.name, container]));
  const gone = (before.containers ?? []).filter(
    ({ name }) => !(after.containers ?? []).some((container) => container.name === name),
  );
  return [
    ...found,
    ...(listOf(after.imagePullSecrets).length < listOf(before.imagePullSecrets).length
      ? ['they pull their image with fewer credentials']
      : []),
    ...volumeGuards(before, after),
    ...placementGuards(before, after),
    ...gone.map(({ name }) => `the container ${name} is gone`),
    ...roomGuards(before, after),
    ...listOf(after.containers).flatMap(({ name }) => stopGuards(name, before, after)),
    ...containersOf(after).flatMap((container) =>
      containerGuards(peers.get(container.name), container),
    ),
  ];
}

function unknownFields(before: object, after: object, known: ReadonlySet<string>): string[] {
  return changedFields(before, after).filter((field) => !known.has(field));
}

interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly sizeLimit?: string };
  readonly projected?: { readonly sources?: readonly object[] };
}

/** What a volume may be without giving pods more than they had. */
const VOLUMES = [
  'name',
  'emptyDir',
  'configMap',
  'secret',
  'projected',
  'persistentVolumeClaim',
  'downwardAPI',
];

function volumeGuards(before: PodSpec, after: PodSpec): string[] {
  const known = new Set(
    ((before.volumes ?? []) as Volume[]).map((volume) => canonicalText(volume)),
  );
  return ((after.volumes ?? []) as Volume[])
    .filter((volume) => !known.has(canonicalText(volume)))
    .flatMap((volume) => {
      const strange = Object.keys(volume).filter((field) => !VOLUMES.includes(field));
      const token = (volume.projected?.sources ?? []).some(
        (source) => 'serviceAccountToken' in source,
      );
      return [
        ...strange.map((field) => `the volume ${volume.name} is a ${field}`),
        ...(token ? [`the volume ${volume.name} mounts a token of the ServiceAccount`] : []),
        ...(volume.emptyDir !== undefined && volume.emptyDir.sizeLimit === undefined
          ? [`the volume ${volume.name} has no size limit`]
          : []),
      ];
    });
}

/** Pods that are spread stay spread, and push nobody else away. */
function placementGuards(before: PodSpec, after: PodSpec): string[] {
  const apart = ({ affinity, topologySpreadConstraints = [] }: PodSpec) =>
    [affinity?.podAntiAffinity, topologySpreadConstraints.length > 0 || undefined].filter(
      (one) => one !== undefined,
    ).length;
  const together = ({ affinity }: PodSpec) =>
    affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.length ?? 0;
  const everywhere = ({ tolerations = [] }: PodSpec) =>
    (tolerations as { operator?: string; key?: string }[]).some(
      ({ operator, key }) => operator === 'Exists' && key === undefined,
    );
  return [
    ...(apart(after) < apart(before) ? ['they are no longer spread over nodes and zones'] : []),
    ...(together(after) > together(before) ? ['they must be on one node'] : []),
    ...(everywhere(after) && !everywhere(before) ? ['they tolerate every taint'] : []),
    ...(after.priorityClassName !== before.priorityClassName &&
    /^system-/.test(after.priorityClassName ?? '')
      ? ['they take the place of system pods, a power turned on']
      : []),
  ];
}

function hostPaths({ volumes = [] }: PodSpec): number {
  return (volumes as { hostPath?: object }[]).filter(({ hostPath }) => hostPath !== undefined)
    .length;
}

function containerGuards(before: Container | undefined, after: Container): string[] {
  const { name } = after;
  // Beside pods that are there a new container brings no guard less, but may bring a power more.
  if (before === undefined)
    return contextGuards(`the container ${name}`, undefined, after.securityContext, true);
  const unknown = unknownFields(before, after, CONTAINER_SETTINGS);
  return [
    ...unknown.map((field) => `${field} of ${name} changes`),
    ...contextGuards(`the container ${name}`, before.securityContext, after.securityContext),
    ...probeGuards(before, after),
    ...runGuards(before, after),
  ];
}
