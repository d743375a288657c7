import type { Manifest } from '../../lib/manifests';
import { identityOf } from '../../lib/kubernetes/identity';
import type { Pair, Step } from '../rendering/load';
import { addressesOf } from '../rendering/reads';
import type { Rendering } from '../rendering/rendering';
import type { Route } from '../../lib/kubernetes/routes';
import { covers, routesOf } from '../rendering/routes';
import { workloadsOf } from '../rendering/workloads';
import { coloursOf } from './bundle';
import { type Dashboard, dashboardsOf } from './dashboards';
import { type Finding, finding } from './rule';

/** What an environment gets in a step, and what another one may have already. */
interface Gained {
  readonly routes: readonly Route[];
  readonly objects: readonly Manifest[];
  readonly dashboards: readonly Dashboard[];
  /** Hosts on the internet that pods call. */
  readonly called: readonly string[];
  readonly servesUsers: boolean;
}

/** Hosts, objects, dashboards and data that an environment gets and that are another one's. */
export function takenFrom(pair: Pair, { rendering, naming }: Step): Finding[] {
  const { name, next, formerName } = pair;
  if (next === undefined) return [];
  const gained = gainedBy(pair, next);
  const words = wordsOf(gained);
  const below = gained.routes.flatMap(({ host }) => (/^\*./.test(host) ? host.slice(1) : []));
  if (words.length === 0) return [];
  // Of hundreds of environments few name any of it, so that the others are not read.
  return [...naming(words, below)]
    .filter((other) => other !== name && other !== formerName)
    .sort()
    .flatMap((other) => takenFromOne(name, gained, other, rendering(other)));
}

function gainedBy({ old }: Pair, next: Rendering): Gained {
  const hosts = new Set(old === undefined ? [] : routesOf(old).map(({ host }) => host));
  const identities = new Set(old?.objects.map(identityOf));
  const known = new Set(old === undefined ? [] : calledBy(old));
  const shown = new Set(old === undefined ? [] : dashboardsOf(old).map(({ uid }) => uid));
  return {
    routes: routesOf(next).filter(({ host }) => !hosts.has(host)),
    objects: next.objects.filter((object) => !identities.has(identityOf(object))),
    dashboards: dashboardsOf(next).filter(({ uid }) => !shown.has(uid)),
    called: [...new Set(calledBy(next))].filter((host) => !known.has(host)),
    servesUsers: coloursOf(next).length > 0,
  };
}

/** Words of which one is in the files of whoever has any of it: hosts, with the patterns that cover them, and namespaces. */
function wordsOf({ routes, objects, dashboards, called }: Gained): string[] {
  const hosts = routes.flatMap(({ host }) => [host, host.replace(/^[^.]*/, '*')]);
  const namespaces = objects.map(({ metadata }) => metadata.namespace ?? metadata.name);
  const uids = dashboards.map(({ uid }) => uid);
  return [...new Set([...hosts, ...namespaces, ...uids, ...called])];
}

function takenFromOne(
  name: string,
  { routes, objects, dashboards, called, servesUsers }: Gained,
  other: string,
  theirs: Rendering,
): Finding[] {
  const hosts = routesOf(theirs).map(({ host }) => host);
  const identities = new Set(theirs.objects.map(identityOf));
  const shown = dashboardsOf(theirs).map(({ uid }) => uid);
  // Environments for tests may share what they test with; those with colours serve users. What both of a production and its
  // tests call may be somebody's public service, a database is not.
  const data =
    coloursOf(theirs).length > 0
      ? calledBy(theirs)
      : servesUsers
        ? calledBy(theirs).filter(isDatabase)
        : [];
  return [
    ...routes
      .filter(({ host }) => hosts.some((one) => overlap(one, host)))
      .map(({ object, host }) =>
        finding(
          object,
          `${host} is a host of ${other}, whose requests it would take`,
          'give it a host of its own',
        ),
      ),
    ...objects
      .filter((object) => identities.has(identityOf(object)))
      .map((object) =>
        finding(
          object,
          `it is an object of ${other}, which two would write`,
          'give it a namespace of its own',
        ),
      ),
    ...dashboards
      .filter(({ uid }) => shown.includes(uid))
      .map(({ object, uid }) =>
        finding(
          object,
          `${uid} is the uid of a dashboard of ${other}, in whose place Grafana would show it`,
          'give it a uid of its own',
        ),
      ),
    ...called
      .filter((host) => data.includes(host))
      .map((host) =>
        finding(
          name,
          `its pods would use ${host}, which holds the data of ${other}`,
          'give each environment data of its own',
        ),
      ),
  ];
}

/** The address of a project of Supabase, in which an environment keeps its data. */
function isDatabase(host: string): boolean {
  return /\.supabase\.(co|com|in)$/.test(host);
}

/** One host, or one that a pattern stands for. */
function overlap(one: string, other: string): boolean {
  return covers(one, other) || covers(other, one);
}

/** Hosts on the internet that pods call, by their settings; what is in the cluster is often everybody's. */
function calledBy(rendering: Rendering): string[] {
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
