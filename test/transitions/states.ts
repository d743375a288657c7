import type { Release, SedaEnvironment } from '../../environments/environment';
import {
  development,
  firstDay,
  GATEWAY,
  PLACEHOLDER_IMAGE,
  placeholderPair,
  POD,
  production,
  qa,
  sandbox,
} from '../fixtures';
import { promotedShop, SHOP_LAYOUTS, stagedShop, renderShop, rollingShop } from './shop';
import { loosened, worker } from './neighbours';
import type { Change, Tree } from './tree';
import {
  aborts,
  arrives,
  closes,
  decides,
  type Edit,
  promotes,
  renderWorld,
  retires,
  rollsBack,
  shifts,
  stages,
  type World,
} from './world';

/** A commit from which a transition begins. */
export interface State {
  readonly tree: () => Tree;
  /** What it was rendered from; a consumer's chart has another source. */
  readonly world?: World;
  /** Commits before it. */
  readonly earlier?: () => readonly Tree[];
}

function firstReleases(of: SedaEnvironment): { readonly [environment: string]: Release } {
  return {
    development: { image: 'ghcr.io/seda-fm/seda-api:local' },
    qa: { image: 'ghcr.io/seda-fm/seda-api:develop' },
    sandbox: { image: PLACEHOLDER_IMAGE },
    production: placeholderPair(of),
  };
}

const firstWorld: World = {
  environments: Object.values(firstDay),
  releases: firstReleases(firstDay.production),
};

const filledIn: World = {
  environments: [development, qa, sandbox, production],
  releases: firstReleases(production),
};

const then = (world: World, ...edits: readonly Edit[]): World =>
  edits.reduce((at, edit) => edit(at), world);

/** From the first release that is staged on: 1.4.2 serves in green, 1.5.0 comes in blue. */
function life(world: World): { readonly [moment: string]: World } {
  const firstArrived = then(world, arrives('1.4.2'));
  const firstStaged = then(firstArrived, stages('production', '1.4.2'));
  const firstPromoted = then(firstStaged, promotes());
  const serving = then(firstPromoted, retires());
  const arrived = then(serving, arrives('1.5.0'));
  const staged = then(arrived, stages('production', '1.5.0'));
  const promoted = then(staged, promotes());
  const retired = then(promoted, retires());
  return {
    'first arrived': firstArrived,
    'first staged': firstStaged,
    'first promoted': firstPromoted,
    serving,
    arrived,
    staged,
    promoted,
    retired,
    'rolled back': then(promoted, rollsBack()),
    aborted: then(staged, aborts()),
    'staged, next arrived': then(staged, arrives('1.6.0')),
    'warm, next arrived': then(promoted, arrives('1.6.0')),
    'rolled back, next arrived': then(promoted, rollsBack(), arrives('1.6.0')),
    'next arrived': then(retired, arrives('1.6.0')),
  };
}

const autoscaled = life(
  then(
    filledIn,
    decides('production', {
      autoscaling: { minReplicas: 3, maxReplicas: 9 },
      database: { ...production.database, maxConnections: 500 } as SedaEnvironment['database'],
    }),
  ),
);
const behindGateway = life(then(filledIn, decides('production', { ingress: GATEWAY })));
const gateway: { readonly [moment: string]: World } = {
  ...behindGateway,
  'shared 5': then(behindGateway.staged!, shifts(5)),
  'shared 75': then(behindGateway.staged!, shifts(5), shifts(75)),
};

/** With every choice that an environment has. */
const rich = life(
  then(
    filledIn,
    decides('production', {
      replicas: 5,
      redis: { kind: 'managed', host: 'cache.example.com', port: 6380 },
      extraHosts: ['api2.seda.fm'],
      prober: 'blackbox-exporter.monitoring:19115',
      ingressAnnotations: { 'nginx.ingress.kubernetes.io/enable-cors': 'false' },
      serviceAccountAnnotations: { 'iam.gke.io/gcp-service-account': 'api@example.com' },
      secretKeys: { STRIPE_KEY: 'stripe-key' },
      pod: POD,
      alerts: [
        {
          name: 'QueueTooLong',
          expr: 'queue_length{namespace="seda-prod"} > 100',
          for: '5m',
          severity: 'page',
          summary: 'the queue is too long',
          runbookUrl: 'https://runbooks.example.com/queue',
        },
      ],
      argocd: {
        cluster: { server: 'https://kubernetes.default.svc' },
        syncWindows: [{ kind: 'deny', schedule: '0 16 * * FRI', duration: '64h' }],
      },
    }),
  ),
);
/** Pull requests get an environment each. */
export const PREVIEWS_ON: World['previews'] = {
  enabled: true,
  cluster: { server: 'https://kubernetes.default.svc' },
  pullRequests: {
    owner: 'seda-fm',
    repository: 'seda-api',
    label: 'preview',
    token: { secretName: 'seda-preview-github', key: 'token' },
  },
  like: qa,
};

const plain = life(filledIn);
const rotating = decides('production', { secretVersion: 2 });
const rotationStaged = then(plain.promoted!, rotating, stages('production', '1.5.0'));
const rotationPromoted = then(rotationStaged, promotes());
const sandboxScaled = decides('sandbox', { autoscaling: { minReplicas: 2, maxReplicas: 6 } });
const sandboxRedis = decides('sandbox', {
  redis: { kind: 'managed', host: 'cache.example.com', port: 6380 },
});

const prefixed = (prefix: string, worlds: { readonly [moment: string]: World }) =>
  Object.entries(worlds).map(([moment, world]) => [`${prefix}${moment}`, world] as const);

const WORLDS: readonly (readonly [string, World])[] = [
  ['first day', firstWorld],
  ['filled in', filledIn],
  ['before production', closes('production')(filledIn)],
  ['first in qa', then(filledIn, stages('qa', '1.4.2'))],
  ...prefixed('', plain),
  ...prefixed('autoscaled: ', autoscaled),
  ...prefixed('gateway: ', gateway),
  ...prefixed('rich: ', rich),
  ['rotation staged', rotationStaged],
  ['rotation promoted', rotationPromoted],
  ['rotation retired', then(rotationPromoted, retires())],
  ['sandbox with an autoscaler and Redis', then(plain.retired!, sandboxScaled, sandboxRedis)],
  [
    'contraction staged',
    then(plain['next arrived']!, stages('production', '1.6.0', { migration: 'contract' })),
  ],
  [
    'next arrived without a migration',
    then(plain.retired!, arrives('1.6.0', { migration: 'none' })),
  ],
  ['with previews', { ...plain.promoted!, previews: PREVIEWS_ON }],
  ['qa rolled back', then(plain.arrived!, rollsBack('qa'))],
];

/** What brought the images that were released before. */
function earlierThan(name: string): readonly Tree[] {
  const [life = '', moment = name] = name.includes(': ') ? name.split(': ') : ['', name];
  if (/^first|^filled|^before/.test(moment)) return [];
  const arrivals = ['first arrived', ...(/^(serving|arrived)$/.test(moment) ? [] : ['arrived'])];
  return arrivals.map((arrival) => stateOf(life === '' ? arrival : `${life}: ${arrival}`).tree());
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function edited(name: string, change: Change): Tree {
  const tree = new Map(stateOf(name).tree());
  change(tree, stateOf(name).world);
  return tree;
}

/** Every state by its name; each is rendered when it is first asked for, once. */
export const STATES: ReadonlyMap<string, State> = new Map<string, State>([
  ...WORLDS.map(([name, world]): [string, State] => [
    name,
    { world, tree: once(() => renderWorld(world)), earlier: once(() => earlierThan(name)) },
  ]),
  ...Object.entries(SHOP_LAYOUTS).flatMap(([layout, arrange]): [string, State][] => [
    [`shop${layout}: staged`, { tree: once(() => arrange(renderShop(stagedShop))) }],
    [`shop${layout}: promoted`, { tree: once(() => arrange(renderShop(promotedShop))) }],
  ]),
  ['loose', { tree: once(() => edited('promoted', loosened)) }],
  ['with a worker', { tree: once(() => edited('promoted', worker)) }],
  ['shop: rolling', { tree: once(() => renderShop(rollingShop)) }],
]);

/** The state of a name. */
export function stateOf(name: string): State {
  const found = STATES.get(name);
  if (!found)
    throw new Error(`there is no state ${name}; there are: ${[...STATES.keys()].join(', ')}`);
  return found;
}
