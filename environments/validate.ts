import type { SedaEnvironment } from './environment';

/** Connections that the database keeps for migrations and people. */
const RESERVED_CONNECTIONS = 5;

/** What is wrong with an environment and shows in no single construct. */
export function environmentFaults(environment: SedaEnvironment): string[] {
  return connectionFaults(environment);
}

/** Every pod may open its whole pool, and during a release there are more pods than usual. */
function connectionFaults({ database, rollout, replicas, autoscaling }: SedaEnvironment): string[] {
  if (database.kind !== 'managed') return [];
  const pods = autoscaling?.maxReplicas ?? replicas;
  const peak = rollout === 'blue-green' ? 2 * pods : pods + 1;
  const connections = peak * database.poolSize + RESERVED_CONNECTIONS;
  if (connections <= database.maxConnections) return [];
  return [
    `database.maxConnections is too low for ${peak} pods during a release, got ${database.maxConnections}, ` +
      `expected at least ${connections} (${peak} x ${database.poolSize} + ${RESERVED_CONNECTIONS}); lower poolSize or raise the instance's limit`,
  ];
}

/**
 * What is wrong with the environments as a whole: names that two of them have, sources of images that
 * do not exist, release records of nobody.
 *
 * @param recordFiles file names in the folder of the records
 */
export function listFaults(environments: readonly SedaEnvironment[], recordFiles: readonly string[]): string[] {
  const names = environments.map(({ name }) => name);
  const known = `expected one of ${names.join(', ')}`;
  return [
    ...(['name', 'namespace', 'domain'] as const).flatMap((field) => duplicateFaults(environments, field)),
    ...environments
      .filter(({ imageFrom }) => imageFrom !== undefined && !names.includes(imageFrom))
      .map(({ name, imageFrom }) => `${name}: imageFrom is an unknown environment, got "${imageFrom}", ${known}; correct the name`),
    ...recordFiles
      .filter((file) => file.endsWith('.release.yaml') && !names.includes(file.slice(0, -'.release.yaml'.length)))
      .map((file) => `environments/${file}: belongs to an unknown environment, ${known}; list the environment in environments/index.ts or delete the file`),
  ];
}

function duplicateFaults(environments: readonly SedaEnvironment[], field: 'name' | 'namespace' | 'domain'): string[] {
  return environments.flatMap((environment, index) => {
    const first = environments.findIndex((other) => other[field] === environment[field]);
    if (first === index) return [];
    return [`${environment.name}: ${field} is taken by ${environments[first]!.name}, got "${environment[field]}", expected a ${field} of its own; change one of them`];
  });
}
