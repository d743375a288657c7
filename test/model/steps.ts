import {
  type BlueGreenRelease,
  isBlueGreen,
  type SedaEnvironment,
} from '../../environments/environment';
import {
  abort,
  promote,
  retire,
  rollback,
  shift,
  stage,
  stageAndPromote,
  type StepInput,
  type StepResult,
} from '../../environments/release-steps';
import { podSettings } from '../../environments/settings';
import { type Colour, type Migration, otherColour } from '../../lib';
import { GATEWAY, POD, production } from '../fixtures';
import { type Commit, type Mutation, released } from './commit';
import { PODS } from './mutations-pods';
import { WAYS } from './mutations-ways';
import { image, type Step } from './repository';

/** A verb of `seda release`. */
function verb(name: string, run: (input: StepInput) => StepResult): Step {
  return {
    name,
    change: (commit) => {
      const result = run(commit);
      return result.kind === 'done' ? released(commit, result.release) : undefined;
    },
  };
}

const staging = (step: typeof stage, build: number, migration: Migration) => (input: StepInput) =>
  step({ ...input, image: image(build), sourceImage: image(build), migration });

/** What `seda release` does. */
export const VERBS: readonly Step[] = [
  ...[2, 3, 4].flatMap((build) =>
    (['expand', 'none', 'contract'] as const).map((migration) =>
      verb(`stage ${build} ${migration}`, staging(stage, build, migration)),
    ),
  ),
  {
    ...verb('stage --promote 5', staging(stageAndPromote, 5, 'none')),
    allow: ['colour-not-staged'],
  },
  verb('promote', promote),
  verb('promote --again', (input) => promote({ ...input, again: true })),
  verb('rollback', rollback),
  ...[5, 25, 50, 75].map((percent) =>
    verb(`shift ${percent}`, (input) => shift({ ...input, percent, again: true })),
  ),
  verb('retire', retire),
  verb('abort', abort),
];

/** Values that people may give a field, among them that which it has at first. */
const FIELDS: { readonly [field in keyof SedaEnvironment]?: readonly SedaEnvironment[field][] } = {
  redis: [
    undefined,
    { kind: 'managed', host: 'cache.example.com', port: 6379 },
    { kind: 'managed', host: 'cache.example.com', port: 6380 },
    { kind: 'managed', host: 'cache-2.example.com', port: 6379 },
    { kind: 'local' },
  ],
  supabase: [
    production.supabase,
    { kind: 'project', projectRef: 'zyxwvutsrqponmlkjihg' },
    { kind: 'local' },
  ],
  database: [
    production.database,
    { kind: 'managed', instance: 'prod-like', poolSize: 10, maxConnections: 200 },
    { kind: 'managed', instance: 'high-availability', poolSize: 5, maxConnections: 200 },
    { kind: 'local' },
  ],
  domain: [production.domain, 'v2.seda.fm'],
  extraHosts: [undefined, [production.domain], ['v2.seda.fm'], ['v3.seda.fm']],
  monitoring: ['observability', 'full', 'basic', 'console'],
  tls: [
    production.tls,
    { kind: 'managed', issuer: 'letsencrypt-staging' },
    { kind: 'lets-encrypt', issuer: 'letsencrypt-prod' },
    { kind: 'none' },
  ],
  ingress: [
    production.ingress,
    { kind: 'ingress-nginx', className: 'nginx', namespace: 'edge' },
    { kind: 'ingress-nginx', className: 'internal' },
    GATEWAY,
    undefined,
  ],
  ingressAnnotations: [
    undefined,
    { 'nginx.ingress.kubernetes.io/whitelist-source-range': '10.0.0.0/8' },
    { 'nginx.ingress.kubernetes.io/ssl-redirect': 'true' },
  ],
  replicas: [3, 2, 4, 6],
  autoscaling: [undefined, { minReplicas: 2, maxReplicas: 6 }, { minReplicas: 3, maxReplicas: 4 }],
  resources: [
    production.resources,
    { requests: { cpu: '300m', memory: '256Mi' }, limits: { memory: '512Mi' } },
  ],
  secretVersion: [undefined, 1, 2, 3],
  secretKeys: [undefined, { STRIPE_KEY: 'stripe-key' }],
  secrets: [undefined, { store: 'other-store', path: 'seda/production' }],
  auth: ['supabase', 'local-jwt'],
  storage: [production.storage, { provider: 'local' }],
  namespace: [production.namespace, 'seda-live'],
  workload: [production.workload, 'seda-core'],
  pod: [
    undefined,
    POD,
    { labels: { tier: 'api' } },
    { startupSeconds: 120, runAsUser: 10002 },
    { command: ['node', 'main.js'] },
  ],
  config: [undefined, { FEATURE_RADIO: 'on' }],
  serviceAccountAnnotations: [undefined, { 'iam.example.com/role': 'api' }],
  nodeEnv: ['production', 'development'],
  imageRepository: [undefined, 'mirror.example.com/seda-fm/seda-api'],
};

/** Somebody edits a field of `environments/production.ts`. */
export const ENVIRONMENT_EDITS: readonly Step[] = Object.entries(FIELDS).flatMap(
  ([field, values]) =>
    values.map((value): Step => ({
      name: `edit ${field}: ${JSON.stringify(value) ?? 'nothing'}`,
      change: ({ environment }) => ({ environment: { ...environment, [field]: value } }),
    })),
);

type Edit = (colour: BlueGreenRelease[Colour]) => Partial<BlueGreenRelease[Colour]>;

const EDITS: { readonly [name: string]: Edit } = {
  'replicas: 0': () => ({ replicas: 0 }),
  'replicas: 1': () => ({ replicas: 1 }),
  'replicas: 2': () => ({ replicas: 2 }),
  'replicas: 5': () => ({ replicas: 5 }),
  'another image': () => ({ image: image(9) }),
  'another secretVersion': ({ secretVersion = 0 }) => ({ secretVersion: secretVersion + 1 }),
  'Redis elsewhere': ({ config }) => ({
    config: { ...config, REDIS_URL: 'redis://cache-9.example.com:6390' },
  }),
  'another public URL': ({ config }) => ({
    config: { ...config, PUBLIC_URL: 'https://v9.seda.fm' },
  }),
  'an autoscaler': () => ({ autoscaling: { minReplicas: 2, maxReplicas: 4 } }),
  'no autoscaler': () => ({ autoscaling: undefined }),
  'another CPU': ({ resources }) => ({
    resources: { ...resources, requests: { ...resources.requests, cpu: '150m' } },
  }),
  'another release number': ({ release }) => ({ release: release + 5 }),
  'another label': ({ pod }) => ({ pod: { ...pod, labels: { tier: 'hand' } } }),
};

/** An edit of the record of a pair. */
function ofPair(name: string, change: (release: BlueGreenRelease) => BlueGreenRelease): Step {
  return {
    name: `record: ${name}`,
    change: ({ release }) => (isBlueGreen(release) ? { release: change(release) } : undefined),
  };
}

/** Somebody edits the record by hand. */
export const RECORD_EDITS: readonly Step[] = [
  ofPair('the other colour is active', (release) => ({
    ...release,
    active: otherColour(release.active),
  })),
  ofPair('the colours change places', (release) => ({
    ...release,
    blue: release.green,
    green: release.blue,
  })),
  ofPair('no release expanded', ({ expandedIn: _, ...release }) => release),
  {
    name: 'record: another image with an autoscaler is staged and active',
    allow: ['colour-not-staged'],
    change: (commit) => {
      const { release, environment } = commit;
      if (!isBlueGreen(release)) return undefined;
      const idle = otherColour(release.active);
      const number = Math.max(release.blue.release, release.green.release) + 1;
      const autoscaling = { minReplicas: 3, maxReplicas: 4 };
      const staged = { ...podSettings(environment), autoscaling, image: image(6), release: number };
      return released(commit, { ...release, active: idle, [idle]: staged });
    },
  },
  ...(['active', 'idle'] as const).flatMap((role) =>
    Object.entries(EDITS).map(([name, edit]) =>
      ofPair(`${role} gets ${name}`, (release) => {
        const colour = role === 'active' ? release.active : otherColour(release.active);
        return { ...release, [colour]: { ...release[colour], ...edit(release[colour]) } };
      }),
    ),
  ),
];

/** Somebody does it, or takes it back. */
const toggled = (all: readonly Mutation[], one: Mutation): readonly Mutation[] =>
  all.includes(one) ? all.filter((other) => other !== one) : [...all, one];

/** Edits of what is rendered. */
export const MUTATIONS: readonly Mutation[] = [...WAYS, ...PODS];

/** Somebody edits a constant of the library: as far as one object after another is another one. */
export const CODE_EDITS: readonly Step[] = MUTATIONS.filter(({ isOfOne }) => isOfOne).map(
  (mutation) => ({
    name: `code: ${mutation.name}`,
    change: ({ code }) => ({ code: toggled(code, mutation) }),
  }),
);

/** Somebody edits `dist/`, or what it is made from in a way that the check cannot tell from it. */
export const HANDS: readonly Step[] = [
  ...MUTATIONS.map((mutation) => ({
    name: `dist: ${mutation.name}`,
    change: ({ hands }: Commit) => ({ hands: toggled(hands, mutation) }),
  })),
  { name: 'the frozen colours are deleted', change: () => ({ frozen: {} }) },
];

/** Everything that anybody does, by how often it is done in a history. */
export const STEPS: readonly { readonly steps: readonly Step[]; readonly weight: number }[] = [
  { steps: VERBS, weight: 4 },
  { steps: ENVIRONMENT_EDITS, weight: 2 },
  { steps: RECORD_EDITS, weight: 1 },
  { steps: CODE_EDITS, weight: 1 },
  { steps: HANDS, weight: 1 },
];

/** The step of a name. */
export function step(name: string): Step {
  const found = STEPS.flatMap(({ steps }) => steps).find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no step "${name}"`);
  return found;
}
