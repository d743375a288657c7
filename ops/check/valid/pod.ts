import { type Container, containersOf, listOf, type PodSpec } from '../../../lib/kubernetes/pods';
import { parseQuantity } from '../../../lib/quantity';

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
  const tolerations = listOf(pod.tolerations as readonly { operator?: string; effect?: string }[]);
  return [
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
    ...tolerations.flatMap(({ operator = 'Equal', effect = '' }) => [
      ...oneOf('the operator of a toleration', operator, ['Equal', 'Exists', 'Lt', 'Gt']),
      ...oneOf('the effect of a toleration', effect, [
        '',
        'NoSchedule',
        'PreferNoSchedule',
        'NoExecute',
      ]),
    ]),
    ...notNegative('terminationGracePeriodSeconds', pod.terminationGracePeriodSeconds),
    ...contextFaults('the pod', pod.securityContext as Context | undefined),
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
  readonly seccompProfile?: { readonly type?: string };
}

function contextFaults(whose: string, context: Context = {}): string[] {
  const { seccompProfile } = context;
  return [
    ...(['runAsUser', 'runAsGroup', 'fsGroup'] as const).flatMap((field) =>
      notNegative(`${field} of ${whose}`, context[field]),
    ),
    ...(seccompProfile === undefined
      ? []
      : oneOf(`the seccomp profile of ${whose}`, seccompProfile.type, [
          'RuntimeDefault',
          'Localhost',
          'Unconfined',
        ])),
  ];
}

function containerFaults(container: Container, volumes: readonly string[]): string[] {
  const { name, env, ports, imagePullPolicy = 'Always' } = container;
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
    ...oneOf(`imagePullPolicy of ${name}`, imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...ends.map((kind) => `the ${kind} of ${name} has a successThreshold, expected 1`),
    ...contextFaults(name, container.securityContext as Context | undefined),
    ...amountFaults(container),
  ];
}

/** Amounts are written as Kubernetes writes them, and nothing asks for more than it may have. */
function amountFaults({ name, resources = {} }: Container): string[] {
  const { requests = {}, limits = {} } = resources as {
    requests?: { [amount: string]: unknown };
    limits?: { [amount: string]: unknown };
  };
  const wrong = [...Object.entries(requests), ...Object.entries(limits)]
    .filter(([, value]) => parseQuantity(String(value)) === undefined)
    .map(
      ([amount, value]) =>
        `${amount} of ${name} is ${JSON.stringify(value)}, expected an amount such as 512Mi`,
    );
  const above = Object.entries(requests)
    .filter(([amount, value]) => {
      const [asked, most] = [value, limits[amount]].map((one) => parseQuantity(String(one)));
      return asked !== undefined && most !== undefined && asked > most;
    })
    .map(
      ([amount, value]) => `${name} asks for ${String(value)} of ${amount}, more than its limit`,
    );
  return [...wrong, ...above];
}

function twice(what: string, names: readonly (string | undefined)[]): string[] {
  const doubled = names.filter((name, index) => names.indexOf(name) !== index);
  return [...new Set(doubled)].map((name) => `two are the ${what} ${name}`);
}

function oneOf(what: string, value: unknown, allowed: readonly string[]): string[] {
  return allowed.includes(String(value ?? ''))
    ? []
    : [
        `${what} is ${JSON.stringify(value) ?? 'nothing'}, expected ${allowed.filter((one) => one !== '').join(', ')}`,
      ];
}

function notNegative(what: string, value: unknown): string[] {
  return value === undefined || (Number.isInteger(value) && Number(value) >= 0)
    ? []
    : [`${what} is ${JSON.stringify(value)}, expected a whole number from 0`];
}
