import { type Container, listOf, type PodSpec } from '../../../lib/kubernetes/pods';
import { hidesSystem } from '../../../lib/resources';
import { canonicalText } from '../../rendering/canonical';

/** What a container runs otherwise than the one that it follows, besides its image and its settings; each a clause. */
export function runGuards(before: Container, after: Container): string[] {
  const { name } = after;
  const commands = (['command', 'args', 'workingDir'] as const)
    .filter((field) => canonicalText(before[field]) !== canonicalText(after[field]))
    .map((field) => `the ${field} of ${name} changes`);
  return [
    ...commands,
    ...(after.imagePullPolicy === 'Never' && before.imagePullPolicy !== 'Never'
      ? [`${name} never pulls its image, which only nodes that have it can start`]
      : []),
    ...portGuards(before, after),
    ...variableGuards(before, after),
    ...mountGuards(before, after),
  ];
}

/** A port is found by its name and protocol; without a name by its number. */
function portGuards(before: Container, after: Container): string[] {
  const [old, now] = [before, after].map(
    ({ ports }) => new Map(listOf(ports).map((port) => [keyOf(port), port])),
  ) as [Map<string, Port>, Map<string, Port>];
  return [
    ...[...old.keys()]
      .filter((key) => !now.has(key))
      .map((key) => `${after.name} has no port ${key} any more`),
    ...[...now]
      .filter(
        ([key, { hostPort }]) => hostPort !== undefined && hostPort !== old.get(key)?.hostPort,
      )
      .map(([key]) => `${after.name} opens its port ${key} on the node`),
  ];
}

function keyOf({ name, containerPort, protocol = 'TCP' }: Port): string {
  return `${name ?? containerPort}/${protocol}`;
}

type Port = NonNullable<Container['ports']>[number];

/** A variable that comes from a Secret goes on coming from the same key, and is there as long as the image is the same. */
function variableGuards(before: Container, after: Container): string[] {
  const { name } = after;
  const sourceOf = (variable: unknown): string => {
    const { valueFrom } = variable as {
      valueFrom?: { secretKeyRef?: { key?: string; optional?: boolean } };
    };
    const { key, optional = false } = valueFrom?.secretKeyRef ?? {};
    return key === undefined ? 'no Secret' : `the key ${key}${optional ? ', if it is there' : ''}`;
  };
  const [old, now] = [before, after].map(
    ({ env }) => new Map(listOf(env).map((variable) => [variable.name, sourceOf(variable)])),
  ) as [Map<string, string>, Map<string, string>];
  const sources = [before, after].map(({ envFrom }) => listOf(envFrom).length) as [number, number];
  const gone = [...old]
    .filter(([variable, was]) => was !== 'no Secret' && !now.has(variable))
    .map(([variable, was]) => `${variable} of ${name}, ${was} of a Secret, is gone`);
  const moved = [...now].flatMap(([variable, is]) => {
    const was = old.get(variable);
    return was === undefined || was === 'no Secret' || was === is
      ? []
      : [`${variable} of ${name} comes from ${is} and not from ${was}`];
  });
  return [
    // Another image may need less.
    ...(before.image === after.image ? gone : []),
    ...(before.image === after.image && sources[1] < sources[0]
      ? [`${name} reads fewer ConfigMaps and Secrets`]
      : []),
    ...moved,
  ];
}

/** Where images keep their program, by the habit of those who build them. */
const PROGRAMS = [
  '/app',
  '/srv',
  '/opt',
  '/home',
  '/workspace',
  '/usr/app',
  '/usr/src',
  '/usr/src/app',
];

/** What a build leaves in such a folder; one for files that are written has another name. */
const BUILT = /\/(node_modules|dist|build|lib|bin|src|prisma)$/;

interface Mount {
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

/** A folder that can be written stays where it is, and none covers what the image has. */
function mountGuards(before: Container, after: Container): string[] {
  const { name } = after;
  const [old, now] = [before, after].map(
    ({ volumeMounts }) =>
      new Map(listOf(volumeMounts as readonly Mount[]).map((mount) => [mount.mountPath, mount])),
  ) as [Map<string, Mount>, Map<string, Mount>];
  return [
    ...[...old.keys()]
      .filter((folder) => !now.has(folder))
      .map((folder) => `nothing is mounted at ${folder} of ${name} any more`),
    ...[...now].flatMap(([folder, { readOnly }]) => {
      const was = old.get(folder);
      if (was === undefined)
        return hidesSystem(folder) || PROGRAMS.includes(folder) || BUILT.test(folder)
          ? [`${folder} of ${name} is hidden`]
          : [];
      return readOnly === true && was.readOnly !== true
        ? [`${name} can no longer write to ${folder}`]
        : [];
    }),
  ];
}

/** A pod that ends goes on for a while, because not everybody knows at once that it does; and then has time to end. */
export function stopGuards(name: string, before: PodSpec, after: PodSpec): string[] {
  const [was, is] = [before, after].map(({ containers, terminationGracePeriodSeconds }) => {
    const container = listOf(containers).find((one) => one.name === name);
    const lifecycle = container?.lifecycle as Lifecycle | undefined;
    const sleep = lifecycle?.preStop?.sleep?.seconds;
    return { lifecycle, sleep, drain: (terminationGracePeriodSeconds ?? 30) - (sleep ?? 0) };
  }) as [Stop, Stop];
  if (canonicalText(was.lifecycle) === canonicalText(is.lifecycle)) return [];
  if (was.lifecycle?.stopSignal !== is.lifecycle?.stopSignal)
    return [`${name} is told to end by another signal`];
  if (was.lifecycle?.preStop === undefined && was.lifecycle?.postStart === undefined) return [];
  if (was.sleep === undefined || (is.sleep ?? 0) < was.sleep || is.lifecycle?.postStart)
    return [`what ${name} does before it ends becomes shorter or other`];
  return is.drain < was.drain
    ? [`${name} has ${is.drain} s to end its requests after preStop, and had ${was.drain}`]
    : [];
}

interface Lifecycle {
  readonly stopSignal?: string;
  readonly preStop?: { readonly sleep?: { readonly seconds: number } };
  readonly postStart?: object;
}

interface Stop {
  readonly lifecycle?: Lifecycle;
  readonly sleep?: number;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly drain: number;
}
