import { ofKind, type Unsafe } from './transition';
import { copies, edits, removes, sets } from './tree';

const LIMITS = 'production/BackendTrafficPolicy/seda-api-ingress';

const guard = (
  name: string,
  why: string,
  change: Unsafe['change'],
  from = 'gateway: promoted',
): Omit<Unsafe, 'kind'> => ({ name, breaks: 14, from, why, change });

export const POLICIES = ofKind<Unsafe>('limits behind a Gateway', [
  guard('no limits', 'one client takes the API down', removes(LIMITS)),
  guard(
    'no limit of requests',
    'one client takes the API down',
    sets(LIMITS, 'spec rateLimit', undefined),
  ),
  guard(
    'no limit of requests for addresses of IPv6',
    'one client takes the API down',
    sets(LIMITS, 'spec rateLimit local rules 1', undefined),
  ),
  guard(
    'a limit of requests that nobody reaches',
    'one client takes the API down',
    sets(LIMITS, 'spec rateLimit local rules 0 limit requests', 100000),
  ),
  guard(
    'a limit for a second is one for an hour',
    'whoever opens a page is refused for the rest of the hour',
    sets(LIMITS, 'spec rateLimit local rules 0 limit unit', 'Hour'),
  ),
  guard(
    'the limit of requests is tried and does not hold',
    'one client takes the API down',
    sets(LIMITS, 'spec rateLimit local rules 0 shadowMode', true),
  ),
  guard(
    'all clients share a limit',
    'one client takes the requests of all others',
    sets(LIMITS, 'spec rateLimit local rules 0 clientSelectors 0 sourceCIDR type', 'Exact'),
  ),
  guard(
    'the limits are for another route',
    'one client takes the API down',
    sets(LIMITS, 'spec targetRefs 0 name', 'seda-api-ingress-redirect'),
  ),
  guard(
    'a second policy stands in the place of the limits',
    'of two policies of a route the older one alone holds',
    copies(LIMITS, 'production/30-traffic.k8s.yaml', (object) => {
      object.metadata.name = 'a-limits';
      object.spec = { targetRefs: object.spec.targetRefs };
    }),
  ),
  guard(
    'bodies of ten gibibytes',
    'one upload fills the memory of the proxy',
    sets(LIMITS, 'spec requestBuffer limit', '10Gi'),
  ),
  {
    name: 'bodies of one kibibyte',
    breaks: 9,
    from: 'gateway: promoted',
    why: 'uploads of 10 MiB, which were accepted, get 413',
    change: sets(LIMITS, 'spec requestBuffer limit', '1Ki'),
  },
  {
    name: 'one request a second',
    breaks: 9,
    from: 'gateway: promoted',
    why: 'a page of the app asks for more at once, and gets 429',
    change: edits(LIMITS, ({ spec }) => {
      for (const { limit } of spec.rateLimit.local.rules) limit.requests = 1;
    }),
  },
  {
    name: 'requests that fail at once',
    breaks: 9,
    from: 'gateway: promoted',
    why: 'every request is answered 500 by the proxy',
    change: sets(LIMITS, 'spec faultInjection', { abort: { httpStatus: 500, percentage: 100 } }),
  },
]);
