import { isBlocked, type Route, routesIn } from '../../lib/kubernetes/routes';
import type { Manifest } from '../../lib/manifests';
import { partOf } from '../rendering/routes';

/** What a change of an Ingress or HTTPRoute means for requests, in a sentence: "api.seda.fm/api/v1 leads to seda-api and no more to old-api". */
export function wayInEffect(was: Manifest | undefined, is: Manifest | undefined): string {
  const [before, after] = [was, is].map((object) => (object ? ways(object) : new Map()));
  const parts = [
    ...[...new Set([...before!.keys(), ...after!.keys()])].flatMap((way) =>
      sentence(way, before!.get(way), after!.get(way)),
    ),
    ...entranceChange(was, is),
  ];
  return parts.length > 0 ? parts.join('; ') : 'changes the way in from outside';
}

/** Where each host and path leads, in words. */
function ways(object: Manifest): Map<string, string> {
  const found = new Map<string, Route[]>();
  for (const route of routesIn(object)) {
    const asked = route.headers.map(({ name, value }) => `, with ${name}: ${value},`).join('');
    const way = `${route.host === '*' ? 'every host, ' : route.host}${route.path}${asked}`;
    found.set(way, [...(found.get(way) ?? []), route]);
  }
  return new Map(
    [...found].map(([way, routes]) => {
      const sum = routes.reduce((total, { weight }) => total + weight, 0);
      const share = (route: Route) => {
        const part = partOf(route, routes);
        return part === undefined ? '' : ` (${part})`;
      };
      const destinations = routes
        .filter(({ weight }) => weight > 0 || sum === 0)
        .map((route) => `${destination(route)}${share(route)}`);
      return [way, [...new Set(destinations)].join(' and ')];
    }),
  );
}

function destination(route: Route): string {
  if (isBlocked(route)) return 'nowhere';
  return route.port === undefined ? route.service! : `${route.service}, port ${route.port}`;
}

function sentence(way: string, before: string | undefined, after: string | undefined): string[] {
  if (before === after) return [];
  if (after === undefined)
    return [before === 'nowhere' ? `${way} is no more refused here` : `${way} leads here no more`];
  if (after === 'nowhere') return [`${way} is refused`];
  return [
    before === undefined
      ? `${way} leads to ${after}`
      : before === 'nowhere'
        ? `${way} is no more refused, and leads to ${after}`
        : /%\)/.test(before + after)
          ? `${way} leads to ${after}, before to ${before}`
          : `${way} leads to ${after} and no more to ${before}`,
  ];
}

/** The class or the Gateways through which requests come, where that changes. */
function entranceChange(was: Manifest | undefined, is: Manifest | undefined): string[] {
  if (!was || !is) return [];
  const [before, after] = [was, is].map(entrances);
  return before === after ? [] : [`requests come through ${after} and no more through ${before}`];
}

function entrances({ kind, spec }: Manifest): string {
  if (kind === 'Ingress') return `the class ${spec?.ingressClassName ?? 'of the cluster'}`;
  type Ref = { namespace?: string; name: string; sectionName?: string };
  return ((spec?.parentRefs ?? []) as Ref[])
    .map(
      ({ namespace, name, sectionName }) =>
        `Gateway ${namespace === undefined ? '' : `${namespace}/`}${name}${sectionName === undefined ? '' : `, listener ${sectionName}`}`,
    )
    .join(' and ');
}
