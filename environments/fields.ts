import { imageFaults, parseImage, revisionFaults } from '../lib';
import {
  checkHost,
  checkName,
  checkNamespace,
  checkPort,
  checkWholeNumber,
  fault,
  oneLine,
} from '../lib/checks';
import { object } from '../lib/shape';
import { API } from './api';
import type { Database, Redis, SedaEnvironment, Supabase } from './environment';
import { limitFaults, metricsFaults } from './limits';
import { environmentConfig, isOnDeveloperMachine, podSettings } from './settings';
import { ENVIRONMENT } from './shape';

/** `seda-` and the name are the name of an Argo CD project, which is a label of at most 63 characters. */
const MAX_NAME = 58;

/** Namespaces of the platform, which an environment would close to everybody else. */
const OF_THE_PLATFORM = [
  'argocd',
  'monitoring',
  'ingress-nginx',
  'envoy-gateway-system',
  'cert-manager',
  'external-secrets',
];

/** Supabase's own form, and what stands in its place until somebody fills it in. */
const PROJECT_REF = /^[a-z]{20}$/;
const PROJECT_REF_PLACEHOLDER = /^your-(?:[a-z0-9]+-)*project-ref$/;

/** Far above what an instance of PostgreSQL admits, far below a typing error. */
const MAX_CONNECTIONS = 10_000;

/** Pools of one pod that are larger than this only queue in the database. */
const MAX_POOL = 500;

/** True for an environment whose fields are all there and of the right kind, whatever is wrong with their values. */
export function isEnvironment(environment: unknown): environment is SedaEnvironment {
  return !object(ENVIRONMENT)
    .faults('', environment)
    .some(({ fatal }) => fatal);
}

/**
 * What is wrong with the fields of an environment, whatever its record says. TypeScript is not asked when
 * an environment is rendered, so that kinds and keys are checked here as well.
 */
export function fieldFaults(environment: SedaEnvironment): string[] {
  const shape = object(ENVIRONMENT).faults('', environment);
  const values = shape.some(({ fatal }) => fatal) ? [] : valueFaults(environment);
  const name: unknown = environment?.name;
  const called = typeof name === 'string' && name !== '' ? name : 'an environment';
  return [...shape.map(({ message }) => message), ...values].map((message) =>
    oneLine(`${called}: ${message}`),
  );
}

function valueFaults(environment: SedaEnvironment): string[] {
  const { database, redis, supabase, context, imageFrom, tls, imageRepository } = environment;
  return [
    // A name is a folder of dist/, a part of names in Argo CD and the value of a label.
    ...checkName('name', environment.name, MAX_NAME),
    ...checkNamespace('namespace', environment.namespace),
    ...(OF_THE_PLATFORM.includes(environment.namespace)
      ? [
          fault(
            'namespace',
            'belongs to the platform',
            environment.namespace,
            'a namespace of its own',
            `choose another one, such as seda-${environment.name}`,
          ),
        ]
      : []),
    ...(context === undefined || /^[^\s-]\S*$/.test(context)
      ? []
      : [
          fault(
            'context',
            'is not a context',
            context,
            'a name that "kubectl config get-contexts" shows',
            'correct it',
          ),
        ]),
    ...domainFaults(environment),
    ...checkName('workload', environment.workload, 39),
    ...databaseFaults(database),
    ...(redis === undefined ? [] : redisFaults(redis)),
    ...supabaseFaults(supabase),
    ...(tls.kind === 'none' ? [] : checkName('tls.issuer', tls.issuer, 253)),
    ...(imageFrom === environment.name
      ? [fault('imageFrom', 'is the environment itself', imageFrom, 'another one', 'correct it')]
      : []),
    ...(imageRepository === undefined ? [] : repositoryFaults(imageRepository)),
    ...podFaults(environment),
    ...togetherFaults(environment),
  ];
}

/** Fields that say something of the way in. */
const INGRESS_FIELDS = [
  'extraHosts',
  'ingressAnnotations',
  'limits',
  'metricsRefused',
  'prober',
  'requestTimeoutSeconds',
] as const;

/** Values that are good alone and not with each other. */
function togetherFaults(environment: SedaEnvironment): string[] {
  const { rollout, replicas, autoscaling, secretVersion, config = {}, ingress } = environment;
  const computed = environmentConfig(environment);
  return [
    ...Object.keys(config)
      .filter((variable) => Object.hasOwn(computed, variable))
      .map((variable) =>
        fault(
          `config.${variable}`,
          'is set by another field',
          config[variable],
          'variables that no other field stands for',
          'remove it, and change that field',
        ),
      ),
    ...limitFaults(environment),
    ...metricsFaults(environment),
    ...INGRESS_FIELDS.filter(
      (field) => ingress === undefined && environment[field] !== undefined,
    ).map((field) =>
      fault(field, 'needs an ingress', environment[field], 'none', 'set ingress, or remove it'),
    ),
    ...(rollout === 'blue-green' && replicas === 1 && autoscaling === undefined
      ? [
          fault(
            'replicas',
            'is too low for two colours',
            replicas,
            'at least 2, the least that "seda check" lets take the traffic',
            'raise it, or make the rollout "rolling"',
          ),
        ]
      : []),
    ...(secretVersion !== undefined && isOnDeveloperMachine(environment)
      ? [
          fault(
            'secretVersion',
            'has no secret store to come from',
            secretVersion,
            'none: the Secret of a local database has well-known values',
            'remove it, or name a store in secrets',
          ),
        ]
      : []),
  ];
}

/** Where nothing leads in from outside, on a developer's machine above all, a port may follow. */
function domainFaults({ domain, ingress }: SedaEnvironment): string[] {
  if (ingress !== undefined) return checkHost('domain', domain);
  const [, host = '', port] = /^([^:]*)(?::(.*))?$/.exec(domain) ?? [];
  return [
    ...(host === 'localhost' ? [] : checkHost('domain', host === '' ? domain : host)),
    ...(port === undefined ? [] : checkPort('domain', /^\d+$/.test(port) ? Number(port) : port)),
  ];
}

function databaseFaults(database: Database): string[] {
  if (database.kind === 'local') return [];
  return [
    ...checkWholeNumber('database.poolSize', database.poolSize, 1, MAX_POOL),
    ...checkWholeNumber('database.maxConnections', database.maxConnections, 1, MAX_CONNECTIONS),
  ];
}

function redisFaults(redis: Redis): string[] {
  if (redis.kind === 'local') return [];
  const { host, port } = redis;
  const expected = 'the host of an instance alone, such as redis.example.com or 10.0.0.5';
  const inUrl =
    /^[a-z]+:\/\/(?:[^@/]*@)?([^:/?#]+)/.exec(host)?.[1] ?? /^([^:/]+):\d+$/.exec(host)?.[1];
  const good = isAddress(host) || checkHost('redis.host', host).length === 0;
  return [
    ...(good
      ? []
      : [
          fault(
            'redis.host',
            'is not a host',
            host,
            expected,
            inUrl === undefined
              ? 'correct it'
              : `did you mean ${inUrl}? The port is redis.port, a password belongs into the secret store`,
          ),
        ]),
    ...checkPort('redis.port', port),
  ];
}

/** An IPv4 address; clouds give some instances no name. */
function isAddress(host: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/.test(host);
}

function supabaseFaults(supabase: Supabase): string[] {
  if (supabase.kind === 'local') return [];
  const { projectRef } = supabase;
  if (PROJECT_REF.test(projectRef) || PROJECT_REF_PLACEHOLDER.test(projectRef)) return [];
  const inside = /(?:^|[^a-z])([a-z]{20})(?:[^a-z]|$)/.exec(projectRef.toLowerCase())?.[1];
  return [
    fault(
      'supabase.projectRef',
      'is not the reference of a Supabase project',
      projectRef,
      'the twenty lower-case letters that its URL begins with, or the placeholder your-project-ref',
      inside === undefined ? 'copy it from the settings of the project' : `did you mean ${inside}?`,
    ),
  ];
}

function repositoryFaults(repository: string): string[] {
  const tagged = parseImage(repository);
  if (tagged.tag !== undefined || tagged.digest !== undefined)
    return [
      fault(
        'imageRepository',
        'names an image',
        repository,
        'host and path alone',
        `did you mean ${tagged.repository}?`,
      ),
    ];
  return imageFaults(`${repository}:1`, false).map((problem) => `imageRepository ${problem}`);
}

/** What the pods would be given today; in a blue-green environment the next release takes it over as it is. */
function podFaults(environment: SedaEnvironment): string[] {
  const { replicas, autoscaling } = environment;
  return revisionFaults(
    '',
    { ...podSettings(environment), image: `${API.repository}:1` },
    {
      requireDigest: false,
      disruptionBudget: replicas > 1 || autoscaling !== undefined,
      idle: false,
    },
  );
}
