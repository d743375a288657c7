import { type Container, containersOf, listOf, type PodSpec } from '../../../lib/kubernetes/pods';
import { parseQuantity } from '../../../lib/quantity';

/** Fields of which an object has one, and which one. */
const NAMED_SOURCES = ['configMapKeyRef', 'secretKeyRef'];
const VALUE_SOURCES = [...NAMED_SOURCES, 'fieldRef', 'fileKeyRef', 'resourceFieldRef'];
const HANDLERS = ['exec', 'grpc', 'httpGet', 'sleep', 'tcpSocket'];

interface Named {
  readonly name?: string;
  readonly mountPath?: string;
  readonly topologyKey?: string;
  readonly whenUnsatisfiable?: string;
}

/** What the API server refuses of pods, whose schema says little more than the types of their fields. */
export function podFaults(pod: PodSpec): string[] {
  const volumes = listOf(pod.volumes as readonly Named[] | undefined);
  const spread = listOf(pod.topologySpreadConstraints as readonly (Named & { maxSkew?: number })[]);
  const claims = listOf(pod.resourceClaims as readonly Named[] | undefined).map(({ name }) => name);
  const tolerations = listOf(pod.tolerations as readonly { key?: string; operator?: string }[]);
  return [
    ...tolerations
      .filter(({ key, operator }) => !key && operator !== 'Exists')
      .map(() => 'a toleration has no key, which only the operator Exists may be without'),
    ...containersOf(pod).flatMap(({ name, resources }) =>
      listOf(resources?.claims as readonly Named[] | undefined)
        .filter((claim) => !claims.includes(claim.name))
        .map((claim) => `${name} claims ${claim.name}, which the pod does not have`),
    ),
    ...twice(
      'container',
      containersOf(pod).map(({ name }) => name),
    ),
    ...twice(
      'volume',
      volumes.map(({ name }) => name),
    ),
    ...twice(
      'spread',
      spread.map((one) => `${one.topologyKey} ${one.whenUnsatisfiable}`),
    ),
    ...spread
      .filter(({ maxSkew = 1 }) => maxSkew < 1)
      .map(({ maxSkew }) => `maxSkew is ${maxSkew}, expected at least 1`),
    ...notNegative('terminationGracePeriodSeconds', pod.terminationGracePeriodSeconds),
    ...contextFaults('the pod', pod.securityContext as Context | undefined),
    ...volumes.flatMap((volume) => {
      const sources = Object.keys(volume).filter((field) => field !== 'name');
      return sources.length > 1 ? [`the volume ${volume.name} is ${sources.join(' and ')}`] : [];
    }),
    ...containersOf(pod).flatMap((container) =>
      containerFaults(
        container,
        volumes.map(({ name = '' }) => name),
      ),
    ),
  ];
}

interface Context {
  readonly runAsUser?: unknown;
  readonly runAsGroup?: unknown;
  readonly fsGroup?: unknown;
  readonly seccompProfile?: { readonly type?: string; readonly localhostProfile?: string };
}

function contextFaults(whose: string, context: Context = {}): string[] {
  const { seccompProfile } = context;
  return [
    ...(['runAsUser', 'runAsGroup', 'fsGroup'] as const).flatMap((field) =>
      notNegative(`${field} of ${whose}`, context[field]),
    ),
    ...(seccompProfile?.localhostProfile !== undefined && seccompProfile.type !== 'Localhost'
      ? [`the seccomp profile of ${whose} names a file, which only the type Localhost has`]
      : []),
  ];
}

function containerFaults(container: Container, volumes: readonly string[]): string[] {
  const { name, env, envFrom, ports } = container;
  const handlers = handlersOf(container);
  const mounts = listOf(container.volumeMounts as readonly Named[] | undefined);
  const numbers = listOf(ports).map(({ containerPort }) => containerPort);
  const ends = (['livenessProbe', 'startupProbe'] as const).filter(
    (kind) =>
      ((container[kind] as { successThreshold?: number } | undefined)?.successThreshold ?? 1) !== 1,
  );
  return [
    ...(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)
      ? []
      : [`${JSON.stringify(name)} is no name of a container`]),
    ...twice(
      `port of ${name}`,
      listOf(ports).flatMap((port) => port.name ?? []),
    ),
    ...twice(
      `mount of ${name}`,
      mounts.map(({ mountPath }) => mountPath),
    ),
    ...mounts
      .filter((mount) => !volumes.includes(mount.name ?? ''))
      .map((mount) => `${name} mounts the volume ${mount.name}, which the pod does not have`),
    ...numbers
      .filter((number) => !(number >= 1 && number <= 65_535))
      .map((number) => `${name} has the port ${number}, expected 1 to 65535`),
    ...listOf(ports)
      .filter(
        (port) =>
          port.name !== undefined &&
          !/^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/.test(port.name),
      )
      .map(
        (port) =>
          `${JSON.stringify(port.name)} is no name of a port of ${name}, expected at most 15 letters`,
      ),
    ...listOf(env)
      .filter(
        (variable) =>
          variable.value !== undefined && variable.value !== '' && variable.valueFrom !== undefined,
      )
      .map((variable) => `${variable.name} of ${name} has a value and a source of one`),
    ...listOf(env)
      .filter((variable) => !/^[ -<>-~]+$/.test(variable.name))
      .map((variable) => `${JSON.stringify(variable.name)} is no name of a variable of ${name}`),
    ...listOf(env)
      .filter(({ valueFrom }) => valueFrom !== undefined && count(valueFrom, VALUE_SOURCES) !== 1)
      .map((variable) => `${variable.name} of ${name} must have one source`),
    ...listOf(env)
      .filter(({ valueFrom }) =>
        NAMED_SOURCES.some((source) => valueFrom?.[source] && !valueFrom[source].name),
      )
      .map((variable) => `${variable.name} of ${name} comes from an object without a name`),
    ...listOf(envFrom)
      .filter((source) => count(source, ['configMapRef', 'secretRef']) !== 1)
      .map(() => `an envFrom of ${name} must have one source`),
    ...handlers
      .filter(([, handler]) => count(handler, HANDLERS) !== 1)
      .map(([which]) => `the ${which} of ${name} must do one thing: ${HANDLERS.join(', ')}`),
    ...ends.map((kind) => `the ${kind} of ${name} has a successThreshold, expected 1`),
    ...contextFaults(name, container.securityContext as Context | undefined),
    ...amountFaults(container),
  ];
}

/** Nothing asks for more than it may have. */
function amountFaults({ name, resources = {} }: Container): string[] {
  const { requests = {}, limits = {} } = resources as {
    requests?: { [amount: string]: unknown };
    limits?: { [amount: string]: unknown };
  };
  return Object.entries(requests)
    .filter(([amount, value]) => {
      const [asked, most] = [value, limits[amount]].map((one) => parseQuantity(String(one)));
      return asked !== undefined && most !== undefined && asked > most;
    })
    .map(
      ([amount, value]) => `${name} asks for ${String(value)} of ${amount}, more than its limit`,
    );
}

function handlersOf(container: Container): [string, object][] {
  const { preStop, postStart } = (container.lifecycle ?? {}) as { readonly [at: string]: object };
  const { livenessProbe, readinessProbe, startupProbe } = container as {
    readonly [probe: string]: object | undefined;
  };
  return Object.entries({
    livenessProbe,
    readinessProbe,
    startupProbe,
    preStop,
    postStart,
  }).flatMap(([which, handler]): [string, object][] =>
    handler === undefined ? [] : [[which, handler]],
  );
}

/** How many of the fields an object has. */
function count(object: object, fields: readonly string[]): number {
  return fields.filter((field) => (object as { [field: string]: unknown })[field] != null).length;
}

function twice(what: string, names: readonly (string | undefined)[]): string[] {
  const doubled = names.filter((name, index) => names.indexOf(name) !== index);
  return [...new Set(doubled)].map((name) => `two are the ${what} ${name}`);
}

function notNegative(what: string, value: unknown): string[] {
  return value === undefined || (Number.isInteger(value) && Number(value) >= 0)
    ? []
    : [`${what} is ${JSON.stringify(value)}, expected a whole number from 0`];
}
