import { ofKind, unsafeFrom, type Unsafe } from './transition';
import { all, edits, removes, sets, setsPod, type Thing } from './tree';
import { arrives, decides, recordsPair, rerenders, shifts, stages } from './world';

const ROUTE = 'production/HTTPRoute/seda-api-ingress';
const SWITCH = 'production/Service/seda-api';
const BLUE = 'production/Deployment/seda-api-blue';
const GREEN = 'production/Deployment/seda-api-green';
/** Rule 0 is that of testers, 1 that of users, 2 the blocked path. */
const USERS = 'spec rules 1 backendRefs';

/** Weights of blue and green, by hand. */
const weights = (blue: unknown, green: unknown) =>
  all(sets(ROUTE, `${USERS} 0 weight`, blue), sets(ROUTE, `${USERS} 1 weight`, green));

const rules = (change: (rules: Thing[]) => void) =>
  edits(ROUTE, (object) => change(object.spec.rules));

/** Green 1.4.2 serves, blue 1.5.0 is staged: nobody gets it yet. */
const staged = unsafeFrom('gateway: staged');
/** Blue 1.5.0 gets 5 %. */
const shared = unsafeFrom('gateway: shared 5');

export const SHARES = ofKind<Unsafe>('shares of the requests', [
  staged(
    'half of the requests at once',
    8,
    'a bad release fails for half of the users before anybody has looked',
    weights(50, 50),
  ),
  staged(
    'the record begins with a quarter',
    8,
    'the same, and the record and dist/ agree',
    rerenders(recordsPair((release) => ({ ...release, weights: { blue: 25, green: 75 } }))),
  ),
  staged(
    'all requests, and the Service stays',
    8,
    'clients in the cluster stay on the colour that the next retirement empties',
    weights(100, 0),
  ),
  staged('no weight at all', 1, 'both weights zero: 500 for every request', weights(0, 0)),
  staged('weights that are no percent', 8, '5 of 100000 look like five percent', weights(99995, 5)),
  staged('five percent too many', 8, '5 of 105 are not what a reader sees', weights(5, 100)),
  staged('a weight that is no number', 1, 'the API server refuses it', weights('5', 95)),
  staged(
    'a share for a colour whose image changes in the same commit',
    2,
    'the gate of the new pods has proved nothing yet',
    all(weights(5, 95), setsPod(BLUE, 'containers 0 image', 'ghcr.io/seda-fm/seda-api:1.6.0')),
  ),
  staged(
    'a share for a colour that loses pods in the same commit',
    3,
    'it gets users and fewer pods than its gate asks for',
    all(weights(5, 95), sets(BLUE, 'spec replicas', 1)),
  ),
  staged(
    'a share and a stage in one commit',
    2,
    'what is staged gets users before its gate has asked it',
    rerenders(arrives('1.6.0'), stages('production', '1.6.0'), shifts(5)),
  ),
  unsafeFrom('gateway: retired')(
    'a share for a colour without pods',
    1,
    '503 for its share',
    weights(95, 5),
  ),
  unsafeFrom('gateway: serving')(
    'a share for the placeholder of the first day',
    1,
    '503 for its share',
    weights(5, 95),
  ),
  shared(
    'the retirement of the colour that gets most',
    3,
    '95 % of the users have no pods',
    rerenders(recordsPair((release) => ({ ...release, green: { ...release.green, replicas: 0 } }))),
  ),
  shared(
    'the retirement of the colour that gets few',
    3,
    '5 % of the users have no pods',
    sets(BLUE, 'spec replicas', 0),
  ),
  shared(
    'a share taken away together with its pods',
    3,
    'requests that are on their way lose their pods',
    all(weights(0, 100), sets(BLUE, 'spec replicas', 0)),
  ),
  shared(
    'the pods of the colour that gets few change',
    2,
    'users reach pods that nobody staged',
    setsPod(BLUE, 'containers 0 image', 'ghcr.io/seda-fm/seda-api:1.6.0'),
  ),
  shared(
    'a setting of the colour that gets most',
    2,
    'the pods of 95 % of the users are replaced',
    setsPod(GREEN, 'terminationGracePeriodSeconds', 5),
  ),
  shared(
    'a backend is gone',
    1,
    'who is led there gets another mixture, and the next shift finds no rule',
    rules(([, users]) => void users!.backendRefs.splice(0, 1)),
  ),
  shared(
    'the backends change places',
    8,
    'some implementations call their clusters by the place',
    rules(([, users]) => void users!.backendRefs.reverse()),
  ),
  shared(
    'a third backend',
    8,
    'a part of the users get what is no colour',
    rules(
      ([, users]) =>
        void users!.backendRefs.push({ ...users!.backendRefs[0], name: 'seda-api', weight: 0 }),
    ),
  ),
  shared(
    'a backend that is not there',
    1,
    '500 for its share',
    sets(ROUTE, `${USERS} 1 name`, 'seda-api-gren'),
  ),
  shared('a backend on another port', 1, '500 for its share', sets(ROUTE, `${USERS} 1 port`, 8080)),
  shared(
    'a filter of one backend',
    9,
    'a part of the users send another header',
    sets(ROUTE, `${USERS} 0 filters`, [
      { type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['authorization'] } },
    ]),
  ),
  shared(
    'a rule in front',
    9,
    'Envoy Gateway calls clusters by the place of the rule: 503 for a moment',
    rules((all) => void all.unshift({ ...all[1], matches: [path('/api/v1/tracks')] })),
  ),
  shared(
    'the rule of testers is gone',
    9,
    'the rule of users moves to the front: 503 for a moment',
    rules((all) => void all.shift()),
  ),
  shared(
    'the rule of testers behind that of users',
    9,
    'both rules change their place: 503 for a moment',
    rules((all) => void all.splice(0, 2, all[1]!, all[0]!)),
  ),
  shared(
    'a redirect in front',
    9,
    'it takes the requests, and moves every rule',
    rules(
      (all) =>
        void all.unshift({
          matches: [path('/')],
          filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'seda.fm' } }],
        }),
    ),
  ),
  staged(
    'the rule of testers takes everybody',
    8,
    'every user gets the staged colour',
    rules(([testers]) => void delete testers!.matches[0].headers),
  ),
  staged(
    'the rule of testers takes who sends anything',
    8,
    'a pattern that every value fits',
    rules(
      ([testers]) =>
        void Object.assign(testers!.matches[0].headers[0], {
          type: 'RegularExpression',
          value: '.*',
        }),
    ),
  ),
  staged(
    'the rule of testers takes every browser',
    8,
    'browsers send that header',
    rules(
      ([testers]) =>
        void Object.assign(testers!.matches[0].headers[0], {
          name: 'accept-language',
          value: 'en',
        }),
    ),
  ),
  staged(
    'the rule of testers has a second match',
    8,
    'one that asks for no header',
    rules(([testers]) => void testers!.matches.push(path('/api/v1'))),
  ),
  staged(
    'testers are led to the metrics as well',
    6,
    'the longer path wins, for who sends the header',
    rules(
      (all) =>
        void all.push({
          ...all[0],
          matches: [{ ...all[0]!.matches[0], ...path('/api/v1/metrics') }],
        }),
    ),
  ),
  shared(
    'another path has another share',
    8,
    'who uses both paths gets two mixtures',
    rules(
      (all) =>
        void all.push({
          ...all[1],
          matches: [path('/api/v1/tracks')],
          backendRefs: all[1]!.backendRefs.map((one: Thing) => ({
            ...one,
            weight: 50,
          })),
        }),
    ),
  ),
  shared(
    'the Service selects the colour that gets few',
    8,
    'clients in the cluster all get the release that is only tried',
    sets(SWITCH, 'spec selector version', 'blue'),
  ),
  shared(
    'the gate of the colour that gets few is gone',
    2,
    'a shift to more would be asked by nobody',
    removes('production/Job/seda-api-gate-blue-*'),
  ),
  shared(
    'an ingress that cannot share',
    9,
    'requests no longer come by the Gateway',
    rerenders(decides('production', { ingress: { kind: 'ingress-nginx', className: 'nginx' } })),
  ),
]);

function path(value: string) {
  return { path: { type: 'PathPrefix', value } };
}
