import { stateOf } from './states';
import { promotedShop, renderShop, revision, type Shop, SHOP_LAYOUTS, stagedShop } from './shop';
import { ofKind, type Safe } from './transition';
import type { Change, Tree } from './tree';
import {
  aborts,
  decides,
  type Edit,
  founds,
  promotes,
  recordsPair,
  rerenders,
  retires,
  rollsBack,
  shifts,
  stages,
} from './world';

const verb = (name: string, from: string, ...edits: readonly Edit[]): Omit<Safe, 'kind'> => ({
  name,
  from,
  change: rerenders(...edits),
});

/** The tree of another commit, as a revert brings it. */
const becomes =
  (make: () => Tree): Change =>
  (tree) => {
    const next = make();
    tree.clear();
    for (const [file, text] of next) tree.set(file, text);
  };

const back = (name: string, from: string, to: string): Omit<Safe, 'kind'> => ({
  name,
  from,
  change: becomes(() => stateOf(to).tree()),
});

const SHARES: readonly Omit<Safe, 'kind'>[] = [
  verb('the first share', 'gateway: staged', shifts(5)),
  verb('the largest first share', 'gateway: staged', shifts(10)),
  verb('a larger share', 'gateway: shared 5', shifts(50)),
  verb('most of the requests', 'gateway: shared 5', shifts(75)),
  verb('a smaller share', 'gateway: shared 75', shifts(25)),
  verb('all requests, after a share', 'gateway: shared 5', promotes()),
  verb('all requests, after most of them', 'gateway: shared 75', promotes()),
  verb('back from a share', 'gateway: shared 5', rollsBack()),
  verb('back from most of the requests', 'gateway: shared 75', rollsBack()),
];

const shop = (name: string, from: string, next: Shop, layout = ''): Omit<Safe, 'kind'> => ({
  name,
  from,
  change: becomes(() => SHOP_LAYOUTS[layout]!(renderShop(next))),
});

/** Every verb that a kind of production has. */
const life = (what: string): Omit<Safe, 'kind'>[] => [
  verb(`${what}the first release is staged`, `${what}first arrived`, stages('production', '1.4.2')),
  verb(`${what}the first release is promoted`, `${what}first staged`, promotes()),
  verb(`${what}the placeholder is retired`, `${what}first promoted`, retires()),
  verb(`${what}the next release is staged`, `${what}arrived`, stages('production', '1.5.0')),
  verb(`${what}the next release is promoted`, `${what}staged`, promotes()),
  verb(`${what}it is rolled back`, `${what}promoted`, rollsBack()),
  verb(
    `${what}it is promoted again`,
    `${what}rolled back`,
    promotes('production', { again: true }),
  ),
  verb(`${what}the outgoing colour is retired`, `${what}promoted`, retires()),
  verb(`${what}what was staged is dropped`, `${what}staged`, aborts()),
  verb(`${what}what was rolled back is dropped`, `${what}rolled back`, aborts()),
  verb(
    `${what}the retired colour is warmed`,
    `${what}retired`,
    stages('production', '1.4.2', { migration: 'none' }),
  ),
];

const rotating = decides('production', { secretVersion: 2 });

export const VERBS = ofKind<Safe>('a verb', [
  ...life(''),
  ...life('autoscaled: '),
  ...life('gateway: '),
  ...SHARES,
  ...life('rich: '),
  verb(
    'a release takes the place of the warm one',
    'warm, next arrived',
    stages('production', '1.6.0'),
  ),
  verb(
    'a release takes the place of the retired one',
    'next arrived',
    stages('production', '1.6.0'),
  ),
  verb(
    'a release takes the place of the one that was rolled back',
    'rolled back, next arrived',
    stages('production', '1.6.0'),
  ),
  verb(
    'a release without a migration is staged',
    'next arrived without a migration',
    stages('production', '1.6.0', { migration: 'none' }),
  ),
  verb(
    'a contraction is staged after its expansion served',
    'next arrived',
    stages('production', '1.6.0', { migration: 'contract' }),
  ),
  verb(
    'an image that skipped the order is staged, with the reason',
    'retired',
    stages('production', '1.6.1', { sourceImage: undefined, skipOrder: 'the fix of an outage' }),
  ),
  verb(
    'an image that skipped the order runs in sandbox, with the reason',
    'retired',
    stages('sandbox', '1.6.1', { sourceImage: undefined, skipOrder: 'the fix of an outage' }),
  ),
  verb('a contraction is promoted', 'contraction staged', promotes()),
  verb('after an abort it is staged again', 'aborted', stages('production', '1.5.0')),
  verb(
    'what serves is staged with a new version of the secrets',
    'promoted',
    rotating,
    stages('production', '1.5.0', { migration: 'none' }),
  ),
  verb('the new version of the secrets is promoted', 'rotation staged', promotes()),
  verb('the new version of the secrets is rolled back', 'rotation promoted', rollsBack()),
  verb('the old version of the secrets is retired', 'rotation promoted', retires()),
  verb('the new version of the secrets is dropped', 'rotation staged', aborts()),
  verb(
    'a new key of the Secret is staged',
    'promoted',
    decides('production', { secretKeys: { STRIPE_KEY: 'stripe-key' } }),
    stages('production', '1.5.0', { migration: 'none' }),
  ),
  verb(
    'Redis is added and staged',
    'arrived',
    decides('production', {
      redis: { kind: 'managed', host: 'cache.example.com', port: 6380 },
    }),
    stages('production', '1.5.0'),
  ),
  verb(
    'a setting is staged',
    'promoted',
    decides('production', { config: { LOG_LEVEL: 'debug' } }),
    stages('production', '1.5.0', { migration: 'none' }),
  ),
  verb(
    'settings are staged over what was staged',
    'staged',
    decides('production', { config: { LOG_LEVEL: 'debug' }, replicas: 4 }),
    stages('production', '1.5.0'),
  ),
  verb(
    'an autoscaler is staged',
    'arrived',
    decides('production', { autoscaling: { minReplicas: 3, maxReplicas: 9 } }),
    stages('production', '1.5.0'),
  ),
  verb('qa gets its first release', 'filled in', stages('qa', '1.4.2')),
  verb('sandbox gets its first release', 'first in qa', stages('sandbox', '1.4.2')),
  verb('qa gets a release', 'retired', stages('qa', '1.6.0')),
  verb(
    'qa gets a release without a migration',
    'retired',
    stages('qa', '1.6.0', { migration: 'none' }),
  ),
  verb('qa is rolled back', 'retired', rollsBack('qa')),
  verb('sandbox is rolled back', 'retired', rollsBack('sandbox')),
  verb('qa goes forward again', 'qa rolled back', rollsBack('qa')),
  {
    name: 'the first install of production',
    from: 'before production',
    change: (tree, world) => {
      const { environments, releases } = stateOf('filled in').world!;
      const production = environments.find(({ name }) => name === 'production')!;
      rerenders(founds(production, releases.production!))(tree, world);
    },
  },
  shop('the other colour of link-preview is promoted', 'shop: staged', {
    ...stagedShop,
    link: promotedShop.link!,
  }),
  shop('both pairs of a shop are promoted in one commit', 'shop: staged', promotedShop),
  shop('a shop in one file is promoted', 'shop in one file: staged', promotedShop, ' in one file'),
  shop('a shop in .yml is promoted', 'shop in .yml: staged', promotedShop, ' in .yml'),
  shop('a shop as a List is promoted', 'shop as a List: staged', promotedShop, ' as a List'),
  shop('a shop as JSON is rolled back', 'shop as JSON: promoted', stagedShop, ' as JSON'),
  shop('team-blue stages its next release', 'shop: promoted', {
    ...promotedShop,
    team: {
      ...promotedShop.team!,
      blue: revision('team-blue', '3.2.0', 9, { migration: 'none' }),
    },
  }),
  shop('link-preview retires its older colour', 'shop: promoted', {
    ...promotedShop,
    link: { ...promotedShop.link!, green: { ...promotedShop.link!.green, replicas: 0 } },
  }),
  shop('cart gets a release', 'shop: rolling', {
    cart: revision('cart', '7.1.0', 2, { migration: 'none' }),
  }),
]);

export const REVERTS = ofKind<Safe>('a revert', [
  back('of the first stage', 'first staged', 'first arrived'),
  back('of a stage', 'staged', 'arrived'),
  back('of a stage with an autoscaler', 'autoscaled: staged', 'autoscaled: arrived'),
  back('of a stage with every choice', 'rich: staged', 'rich: arrived'),
  back('of a contraction that is staged', 'contraction staged', 'next arrived'),
  back('of a retirement', 'retired', 'promoted'),
  back('of a retirement with an autoscaler', 'autoscaled: retired', 'autoscaled: promoted'),
  back('of a retirement behind a Gateway', 'gateway: retired', 'gateway: promoted'),
  back('of the retirement of a version of the secrets', 'rotation retired', 'rotation promoted'),
]);

export const GROWTH = ofKind<Safe>('what serves gains pods', [
  verb(
    'more replicas',
    'promoted',
    recordsPair((release) => ({ ...release, blue: { ...release.blue, replicas: 5 } })),
  ),
  verb(
    'a wider range of the autoscaler',
    'autoscaled: promoted',
    recordsPair((release) => ({
      ...release,
      blue: { ...release.blue, autoscaling: { minReplicas: 4, maxReplicas: 12 } },
    })),
  ),
  verb(
    'a higher maximum of the autoscaler',
    'autoscaled: retired',
    recordsPair((release) => ({
      ...release,
      blue: { ...release.blue, autoscaling: { minReplicas: 3, maxReplicas: 20 } },
    })),
  ),
  verb('more pods in qa', 'retired', decides('qa', { replicas: 3 })),
  verb(
    'a wider range of the autoscaler of sandbox',
    'sandbox with an autoscaler and Redis',
    decides('sandbox', { autoscaling: { minReplicas: 3, maxReplicas: 8 } }),
  ),
]);
