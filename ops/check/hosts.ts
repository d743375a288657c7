import type { Pair, Step } from '../rendering/load';
import { routesOf } from '../rendering/routes';
import { identityOf } from '../rendering/identity';
import { addressesOf } from '../rendering/reads';
import type { Rendering } from '../rendering/rendering';
import { workloadsOf } from '../rendering/workloads';
import { coloursOf } from './bundle';
import { type Finding, finding } from './rule';

/** Hosts that an environment gets and that another one has: a controller is often one for all of them. */
export function takenHosts({ name, old, next }: Pair, { names, rendering }: Step): Finding[] {
  if (next === undefined) return [];
  const known = new Set(old === undefined ? [] : routesOf(old).map(({ host }) => host));
  const added = routesOf(next).filter(({ host }) => !known.has(host));
  if (added.length === 0) return [];
  const others = names
    .filter((other) => other !== name)
    .flatMap((other) => routesOf(rendering(other)).map(({ host }) => ({ host, other })));
  return added.flatMap(({ object, host }) =>
    others
      .filter((one) => overlap(one.host, host))
      .slice(0, 1)
      .map(({ other }) =>
        finding(
          object,
          `${host} is a host of ${other}, whose requests it would take`,
          'give it a host of its own',
        ),
      ),
  );
}

/** The same host, or one that a pattern stands for. */
function overlap(one: string, other: string): boolean {
  const covers = (pattern: string, host: string) =>
    pattern === '*' || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)));
  return one === other || covers(one, other) || covers(other, one);
}

/** Objects and data that an environment gets and that are another one's. */
export function takenObjects(
  { name, old, next, formerName }: Pair,
  { names, rendering }: Step,
): Finding[] {
  if (next === undefined) return [];
  const others = names.filter((other) => ![name, formerName].includes(other));
  const before = new Set(old?.objects.map(identityOf));
  const added = next.objects.filter((object) => !before.has(identityOf(object)));
  const known = new Set(old === undefined ? [] : hostsCalled(old));
  const called = hostsCalled(next).filter((host) => !known.has(host));
  if (added.length + called.length === 0) return [];
  return others.flatMap((other) => {
    const theirs = rendering(other);
    const identities = new Set(theirs.objects.map(identityOf));
    const hosts = hostsCalled(theirs);
    return [
      ...added
        .filter((object) => identities.has(identityOf(object)))
        .map((object) =>
          finding(
            object,
            `it is an object of ${other}, which two would write`,
            'give it a namespace of its own',
          ),
        ),
      ...called
        // Environments for tests may share what they test with; those with colours serve users.
        .filter((host) => hosts.includes(host) && coloursOf(theirs).length > 0)
        .map((host) =>
          finding(
            name,
            `its pods would use ${host}, which holds the data of ${other}`,
            'give each environment data of its own',
          ),
        ),
    ];
  });
}

/** Hosts on the internet that pods call, by their settings; what is in the cluster is often everybody's. */
function hostsCalled(rendering: Rendering): string[] {
  const own = new Set(routesOf(rendering).map(({ host }) => host));
  return workloadsOf(rendering)
    .flatMap((workload) => addressesOf(rendering, workload))
    .map(({ host }) => host)
    .filter(
      (host) =>
        host.split('.').length > 2 &&
        !own.has(host) &&
        !/\.(svc|local)(\.|$)/.test(host) &&
        !host.startsWith('your-'),
    );
}
