import { parentRefsOf } from '../../lib/kubernetes/routes';
import type { Manifest } from '../../lib/manifests';
import type { Rendering } from '../rendering/rendering';
import { covers, type Redirect, redirectsOf, routesOf } from '../rendering/routes';
import { type Finding, finding } from './rule';

/** The only thing that a redirect to HTTPS changes, and how it is answered. */
const SCHEME = ['scheme', 'statusCode'];

/** A rule that sends requests of a host elsewhere takes them from whoever answers them now. */
export function newRedirects(base: Rendering, next: Rendering): Finding[] {
  const had = redirectsOf(base).map(({ text }) => text);
  return redirectsOf(next)
    .filter((redirect) => !had.includes(redirect.text) && !isToHttps(redirect, base, next))
    .map(({ object, host }) =>
      finding(
        object,
        `${host === '*' ? 'every host' : host} would be redirected by it, which leads to the API now`,
        'let it redirect a host that nobody uses, or plain HTTP to HTTPS at a listener of its own',
      ),
    );
}

/** From a listener that no user's way is at, to the same host and path; or of a host that nothing answers. */
function isToHttps({ object, host, rule }: Redirect, base: Rendering, next: Rendering): boolean {
  const ways = [...routesOf(base), ...routesOf(next)].filter(
    (way) => covers(host, way.host) || covers(way.host, host),
  );
  if (ways.length === 0) return true;
  const [filter, ...others] = rule.filters ?? [];
  const { requestRedirect = {} } = filter as { requestRedirect?: { scheme?: string } };
  return (
    others.length === 0 &&
    requestRedirect.scheme === 'https' &&
    Object.keys(requestRedirect).every((key) => SCHEME.includes(key)) &&
    !ways.some((way) => listenersOf(way.object).some((one) => listenersOf(object).includes(one)))
  );
}

/** Listeners that a route is attached to; all of a Gateway where none is named. */
function listenersOf(object: Manifest): string[] {
  return parentRefsOf(object, object.metadata.namespace ?? '').map(
    ({ namespace, name, sectionName = '' }) => `${namespace}/${name}/${sectionName}`,
  );
}
