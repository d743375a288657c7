import { canonicalText } from '../rendering/canonical';
import { type Container, containersOf, type PodSpec } from '../../lib/kubernetes/pods';

/** Fields of a pod that a setting may change; whatever guards the pod is compared field by field. */
const POD_SETTINGS = new Set([
  ...['containers', 'initContainers', 'volumes', 'nodeSelector', 'tolerations', 'affinity'],
  ...['topologySpreadConstraints', 'priorityClassName', 'imagePullSecrets', 'dnsConfig'],
  ...['enableServiceLinks', 'securityContext', 'serviceAccountName', 'serviceAccount'],
  ...['automountServiceAccountToken', 'terminationGracePeriodSeconds'],
]);
const CONTAINER_SETTINGS = new Set([
  ...['name', 'image', 'imagePullPolicy', 'command', 'args', 'workingDir', 'env', 'envFrom'],
  ...['resources', 'volumeMounts', 'ports', 'restartPolicy', 'securityContext', 'lifecycle'],
  ...['livenessProbe', 'readinessProbe', 'startupProbe'],
]);

interface SecurityContext {
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly readOnlyRootFilesystem?: boolean;
  readonly seccompProfile?: { readonly type?: string };
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
}

interface Probe {
  readonly timeoutSeconds?: number;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
  readonly successThreshold?: number;
  readonly initialDelaySeconds?: number;
  readonly [handler: string]: unknown;
}

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
    ...volumeGuards(before, after),
    ...placementGuards(before, after),
    ...gone.map(({ name }) => `the container ${name} is gone`),
    ...containersOf(after).flatMap((container) =>
      containerGuards(peers.get(container.name), container),
    ),
  ];
}

function unknownFields(before: object, after: object, known: ReadonlySet<string>): string[] {
  const [one, other] = [before, after] as { [field: string]: unknown }[];
  return [...new Set([...Object.keys(one!), ...Object.keys(other!)])].filter(
    (field) => !known.has(field) && canonicalText(one![field]) !== canonicalText(other![field]),
  );
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
    ...probeGuards(name, 'readinessProbe', before, after),
    ...probeGuards(name, 'livenessProbe', before, after),
    ...(before.startupProbe !== undefined && after.startupProbe === undefined
      ? [`the startupProbe of ${name} is gone`]
      : []),
    ...stopGuards(name, before, after),
    ...variableGuards(name, before, after),
    ...(['memory', 'ephemeral-storage'] as const)
      .filter(
        (amount) =>
          before.resources?.limits?.[amount] !== undefined &&
          after.resources?.limits?.[amount] === undefined,
      )
      .map((amount) => `the limit of ${amount} of ${name} is gone`),
  ];
}

/** A variable that comes from a Secret goes on coming from the same key. */
function variableGuards(name: string, before: Container, after: Container): string[] {
  const keyOf = (variable: unknown): string => {
    const { valueFrom } = variable as {
      valueFrom?: { secretKeyRef?: { key?: string; optional?: boolean } };
    };
    const { key, optional = false } = valueFrom?.secretKeyRef ?? {};
    return key === undefined ? 'no Secret' : `the key ${key}${optional ? ', if it is there' : ''}`;
  };
  const known = new Map((before.env ?? []).map((variable) => [variable.name, keyOf(variable)]));
  return (after.env ?? []).flatMap((variable) => {
    const [was, is] = [known.get(variable.name), keyOf(variable)];
    if (variable.name === 'NODE_TLS_REJECT_UNAUTHORIZED')
      return [`${name} does not look at certificates`];
    if (variable.name === 'METRICS_ENABLED' && variable.value === 'false')
      return [`${name} has no metrics, so that no alert sees it`];
    return was === undefined || was === 'no Secret' || was === is
      ? []
      : [`${variable.name} of ${name} comes from ${is} and not from ${was}`];
  });
}

function contextGuards(
  whose: string,
  before: SecurityContext = {},
  after: SecurityContext = {},
  isNew = false,
): string[] {
  const on = (field: 'privileged' | 'allowPrivilegeEscalation') =>
    after[field] === true && before[field] !== true;
  const off = (field: 'runAsNonRoot' | 'readOnlyRootFilesystem') =>
    !isNew && before[field] === true && after[field] !== true;
  const added = (after.capabilities?.add ?? []).filter(
    (capability) => !(before.capabilities?.add ?? []).includes(capability),
  );
  const kept = (before.capabilities?.drop ?? []).filter(
    (capability) =>
      !(after.capabilities?.drop ?? []).some((drop) => drop === 'ALL' || drop === capability),
  );
  const seccomp = [before, after].map((context) => context.seccompProfile?.type);
  return [
    ...(on('privileged') ? [`${whose} becomes privileged`] : []),
    ...(on('allowPrivilegeEscalation') ? [`${whose} may gain privileges`] : []),
    ...(before.allowPrivilegeEscalation === false && after.allowPrivilegeEscalation === undefined
      ? [`${whose} may gain privileges`]
      : []),
    ...(off('runAsNonRoot') ? [`${whose} may run as root`] : []),
    ...(after.runAsUser === 0 && before.runAsUser !== 0 ? [`${whose} runs as root`] : []),
    ...(off('readOnlyRootFilesystem') ? [`${whose} may write to its image`] : []),
    ...added.map((capability) => `${whose} gets the capability ${capability}`),
    ...kept.map((capability) => `${whose} keeps the capability ${capability}`),
    ...(seccomp[0] !== undefined && seccomp[0] !== 'Unconfined' && seccomp[0] !== seccomp[1]
      ? [`the seccomp profile of ${whose} becomes ${seccomp[1] ?? 'none'}`]
      : []),
    ...(isNew && seccomp[1] === 'Unconfined' ? [`${whose} has no seccomp profile`] : []),
  ];
}

/** A probe may notice sooner, and nothing else: another question proves something else. */
function probeGuards(
  name: string,
  kind: 'readinessProbe' | 'livenessProbe',
  before: Container,
  after: Container,
): string[] {
  const [was, is] = [before[kind], after[kind]] as (Probe | undefined)[];
  if (was === undefined) return [];
  if (is === undefined) return [`the ${kind} of ${name} is gone`];
  const asked = ({
    timeoutSeconds: _,
    periodSeconds: __,
    failureThreshold: ___,
    successThreshold: ____,
    initialDelaySeconds: _____,
    ...handler
  }: Probe) => canonicalText(handler);
  if (asked(was) !== asked(is)) return [`the ${kind} of ${name} asks for something else`];
  const { timeoutSeconds: timeout = 1, failureThreshold: failures = 3 } = is;
  const patience = (probe: Probe) => (probe.periodSeconds ?? 10) * (probe.failureThreshold ?? 3);
  const looser =
    patience(is) > patience(was) ||
    timeout > (was.timeoutSeconds ?? 1) ||
    failures > (was.failureThreshold ?? 3) ||
    (is.initialDelaySeconds ?? 0) > (was.initialDelaySeconds ?? 0) ||
    (is.successThreshold ?? 1) < (was.successThreshold ?? 1);
  if (looser) return [`the ${kind} of ${name} notices later`];
  // A pod that is restarted sooner is no guard more.
  return kind === 'livenessProbe' && patience(is) < patience(was)
    ? [`the livenessProbe of ${name} restarts pods sooner`]
    : [];
}

/** A pod that ends goes on for a while, because not everybody knows at once that it does. */
function stopGuards(name: string, before: Container, after: Container): string[] {
  const [was, is] = [before.lifecycle, after.lifecycle];
  if (canonicalText(was) === canonicalText(is)) return [];
  const [slept, sleeps] = [was, is].map((lifecycle) => lifecycle?.preStop?.sleep?.seconds);
  if (was?.preStop === undefined && was?.postStart === undefined) return [];
  return slept !== undefined && sleeps >= slept && is.postStart === undefined
    ? []
    : [`what ${name} does before it ends becomes shorter or other`];
}
