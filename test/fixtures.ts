import type {
  BlueGreenRelease,
  ColourRelease,
  Release,
  RollingRelease,
  SedaEnvironment,
} from '../environments/environment';
import {
  abort,
  promote,
  retire,
  rollback,
  stage,
  type StageInput,
  type StepResult,
} from '../environments/release-steps';
import { podSettings } from '../environments/settings';
import { development as firstDevelopment } from './first-day/development';
import { production as firstProduction } from './first-day/production';
import { qa as firstQa } from './first-day/qa';
import { sandbox as firstSandbox } from './first-day/sandbox';

/**
 * Environments made for tests: as they were on the first day, whatever people decide in environments/ later.
 * `cp test/first-day/* environments/` brings a copy of the repository to the same state.
 */
export const firstDay = {
  development: firstDevelopment satisfies SedaEnvironment as SedaEnvironment,
  qa: firstQa satisfies SedaEnvironment as SedaEnvironment,
  sandbox: firstSandbox satisfies SedaEnvironment as SedaEnvironment,
  production: firstProduction satisfies SedaEnvironment as SedaEnvironment,
};

/** With the Supabase project that a person fills in first. */
function filledIn(environment: SedaEnvironment, projectRef: string): SedaEnvironment {
  return { ...environment, supabase: { kind: 'project', projectRef } };
}

export const development = firstDay.development;
export const qa = filledIn(firstDay.qa, 'qaqaqaqaqaqaqaqaqaqa');
export const sandbox = filledIn(firstDay.sandbox, 'sandboxsandboxsandbo');
export const production = filledIn(firstDay.production, 'abcdefghijklmnopqrst');

/** In the order in which an image travels. */
export const environments: readonly SedaEnvironment[] = [development, qa, sandbox, production];

/** The environment of a name. */
export function named(name: string): SedaEnvironment {
  const found = environments.find((environment) => environment.name === name);
  if (!found) throw new Error(`the fixtures have no environment ${name}`);
  return found;
}

/** An image that was built, by its version; each has a digest of its own. */
export function image(version: string): string {
  return `ghcr.io/seda-fm/seda-api:${version}@sha256:${version.replace(/\D/g, '').padEnd(64, 'a')}`;
}

/** The image of the first day, which no registry has. */
export const PLACEHOLDER_IMAGE = `ghcr.io/seda-fm/seda-api:0.0.0@sha256:${'0'.repeat(64)}`;

/** What a colour holds when a version was staged in it with the settings of an environment. */
export function colour(
  version: string,
  release: number,
  {
    environment = production,
    ...change
  }: { readonly environment?: SedaEnvironment } & Partial<ColourRelease> = {},
): ColourRelease {
  return { ...podSettings(environment), image: image(version), release, ...change };
}

/** A pair whose blue colour serves and whose green one is empty. */
export const served: BlueGreenRelease = {
  active: 'blue',
  blue: colour('1.4.2', 4),
  green: colour('1.4.1', 3, { replicas: 0 }),
};

/** A pair on the first day: blue has the placeholder's pods, green none. */
export function placeholderPair(environment: SedaEnvironment): BlueGreenRelease {
  const empty = { ...podSettings(environment), image: PLACEHOLDER_IMAGE };
  return {
    active: 'blue',
    blue: { ...empty, release: 1 },
    green: { ...empty, release: 0, replicas: 0 },
  };
}

/** The record after a step that must succeed. */
export function after(result: StepResult): Release {
  if (result.kind !== 'done') throw new Error(`${result.kind}: ${result.sentence}`);
  return result.release;
}

/** Stages a version that came the usual way. */
export function staged(
  environment: SedaEnvironment,
  release: Release,
  version: string,
  options: Partial<StageInput> = {},
): Release {
  return after(
    stage({
      environment,
      release,
      image: image(version),
      sourceImage: image(version),
      ...options,
    }),
  );
}

/** An environment at one moment of its life. */
export interface State {
  readonly state: string;
  readonly environment: SedaEnvironment;
  readonly release: Release;
}

/** A pair of colours from its first day on, with whatever else an environment has. */
function lifeOfPair(what: string, environment: SedaEnvironment): State[] {
  const first = staged(environment, placeholderPair(environment), '1.4.2');
  const serving = after(
    retire({ environment, release: after(promote({ environment, release: first })) }),
  );
  const next = staged(environment, serving, '1.5.0', { migration: 'none' });
  const promoted = after(promote({ environment, release: next }));
  const rotating = { ...environment, secretVersion: 2 };
  const rotated = staged(rotating, promoted, '1.5.0', { migration: 'none' });
  const rotatedAndServing = after(promote({ environment: rotating, release: rotated }));
  const states: readonly (readonly [string, SedaEnvironment, Release])[] = [
    ['placeholder', environment, placeholderPair(environment)],
    ['first release staged', environment, first],
    ['first release serves', environment, serving],
    ['next release staged', environment, next],
    ['promoted', environment, promoted],
    ['rolled back', environment, after(rollback({ environment, release: promoted }))],
    ['retired', environment, after(retire({ environment, release: promoted }))],
    ['aborted', environment, after(abort({ environment, release: next }))],
    ['new version of the secrets staged', rotating, rotated],
    ['new version of the secrets serves', rotating, rotatedAndServing],
    [
      'old version of the secrets retired',
      rotating,
      after(retire({ environment: rotating, release: rotatedAndServing })),
    ],
  ];
  return states.map(([moment, at, release]) => ({
    state: `${environment.name}${what}: ${moment}`,
    environment: at,
    release,
  }));
}

/** A rolling environment from its first day on. */
function lifeOfRolling(what: string, environment: SedaEnvironment, first: RollingRelease): State[] {
  const serving = staged(environment, first, '1.4.2');
  const next = staged(environment, serving, '1.5.0', { migration: 'none' });
  const states: readonly (readonly [string, SedaEnvironment, Release])[] = [
    ['first day', environment, first],
    ['first release', environment, serving],
    ['next release without a migration', environment, next],
    ['rolled back', environment, after(rollback({ environment, release: next }))],
    ['new version of the secrets', { ...environment, secretVersion: 2 }, next],
  ];
  return states.map(([moment, at, release]) => ({
    state: `${environment.name}${what}: ${moment}`,
    environment: at,
    release,
  }));
}

/** A Gateway that the platform provides, in place of an ingress controller. */
export const GATEWAY: SedaEnvironment['ingress'] = {
  kind: 'gateway-api',
  implementation: 'envoy-gateway',
  gateway: { name: 'public', namespace: 'gateways', proxyNamespace: 'gateways' },
};

/** Settings of pods that a person may choose, one of each kind. */
export const POD: SedaEnvironment['pod'] = {
  annotations: { 'logs.example.com/format': 'json' },
  nodeSelector: { 'node.example.com/pool': 'api' },
  priorityClassName: 'high',
  imagePullSecrets: ['registry'],
  secretEnv: { SENTRY_DSN: { name: 'sentry', key: 'dsn' } },
};

const AUTOSCALING = { minReplicas: 2, maxReplicas: 4 };
const BRANCH: RollingRelease = { image: 'ghcr.io/seda-fm/seda-api:develop' };
const PLACEHOLDER: RollingRelease = { image: PLACEHOLDER_IMAGE };

/** Every state of an environment's life that a rule has to judge, with every choice that an environment has. */
const everyState: readonly State[] = [
  ...lifeOfRolling('', development, { image: 'ghcr.io/seda-fm/seda-api:local' }).slice(0, 1),
  ...lifeOfPair(' before its project is filled in', firstDay.production).slice(0, 1),
  ...lifeOfPair('', production),
  ...lifeOfPair(' with an autoscaler', { ...production, autoscaling: AUTOSCALING }),
  ...lifeOfPair(' with five replicas, Redis and a folder of its own', {
    ...production,
    replicas: 5,
    redis: { kind: 'managed', host: 'cache.example.com', port: 6380 },
    storage: { provider: 'local' },
  }),
  ...lifeOfPair(' with settings of its pods', { ...production, pod: POD }).slice(3, 7),
  ...lifeOfPair(' behind a Gateway', {
    ...production,
    ingress: GATEWAY,
    prober: 'blackbox-exporter.monitoring:19115',
  }).slice(2, 5),
  ...lifeOfRolling(' before its project is filled in', firstDay.qa, BRANCH).slice(0, 2),
  ...lifeOfRolling('', qa, BRANCH),
  ...lifeOfRolling(' with one replica', { ...qa, replicas: 1 }, BRANCH).slice(0, 2),
  ...lifeOfRolling(' with an autoscaler', { ...qa, autoscaling: AUTOSCALING }, BRANCH),
  ...lifeOfRolling(
    ' with more memory, watched closely',
    {
      ...qa,
      monitoring: 'full',
      resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '1Gi' } },
    },
    BRANCH,
  ).slice(1, 2),
  ...lifeOfRolling(
    ' behind a Gateway',
    { ...qa, ingress: GATEWAY, tls: { kind: 'managed', issuer: 'letsencrypt-prod' } },
    BRANCH,
  ),
  ...lifeOfRolling(' that nobody reaches from outside', { ...qa, ingress: undefined }, BRANCH),
  ...lifeOfRolling('', sandbox, PLACEHOLDER),
];

/** Of each kind of environment, moment and choice one: what `npm test` has time for. `npm run test:slow` takes all. */
const FEW = [
  'development: first day',
  'production before its project is filled in: placeholder',
  'production: next release staged',
  'production: rolled back',
  'production: retired',
  'production: new version of the secrets staged',
  'production with an autoscaler: next release staged',
  'production with settings of its pods: promoted',
  'production behind a Gateway: first release serves',
  'qa before its project is filled in: first day',
  'qa: first release',
  'qa with an autoscaler: new version of the secrets',
  'qa behind a Gateway: rolled back',
  'sandbox: next release without a migration',
];

declare global {
  /** Set by test/slow.config.cjs. */
  var SEDA_EVERY_STATE: boolean | undefined;
}

/** States of the lives of environments. */
export const states: readonly State[] = globalThis.SEDA_EVERY_STATE
  ? everyState
  : FEW.map((name) => {
      const found = everyState.find(({ state }) => state === name);
      if (!found) throw new Error(`the fixtures have no state ${name}`);
      return found;
    });
