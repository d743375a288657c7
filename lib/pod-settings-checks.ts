import { checkLabels, checkObjectName, checkWholeNumber, fault, isLabelKey } from './checks';
import { credentialIn } from './credentials';
import {
  checkUser,
  commandFaults,
  containerFaults,
  secretEnvFaults,
  type InitContainer,
} from './pod-containers';
import { POD_FIELDS, type PodSettings } from './pod-settings';
import { parseQuantity } from './quantity';
import { type Resources, storageLimit } from './resources';
import { dnsFaults, oneOfFaults, spreadFaults, tolerationFaults } from './scheduling-checks';
import { mountFaults, volumeFaults } from './pod-volumes';

/** What the settings of pods are checked against. */
export interface PodSettingsContext {
  /** Variables that the API's container has from elsewhere. */
  readonly variables: readonly string[];
  /** Names of volumes that the pods have anyway. */
  readonly volumes: readonly string[];
  /** Paths that the API's container has anyway. */
  readonly paths: readonly string[];
  /** The autoscaler reads the CPU request of every container. */
  readonly autoscaled: boolean;
  /** Requests and limits of the API's container. */
  readonly resources: Resources;
  /** Variables that look like a credential and are none. */
  readonly notCredentials: readonly string[];
}

/** Labels that select pods or describe them. */
const OWN_LABELS = /^(app|version|pod-template-hash|app\.kubernetes\.io\/.*)$/;

/** The API server admits this much for all annotations of an object together. */
const MAX_ANNOTATIONS = 256 * 1024;

/** The faults of the settings of pods, each starting with `path`. */
export function podSettingsFaults(
  path: string,
  pod: PodSettings,
  context: PodSettingsContext,
): string[] {
  const { volumes = [], volumeMounts = [], secretEnv = {}, fieldEnv = {} } = pod;
  return [
    ...ownLabelFaults(`${path}.labels`, pod.labels),
    ...checkLabels(`${path}.labels`, pod.labels ?? {}),
    ...annotationFaults(`${path}.annotations`, pod.annotations),
    ...checkLabels(`${path}.nodeSelector`, pod.nodeSelector ?? {}),
    ...(pod.tolerations ?? []).flatMap((toleration, index) =>
      tolerationFaults(`${path}.tolerations.${index}`, toleration),
    ),
    ...(pod.topologySpreadConstraints ?? []).flatMap((spread, index) =>
      spreadFaults(`${path}.topologySpreadConstraints.${index}`, spread),
    ),
    ...(pod.priorityClassName === undefined
      ? []
      : checkObjectName(`${path}.priorityClassName`, pod.priorityClassName)),
    ...(pod.imagePullSecrets ?? []).flatMap((name) =>
      checkObjectName(`${path}.imagePullSecrets`, name),
    ),
    ...commandFaults(path, pod),
    ...secretEnvFaults(`${path}.secretEnv`, secretEnv, context.variables),
    ...fieldFaults(`${path}.fieldEnv`, fieldEnv, [...context.variables, ...Object.keys(secretEnv)]),
    ...(pod.startupSeconds === undefined
      ? []
      : checkWholeNumber(`${path}.startupSeconds`, pod.startupSeconds, 1, 3600)),
    ...(['runAsUser', 'runAsGroup', 'fsGroup'] as const).flatMap((field) =>
      pod[field] === undefined ? [] : checkUser(`${path}.${field}`, pod[field]),
    ),
    ...dnsFaults(path, pod.dnsPolicy ?? 'ClusterFirst', pod.dnsConfig ?? {}),
    ...volumeFaults(`${path}.volumes`, volumes, context.volumes),
    ...sizeFaults(`${path}.volumes`, pod, context.resources),
    ...mountFaults(`${path}.volumeMounts`, volumeMounts, volumes, context.paths),
    ...extraContainerFaults(path, pod, context),
  ];
}

/** The faults of what the workload and the settings of its pods both name. */
export function sharedNameFaults(
  path: string,
  { secretEnv = {}, fieldEnv = {}, sidecars = [], initContainers = [] }: PodSettings,
  workload: { readonly variables: readonly string[]; readonly containers: readonly string[] },
): string[] {
  const variables = [...Object.keys(secretEnv), ...Object.keys(fieldEnv)];
  return [
    ...variables
      .filter((variable) => workload.variables.includes(variable))
      .map((variable) =>
        fault(
          path,
          'has a variable that is a secret of the workload',
          variable,
          'one source for each variable',
          'remove it from one of them',
        ),
      ),
    ...[...sidecars, ...initContainers]
      .filter(({ name }) => workload.containers.includes(name))
      .map(({ name }) =>
        fault(
          path,
          'has a container with a name of the library',
          name,
          `another name than ${workload.containers.join(' or ')}`,
          'rename the container',
        ),
      ),
  ];
}

/** Keys as labels have them; values are any text that is no credential. */
export function annotationFaults(
  path: string,
  annotations: { readonly [key: string]: string } = {},
): string[] {
  const size = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(value)),
    0,
  );
  return [
    ...Object.entries(annotations).flatMap(([key, value]) => [
      ...(isLabelKey(key)
        ? []
        : [
            fault(
              path,
              'has a key that is no annotation',
              key,
              'at most 63 letters, digits, "-", "_" and ".", after an optional domain and "/"',
              'correct it',
            ),
          ]),
      ...(typeof value === 'string'
        ? []
        : [fault(`${path}.${key}`, 'is not a text', value, 'a string', 'quote it')]),
      ...(credentialIn(String(value)) === undefined
        ? []
        : [
            `${path}.${key} holds ${credentialIn(String(value))}, expected no credential in an annotation; keep it in the secret store`,
          ]),
    ]),
    ...(size > MAX_ANNOTATIONS
      ? [fault(path, 'are too large', size, `at most ${MAX_ANNOTATIONS} bytes`, 'shorten them')]
      : []),
  ];
}

/** Labels that the library sets itself, which others cannot replace. */
export function ownLabelFaults(
  path: string,
  labels: { readonly [key: string]: string } = {},
): string[] {
  return Object.keys(labels)
    .filter((key) => OWN_LABELS.test(key))
    .map((key) =>
      fault(path, 'has a label of the library', key, 'another label', 'rename it or leave it out'),
    );
}

/** The kubelet counts what is in an emptyDir as what the pod writes, and evicts it beyond its limits. */
function sizeFaults(
  path: string,
  { volumes = [], sidecars = [] }: PodSettings,
  resources: Resources,
): string[] {
  const limits = [resources, ...sidecars.map((sidecar) => sidecar.resources)].map(storageLimit);
  const total = limits.reduce((sum, limit) => sum + (parseQuantity(limit) ?? Infinity), 0);
  return volumes.flatMap(({ emptyDir }, index) =>
    (parseQuantity(emptyDir ?? '') ?? 0) > total
      ? [
          fault(
            `${path}.${index}.emptyDir`,
            'is larger than what the pod may write in all',
            emptyDir,
            `at most the limits of ephemeral-storage, ${limits.join(' and ')}`,
            'shrink it or raise a limit',
          ),
        ]
      : [],
  );
}

function fieldFaults(
  path: string,
  env: { readonly [variable: string]: string },
  taken: readonly string[],
): string[] {
  return Object.entries(env).flatMap(([variable, field]) => [
    ...secretEnvFaults(path, { [variable]: { name: 'field', key: 'field' } }, taken),
    ...oneOfFaults(`${path}.${variable}`, field, POD_FIELDS),
  ]);
}

function extraContainerFaults(
  path: string,
  pod: PodSettings,
  { autoscaled, notCredentials }: PodSettingsContext,
): string[] {
  const { volumes = [], sidecars = [], initContainers = [] } = pod;
  const lists: [string, readonly InitContainer[]][] = [
    [`${path}.sidecars`, sidecars],
    [`${path}.initContainers`, initContainers],
  ];
  const names = [...sidecars, ...initContainers].map(({ name }) => name);
  const inMigration = volumes.filter(({ migration }) => migration);
  return lists.flatMap(([list, containers]) =>
    containers.flatMap((container, index) => {
      const at = `${list}.${index}`;
      const { name, volumeMounts = [], migration = false, resources } = container;
      return [
        ...containerFaults(at, container, notCredentials),
        ...(names.filter((other) => other === name).length > 1
          ? [fault(`${at}.name`, 'is taken', name, 'a name of its own', 'rename the container')]
          : []),
        ...mountFaults(`${at}.volumeMounts`, volumeMounts, volumes, []),
        ...volumeMounts
          .filter((mount) => migration && !inMigration.some((one) => one.name === mount.name))
          .map((mount) =>
            fault(
              `${at}.volumeMounts`,
              'needs a volume that the migration does not have',
              mount.name,
              'a volume with migration: true',
              'set it on the volume as well',
            ),
          ),
        ...(autoscaled && list.endsWith('sidecars') && resources?.requests?.cpu === undefined
          ? [
              fault(
                `${at}.resources.requests.cpu`,
                'is missing beside an autoscaler',
                resources?.requests?.cpu,
                'a CPU request of every container',
                'add it, or the autoscaler cannot compute the use',
              ),
            ]
          : []),
      ];
    }),
  );
}
