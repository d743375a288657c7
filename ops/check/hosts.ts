import type { Pair, Step } from '../rendering/load';
import { routesOf } from '../rendering/routes';
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
