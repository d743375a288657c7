import { type ApiRevision, COLOURS } from '../lib';
import { isBlueGreen, type Release, type SedaEnvironment } from './environment';
import { frozenName } from './frozen-name';
import { repositoryFaults } from './image';
import { RESERVED_FOLDERS } from './layout';
import { podSettings } from './settings';

/** Connections that the database keeps for migrations and people. */
const RESERVED_CONNECTIONS = 5;

/** What is wrong with an environment and shows in no single construct. */
export function environmentFaults(environment: SedaEnvironment, release: Release): string[] {
  return [...imagesFaults(environment, release), ...connectionFaults(environment, release)];
}

function imagesFaults(environment: SedaEnvironment, release: Release): string[] {
  const images = isBlueGreen(release)
    ? COLOURS.map((colour) => [`${colour}.image`, release[colour].image] as const)
    : [['image', release.image] as const];
  return images.flatMap(([at, image]) =>
    repositoryFaults(environment, image).map((problem) => `${at} ${problem}`),
  );
}

function connectionFaults(environment: SedaEnvironment, release: Release): string[] {
  const { database } = environment;
  if (database.kind !== 'managed') return [];
  // Every pod may open its whole pool, and during a release there are more pods than usual.
  const settings = podSettings(environment);
  const staged = isBlueGreen(release)
    ? connections(settings) * 2
    : connections(settings) + database.poolSize;
  const running = isBlueGreen(release) ? connections(release.blue) + connections(release.green) : 0;
  const needed = Math.max(staged, running) + RESERVED_CONNECTIONS;
  if (needed <= database.maxConnections) return [];
  return [
    `database.maxConnections is too low for the pods of a release, got ${database.maxConnections}, expected at least ${needed} ` +
      `(every pod's pool and ${RESERVED_CONNECTIONS}); lower poolSize or raise the instance's limit`,
  ];
}

/** Connections that the pods of a revision may open at full size. */
function connections({ replicas, autoscaling, config }: Omit<ApiRevision, 'image'>): number {
  return (autoscaling?.maxReplicas ?? replicas) * Number(config.DATABASE_POOL_SIZE ?? 0);
}

/**
 * What is wrong with the environments as a whole: names that two of them have, sources of images that
 * do not exist, release records of nobody.
 *
 * @param recordFiles file names in the folder of the records
 */
export function listFaults(
  environments: readonly SedaEnvironment[],
  recordFiles: readonly string[],
): string[] {
  const names = environments.map(({ name }) => name);
  const known = `expected one of ${names.join(', ')}`;
  return [
    ...names
      .filter((name) => RESERVED_FOLDERS.has(name) || /^preview-\d+$/.test(name))
      .map(
        (name) =>
          `${name}: name is reserved for ${RESERVED_FOLDERS.get(name) ?? 'the preview of a pull request'}, expected another one; rename the environment`,
      ),
    ...(['name', 'namespace', 'domain', 'workload'] as const).flatMap((field) =>
      duplicateFaults(environments, field),
    ),
    ...hostFaults(environments),
    ...environments
      .filter(({ imageFrom }) => imageFrom !== undefined && !names.includes(imageFrom))
      .map(
        ({ name, imageFrom }) =>
          `${name}: imageFrom is an unknown environment, got "${imageFrom}", ${known}; correct the name`,
      ),
    ...circleFaults(environments),
    ...frozenFileFaults(environments, recordFiles),
    ...recordFiles
      .filter(
        (file) =>
          file.endsWith('.release.yaml') && !names.includes(file.slice(0, -'.release.yaml'.length)),
      )
      .map(
        (file) =>
          `environments/${file}: belongs to an unknown environment, ${known}; list the environment in environments/index.ts or delete the file`,
      ),
  ];
}

/** What is frozen belongs to a colour, so to a pair. */
function frozenFileFaults(
  environments: readonly SedaEnvironment[],
  files: readonly string[],
): string[] {
  const pairs = environments
    .filter(({ rollout }) => rollout === 'blue-green')
    .map(({ name }) => name);
  return files
    .filter((file) => {
      const frozen = frozenName(file);
      return frozen !== undefined && !pairs.includes(frozen.environment);
    })
    .map(
      (file) =>
        `environments/${file}: belongs to no environment with two colours, expected one of ${pairs.join(', ') || 'none'}; delete the file`,
    );
}

/** A host that leads to two environments leads to one of them by chance. */
function hostFaults(environments: readonly SedaEnvironment[]): string[] {
  return environments.flatMap(({ name, extraHosts = [] }) =>
    extraHosts.flatMap((host) =>
      environments
        .filter(
          (other) =>
            other.name !== name && [other.domain, ...(other.extraHosts ?? [])].includes(host),
        )
        .map(
          (other) =>
            `${name}: extraHosts has a host of ${other.name}, got "${host}", expected one of its own; remove it from one of them`,
        ),
    ),
  );
}

function duplicateFaults(
  environments: readonly SedaEnvironment[],
  field: 'name' | 'namespace' | 'domain' | 'workload',
): string[] {
  return environments.flatMap((environment, index) => {
    const first = environments.findIndex((other) => other[field] === environment[field]);
    if (first === index) return [];
    return [
      `${environment.name}: ${field} is taken by ${environments[first]!.name}, got "${environment[field]}", expected a ${field} of its own; change one of them`,
    ];
  });
}

/** An image that must have run elsewhere before it may run anywhere could never start out. */
function circleFaults(environments: readonly SedaEnvironment[]): string[] {
  const from = new Map(environments.map(({ name, imageFrom }) => [name, imageFrom]));
  return environments.flatMap(({ name }) => {
    const way = [name];
    for (
      let next = from.get(name);
      next !== undefined && !way.includes(next);
      next = from.get(next)
    )
      way.push(next);
    const back = from.get(way.at(-1)!);
    return back === name && way.length > 1
      ? [
          `${name}: imageFrom goes in a circle, got ${[...way, back].join(' <- ')}, expected an environment that takes images from the build; leave imageFrom out there`,
        ]
      : [];
  });
}
