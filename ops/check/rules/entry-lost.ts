import { calledOf } from '../../../lib/kubernetes/identity';
import type { Manifest } from '../../../lib/manifests';
import { canonicalText } from '../../rendering/canonical';
import { isBlocked, type Route } from '../../../lib/kubernetes/routes';
import { isPreview } from '../../../lib/preview-header';
import { covers, publicHosts, redirectsOf, routesOf } from '../../rendering/routes';
import { servesNobody } from '../bundle';
import { newRedirects } from '../redirects';
import type { Rendering } from '../../rendering/rendering';
import { type Finding, finding, type Rule, type Step, unique } from '../rule';

/** The way of a request: what of a route must not get lost. */
function wayOf(route: Route, blocked: boolean): string {
  const { object, host, path, pathType, service, port } = route;
  const preview = isPreview(route);
  const spec = object.spec ?? {};
  const tls = object.kind === 'Ingress' ? tlsOf(object, host) : undefined;
  return canonicalText([
    ...[object.kind, object.metadata.namespace, host, path, pathType, blocked, preview],
    // Testers are led to whichever colour serves nobody.
    blocked || preview ? '' : service,
    blocked ? '' : port,
    object.kind === 'Ingress' ? spec.ingressClassName : spec.parentRefs,
    tls,
  ]);
}

function tlsOf({ spec }: Manifest, host: string): unknown {
  const tls = (spec?.tls ?? []) as { hosts?: readonly string[]; secretName?: string }[];
  return tls.find(({ hosts = [] }) => hosts.includes(host))?.secretName;
}

/** What an entry point says of a host holds for all of it, so that a second one for the host changes the first. */
function strangers(base: Rendering, next: Rendering): Finding[] {
  const known = routesOf(base);
  const previews = next.previews().map(({ metadata }) => metadata.name);
  // A route without hosts has all those of its listener.
  const owners = (host: string, { kind }: Manifest) =>
    known
      .filter((route) => route.host === host || (kind === 'HTTPRoute' && covers(host, route.host)))
      .map(({ object }) => object);
  return routesOf(next).flatMap(({ object, host, service }) => {
    const names = owners(host, object).map(calledOf);
    const isNew = !base.objects.some(
      ({ kind, metadata }) => kind === object.kind && metadata.name === object.metadata.name,
    );
    const isKnown = known.some((one) => one.service === service && one.host === host);
    return [
      ...(isNew && names.length > 0
        ? [
            finding(
              object,
              `it is about ${host}, which is ${names[0]}'s`,
              'give it a host of its own',
            ),
          ]
        : []),
      ...(service !== undefined && previews.includes(service) && !isKnown
        ? [
            finding(
              object,
              `${host} would lead users to a colour that is not promoted`,
              'lead it to the Service of the API',
            ),
          ]
        : []),
    ];
  });
}

/** Of a host that nobody reaches there is no proof, so that the certificate of the others is not renewed either. */
function unproven(base: Rendering, next: Rendering): Finding[] {
  const reached = publicHosts(next);
  return next.ofKind('Ingress').flatMap((ingress) => {
    const had = hostsOfTls(base.sameAs(ingress));
    return hostsOfTls(ingress)
      .filter((host) => !had.includes(host) && !reached.some((one) => covers(host, one)))
      .map((host) =>
        finding(
          ingress,
          `its certificate is to be for ${host} as well, which leads nowhere: it would not be signed, nor renewed`,
          'name hosts that have rules',
        ),
      );
  });
}

function hostsOfTls(ingress: Manifest | undefined): readonly string[] {
  const tls = (ingress?.spec?.tls ?? []) as { hosts?: readonly string[] }[];
  return tls.flatMap(({ hosts = [] }) => hosts);
}

/** A path that is refused on the hosts that are there is refused on a new one as well. */
function unblocked(base: Rendering, next: Rendering): Finding[] {
  const known = routesOf(base);
  const refused = [...new Set(known.filter(isBlocked).map(({ path }) => path))];
  const after = routesOf(next);
  return after
    .filter((route) => !isBlocked(route) && !known.some(({ host }) => host === route.host))
    .filter(({ service }) => known.some((one) => one.service === service))
    .flatMap(({ object, host, path }) =>
      refused
        .filter((one) => isBelow(one, path))
        .filter(
          (one) => !after.some((way) => way.host === host && way.path === one && isBlocked(way)),
        )
        .map((one) =>
          finding(
            object,
            `${host}${one} would be open, which is refused to everybody on the hosts that are there`,
            'refuse it on the new host as well',
          ),
        ),
    );
}

/** A host leads to the paths of a Service that it led to: what is beside them was open to nobody. */
function widened(base: Rendering, next: Rendering): Finding[] {
  const known = routesOf(base).filter((route) => !isBlocked(route));
  return routesOf(next)
    .filter((route) => !isBlocked(route) && route.weight > 0)
    .flatMap(({ object, host, path, service }) => {
      const paths = known.filter((one) => one.service === service).map((one) => one.path);
      return paths.length === 0 || paths.some((one) => isBelow(path, one))
        ? []
        : [
            finding(
              object,
              `${host}${path} would lead to all of the Service ${service} below it, of which ${paths[0]} alone is reached now`,
              'name the paths that are meant, or allow it',
            ),
          ];
    });
}

function isBelow(path: string, prefix: string): boolean {
  return `${path}/`.startsWith(`${prefix.replace(/\/$/, '')}/`);
}

/** A client finds what it found before. */
export const entryLost: Rule = {
  name: 'entry-lost',
  protects:
    'What a host, a path or a client reached before, it reaches after: through the same class or Gateway, with the same certificate, at the same Service. A way in may be added, to the paths that are open already.',
  refuse: (step) => {
    if (servesNobody(step)) return [];
    const { base, next } = step;
    const ways = (rendering: Step['base']) =>
      routesOf(rendering).map((route) => ({ route, way: wayOf(route, isBlocked(route)) }));
    const [before, after] = [ways(base), ways(next)];
    const had = new Set(before.map(({ way }) => way));
    const kept = new Set(after.map(({ way }) => way));
    const lost = before.filter(({ way }) => !kept.has(way));
    const captured = after
      .filter(({ way }) => !had.has(way))
      .filter(({ route }) =>
        before.some(
          (one) =>
            one.route.host === route.host &&
            isBelow(route.path, one.route.path) &&
            (!isBlocked(route) || !isBlocked(one.route)),
        ),
      );
    const redirects = redirectsOf(next).map(({ text }) => text);
    return unique([
      ...unblocked(base, next),
      ...widened(base, next),
      ...strangers(base, next),
      ...unproven(base, next),
      ...newRedirects(base, next),
      ...redirectsOf(base)
        .filter(({ text }) => !redirects.includes(text))
        .map(({ object }) =>
          finding(
            object,
            'it redirected requests, and would no more in the same way',
            'keep the redirect',
          ),
        ),
      ...lost.map(({ route }) =>
        finding(
          route.object,
          isBlocked(route)
            ? `${route.host}${route.path} was refused to everybody, and would be no more`
            : `${route.host}${route.path} led to the Service ${route.service}${route.port === undefined ? '' : `, port ${route.port}`}, and would no more in the same way`,
          'add the new way beside the old one, and take the old one away when nobody uses it',
        ),
      ),
      ...captured.map(({ route }) =>
        finding(
          route.object,
          `${route.host}${route.path} would take requests that another rule leads elsewhere`,
          'give it a host of its own',
        ),
      ),
    ]);
  },
  permit: ({ object, path, change }) =>
    ['Ingress', 'HTTPRoute'].includes(object.kind) &&
    (change !== 'changed' ||
      (path[0] === 'spec' && ['rules', 'tls', 'hostnames', 'parentRefs'].includes(path[1] ?? ''))),
};
