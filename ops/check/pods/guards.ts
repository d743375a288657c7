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
    ...graceGuards(before, after),
    ...(after.enableServiceLinks !== false && before.enableServiceLinks === false
      ? ['variables of every Service of the namespace are put into them']
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

/** More seconds than any request takes, in which a pod that hangs holds its place. */
const MOST_GRACE = 600;

function graceGuards(before: PodSpec, after: PodSpec): string[] {
  const [was, is] = [before, after].map(
    ({ terminationGracePeriodSeconds = 30 }) => terminationGracePeriodSeconds as number,
  ) as [number, number];
  if (is < was) return ['pods get less time to end their requests'];
  return is > Math.max(was, MOST_GRACE) ? [`pods that hang end after ${is} s`] : [];
}

interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly sizeLimit?: string; readonly medium?: string };
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
      const { name, emptyDir, ...others } = volume;
      const strange = Object.keys(volume).filter((field) => !VOLUMES.includes(field));
      // Without a source it is an empty folder.
      const isFolder = emptyDir !== undefined || Object.keys(others).length === 0;
      const token = (volume.projected?.sources ?? []).some(
        (source) => 'serviceAccountToken' in source,
      );
      return [
        ...strange.map((field) => `the volume ${name} is a ${field}`),
        ...(token ? [`the volume ${name} mounts a token of the ServiceAccount`] : []),
        ...(isFolder && emptyDir?.sizeLimit === undefined
          ? [`the volume ${name} has no size limit`]
          : []),
        ...Object.keys(emptyDir ?? {})
          .filter((field) => !['sizeLimit', 'medium'].includes(field))
          .map((field) => `${field} of the volume ${name} is set`),
        ...(['', 'Memory'].includes(emptyDir?.medium ?? '')
          ? []
          : [`the volume ${name} is on ${emptyDir?.medium}, which few nodes have`]),
      ];
    });
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
    ...(after.restartPolicy !== before.restartPolicy
      ? [`${name} is started again in another way when it ends`]
      : []),
    ...unknown.map((field) => `${field} of ${name} changes`),
    ...contextGuards(`the container ${name}`, before.securityContext, after.securityContext),
    ...probeGuards(before, after),
    ...runGuards(before, after),
  ];
}
