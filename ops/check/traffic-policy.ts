import type { Manifest } from '../../lib/manifests';
import { parseQuantity } from '../../lib/quantity';
import type { Difference } from '../rendering/differences';
import type { Rendering } from '../rendering/rendering';
import { type Finding, finding, type Step } from './rule';

/** Limits of a route that are an object of their own, as Envoy Gateway has them. */
export const TRAFFIC_POLICY = 'BackendTrafficPolicy';

/** Requests a second that a browser with a few tabs, or an office behind one address, does not reach. */
export const LEAST_PER_SECOND = 20;

/** A limit may become tighter, but not by more than half in one step: it would refuse whom it admits now. */
export const TIGHTEST = 0.5;

/** Seconds for which a client may hold a connection open without a word. */
export const MOST_PATIENT = 600;

interface Target {
  readonly kind?: string;
  readonly name?: string;
}

function targetsOf({ spec }: Manifest): readonly Target[] {
  return (spec?.targetRefs ?? []) as Target[];
}

/** The limits of a route go with the route, and come with it; for one that is there they are a decision. */
export function trafficPolicyFindings(
  { change, object }: Difference,
  { base, next }: Step,
): Finding[] {
  if (object.kind !== TRAFFIC_POLICY || change === 'changed') return [];
  const routes = targetsOf(object);
  if (change === 'removed')
    return routes.some((target) => routeOf(next, target) !== undefined)
      ? [
          finding(
            object,
            'its limits of rate and size are gone, and the route that they were for is not',
            'keep it, or allow it after somebody has looked at it',
          ),
        ]
      : [];
  const isOwn = routes.length === 1 && routes.every((target) => routeOf(next, target));
  const others = next
    .ofKind(TRAFFIC_POLICY)
    .filter((one) => one !== object && sharesTarget(one, object));
  if (!isOwn || others.length > 0)
    return [
      finding(
        object,
        'it is not the one policy of one route that is rendered, so that it limits others or nobody',
        'let it name the route that it is for, and no other policy with it',
      ),
    ];
  return base.objects.length > 0 && routes.some((target) => routeOf(base, target))
    ? [
        finding(
          object,
          'it stands in the place of what the Gateway says of a route that is there, and with it how requests are treated',
          'allow it after somebody has looked at it',
        ),
      ]
    : [];
}

function routeOf(rendering: Rendering, { kind, name }: Target): Manifest | undefined {
  return kind === 'HTTPRoute'
    ? rendering.ofKind(kind).find(({ metadata }) => metadata.name === name)
    : undefined;
}

function sharesTarget(one: Manifest, other: Manifest): boolean {
  return targetsOf(one).some(({ kind, name }) =>
    targetsOf(other).some((target) => target.kind === kind && target.name === name),
  );
}

/** Whether a policy that comes or goes is judged by `trafficPolicyFindings`. */
export function isJudgedPolicy({ change, object }: Difference): boolean {
  return object.kind === TRAFFIC_POLICY && change !== 'changed';
}

/** Whether a field of a policy admits less than before and still enough, or is more patient. */
export function isTighterPolicy({ path, before, after }: Difference): boolean {
  const field = path.join('.');
  if (/^spec\.rateLimit\.local\.rules\.\d+\.limit\.requests$/.test(field)) {
    const [from, to] = [Number(before), Number(after)];
    return to > 0 && to <= from && to >= Math.min(from * TIGHTEST, LEAST_PER_SECOND);
  }
  if (field === 'spec.requestBuffer.limit') {
    const [from, to] = [before, after].map((size) => parseQuantity(String(size)));
    if (from === undefined || to === undefined) return false;
    return to <= from && to >= Math.max(1024 ** 2, from * TIGHTEST);
  }
  if (field === 'spec.timeout.http.streamIdleTimeout') {
    const [from, to] = [before, after].map((time) => Number(/^(\d+)s$/.exec(String(time))?.[1]));
    return to! >= from! && to! <= MOST_PATIENT;
  }
  return false;
}
