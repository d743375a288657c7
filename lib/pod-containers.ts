import {
  checkName,
  checkObjectName,
  checkPath,
  checkPort,
  checkWholeNumber,
  fault,
} from './checks';
import { checkConfig } from './config-checks';
import { credentialIn } from './credentials';
import { imageFaults, parseImage } from './image';
import type { k8s } from './k8s';
import type { PodVolumeMount } from './pod-volumes';
import { checkResources, type Resources } from './resources';

/** One key of a Secret of the namespace. There is no place for a value. */
export interface SecretKey {
  /** Name of the Secret, which exists already. */
  readonly name: string;
  /** The key in it. */
  readonly key: string;
}

/** A container that runs to its end before the API starts; several run one after the other. */
export interface InitContainer {
  /** Unique among the containers of the pods; at most 63 lower-case letters, digits and "-". */
  readonly name: string;
  /** `REPOSITORY:TAG[@sha256:DIGEST]`; never `latest`. */
  readonly image: string;
  /**
   * Program, instead of the image's entry point.
   * @default - that of the image
   */
  readonly command?: readonly string[];
  /**
   * Arguments of the program.
   * @default - those of the image
   */
  readonly args?: readonly string[];
  /**
   * Environment variables that may stand in git.
   * @default - none
   */
  readonly env?: { readonly [variable: string]: string };
  /**
   * Environment variables from keys of Secrets.
   * @default - none
   */
  readonly secretEnv?: { readonly [variable: string]: SecretKey };
  /** Requests and limits; a pod is scheduled by the sum of its containers. */
  readonly resources: Resources;
  /**
   * Volumes of the pods that the container sees. Its root is read-only, so what it writes needs an `emptyDir`.
   * @default - none
   */
  readonly volumeMounts?: readonly PodVolumeMount[];
  /**
   * User of its processes, never 0.
   * @default - the user of the pods
   */
  readonly runAsUser?: number;
  /**
   * The migration Job runs it as well, for example a proxy to the database. Its volumes need the same field.
   * @default false
   */
  readonly migration?: boolean;
}

/**
 * A native sidecar of Kubernetes: an init container with `restartPolicy: Always`. It starts before the init
 * containers and the API, runs beside them, and ends after the API; it never keeps a Job from completing.
 */
export interface Sidecar extends InitContainer {
  /**
   * Ports that it listens on, by name.
   * @default - none
   */
  readonly ports?: { readonly [name: string]: number };
  /**
   * The containers after it start once this succeeds; it has 60 seconds.
   * @default - they start at once
   */
  readonly startupProbe?: SidecarProbe;
  /**
   * The pod gets requests only while this succeeds.
   * @default - the sidecar does not count
   */
  readonly readinessProbe?: SidecarProbe;
  /**
   * Three failures in a row restart the sidecar.
   * @default - it is restarted only when it ends
   */
  readonly livenessProbe?: SidecarProbe;
}

/** How the kubelet asks a sidecar. */
export interface SidecarProbe {
  /** Port that is asked. */
  readonly port: number;
  /**
   * Path that must answer with a status from 200 to 399.
   * @default - a TCP connection is enough
   */
  readonly path?: string;
}

/** A container as a manifest has it, without its resources, security and mounts. */
export function containerManifest(container: InitContainer & Partial<Sidecar>): object {
  const { name, image, command, args, ports = {}, env = {}, secretEnv = {} } = container;
  const variables = [...variablesOf(env), ...secretVariables(secretEnv)];
  return {
    name,
    image,
    imagePullPolicy: parseImage(image).digest === undefined ? 'Always' : 'IfNotPresent',
    command,
    args,
    env: variables.length === 0 ? undefined : variables,
    ports:
      Object.keys(ports).length === 0
        ? undefined
        : Object.entries(ports).map(([port, containerPort]) => ({
            name: port,
            containerPort,
            protocol: 'TCP',
          })),
    startupProbe: probe(container.startupProbe, 1, 60),
    readinessProbe: probe(container.readinessProbe, 5, 2),
    livenessProbe: probe(container.livenessProbe, 10, 3),
  };
}

/** Variables whose values are keys of Secrets. */
export function secretVariables(env: { readonly [variable: string]: SecretKey }): k8s.EnvVar[] {
  return Object.entries(env).map(([name, { name: secret, key }]) => ({
    name,
    valueFrom: { secretKeyRef: { name: secret, key } },
  }));
}

/** The faults of one container, apart from its name among others and its mounts. */
export function containerFaults(
  at: string,
  container: InitContainer & Partial<Sidecar>,
  notCredentials: readonly string[],
): string[] {
  const { name, image, command, args, env = {}, secretEnv = {}, runAsUser, ports = {} } = container;
  return [
    ...checkName(`${at}.name`, name),
    ...imageFaults(image, false).map((problem) => `${at}.image ${problem}`),
    ...commandFaults(at, { command, args }),
    ...checkConfig(`${at}.env`, env, notCredentials),
    ...checkResources(`${at}.resources`, container.resources),
    ...secretEnvFaults(`${at}.secretEnv`, secretEnv, Object.keys(env)),
    ...(runAsUser === undefined ? [] : checkUser(`${at}.runAsUser`, runAsUser)),
    ...Object.entries(ports).flatMap(([port, number]) => [
      ...checkName(`${at}.ports`, port, 15),
      ...checkPort(`${at}.ports.${port}`, number),
    ]),
    ...(['startupProbe', 'readinessProbe', 'livenessProbe'] as const).flatMap((field) => {
      const asked = container[field];
      if (asked === undefined) return [];
      return [
        ...checkPort(`${at}.${field}.port`, asked.port),
        ...(asked.path === undefined ? [] : checkPath(`${at}.${field}.path`, asked.path)),
      ];
    }),
  ];
}

/** A user or group that is not root. */
export function checkUser(path: string, value: unknown): string[] {
  return checkWholeNumber(path, value, 1, 2 ** 31 - 1);
}

/** A program and its arguments, which may stand in git. */
export function commandFaults(
  at: string,
  { command, args }: Pick<InitContainer, 'command' | 'args'>,
): string[] {
  return Object.entries({ command, args }).flatMap(([field, words]) => {
    if (words === undefined) return [];
    if (words.length === 0)
      return [
        fault(`${at}.${field}`, 'is empty', words, 'at least one word', 'name it or leave it out'),
      ];
    const [found] = words.flatMap((one) => credentialIn(one) ?? []);
    return found === undefined
      ? []
      : [
          `${at}.${field} holds ${found}, expected no credential in a command; keep it in the secret store and refer to its key`,
        ];
  });
}

/** The faults of variables from Secrets; `taken` are variables from elsewhere. A value that is here by mistake is not shown. */
export function secretEnvFaults(
  path: string,
  env: { readonly [variable: string]: SecretKey },
  taken: readonly string[],
): string[] {
  return Object.entries(env).flatMap(([variable, { name, key }]) => [
    ...(/^[A-Z_][A-Z0-9_]*$/.test(variable)
      ? []
      : [
          fault(
            path,
            'is not an environment variable',
            variable,
            'upper-case letters, digits and "_"',
            'rename it',
          ),
        ]),
    ...(taken.includes(variable)
      ? [
          fault(
            path,
            'has a variable that is set already',
            variable,
            'one source for each variable',
            'remove it from one of them',
          ),
        ]
      : []),
    ...checkObjectName(`${path}.${variable}.name`, name),
    ...(/^[-._a-zA-Z0-9]{1,253}$/.test(key) && credentialIn(key) === undefined
      ? []
      : [
          `${path}.${variable}.key is not a key of a Secret, expected letters, digits, "-", "_" and "."; name the key, not its value`,
        ]),
  ]);
}

function variablesOf(env: { readonly [variable: string]: string }): object[] {
  return Object.entries(env).map(([name, value]) => ({ name, value }));
}

function probe(
  asked: SidecarProbe | undefined,
  periodSeconds: number,
  failureThreshold: number,
): object | undefined {
  if (asked === undefined) return undefined;
  const { path, port } = asked;
  return {
    ...(path === undefined ? { tcpSocket: { port } } : { httpGet: { path, port } }),
    periodSeconds,
    timeoutSeconds: 2,
    failureThreshold,
  };
}
