import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as fc from '../test/random';
import { development, environments, image, production, qa, sandbox } from '../test/fixtures';
import type { SedaEnvironment } from './environment';
import { fieldFaults } from './fields';
import { renderAll, renderEnvironment } from './render';
import { listFaults } from './validate';

const RELEASE = { image: image('1.5.0') };

/** As an environment may look that no compiler has seen. */
type Loose = { readonly [field: string]: unknown };
const faults = (change: Loose, of: SedaEnvironment = qa) =>
  fieldFaults({ ...of, ...change } as SedaEnvironment);
const managed = (change: Loose) => ({ database: { ...qa.database, ...change } });
const project = (projectRef: string) => ({ supabase: { kind: 'project', projectRef } });
const redis = (host: unknown, port: unknown = 6380) => ({ redis: { kind: 'managed', host, port } });
const resources = (requests: Loose, limits: Loose = {}) => ({ resources: { requests, limits } });

const NAME = 'lower-case letters, digits and "-"; choose such a name';
const REF =
  'expected the twenty lower-case letters that its URL begins with, or the placeholder your-project-ref';
const HOST = 'expected the host of an instance alone, such as redis.example.com or 10.0.0.5';
const whole = (min: number, max: number) =>
  `expected a whole number from ${min} to ${max}; choose such a number`;

test('the fixtures and the placeholders are good', () => {
  for (const environment of environments) expect(fieldFaults(environment)).toEqual([]);
  expect(faults(project('your-project-ref'))).toEqual([]);
  expect(faults(project('your-eu-west-project-ref'))).toEqual([]);
});

test.each<[Loose, string]>([
  [
    { autoscalling: { minReplicas: 2, maxReplicas: 4 } },
    'autoscalling is not a known key; did you mean autoscaling?',
  ],
  [{ replica: 3 }, 'replica is not a known key; did you mean replicas?'],
  [{ replicas: undefined }, 'replicas is missing, expected a number; add it'],
  [{ replicas: '3' }, 'replicas is of the wrong kind, got "3", expected a number; correct it'],
  [{ replicas: NaN }, `replicas is out of range, got NaN, ${whole(1, 1000)}`],
  [{ replicas: -3 }, `replicas is out of range, got -3, ${whole(1, 1000)}`],
  [
    { nodeEnv: 'prodution' },
    'nodeEnv is unknown, got "prodution", expected development or production; did you mean production?',
  ],
  [
    { rollout: 'blue_green' },
    'rollout is unknown, got "blue_green", expected rolling or blue-green; did you mean blue-green?',
  ],
  [
    managed({ instance: 'prodlike' }),
    'database.instance is unknown, got "prodlike", expected staging or prod-like or high-availability; did you mean prod-like?',
  ],
  [managed({ poolsize: 10 }), 'database.poolsize is not a known key; did you mean poolSize?'],
  [managed({ poolSize: -5 }), `database.poolSize is out of range, got -5, ${whole(1, 500)}`],
  [managed({ poolSize: 2.5 }), `database.poolSize is out of range, got 2.5, ${whole(1, 500)}`],
  [
    managed({ maxConnections: 0 }),
    `database.maxConnections is out of range, got 0, ${whole(1, 10000)}`,
  ],
  [
    managed({ maxConnections: Infinity }),
    `database.maxConnections is out of range, got Infinity, ${whole(1, 10000)}`,
  ],
  [
    redis('rediss://:hunter22@redis.example.com:6380'),
    `redis.host is not a host, got a value that is not shown, ${HOST}; did you mean redis.example.com? The port is redis.port, a password belongs into the secret store`,
  ],
  [
    redis('rediss://redis.example.com'),
    `redis.host is not a host, got "rediss://redis.example.com", ${HOST}; did you mean redis.example.com? The port is redis.port, a password belongs into the secret store`,
  ],
  [
    redis('redis.example.com:6380'),
    `redis.host is not a host, got "redis.example.com:6380", ${HOST}; did you mean redis.example.com? The port is redis.port, a password belongs into the secret store`,
  ],
  [redis(''), `redis.host is not a host, got "", ${HOST}; correct it`],
  [redis('10.0.0.256'), `redis.host is not a host, got "10.0.0.256", ${HOST}; correct it`],
  [
    redis('redis.example.com', 0),
    'redis.port is not a port, got 0, expected a whole number from 1 to 65535; choose such a port',
  ],
  [
    redis('redis.example.com', '6380'),
    'redis.port is of the wrong kind, got "6380", expected a number; correct it',
  ],
  [
    project('https://abcdefghijklmnopqrst.supabase.co'),
    `supabase.projectRef is not the reference of a Supabase project, got "https://abcdefghijklmnopqrst.supabase.co", ${REF}; did you mean abcdefghijklmnopqrst?`,
  ],
  [
    project('ABCDEFGHIJKLMNOPQRST'),
    `supabase.projectRef is not the reference of a Supabase project, got "ABCDEFGHIJKLMNOPQRST", ${REF}; did you mean abcdefghijklmnopqrst?`,
  ],
  [
    project(''),
    `supabase.projectRef is not the reference of a Supabase project, got "", ${REF}; copy it from the settings of the project`,
  ],
  [
    project('your-ref'),
    `supabase.projectRef is not the reference of a Supabase project, got "your-ref", ${REF}; copy it from the settings of the project`,
  ],
  [{ name: '..' }, `name is not a Kubernetes name, got "..", expected at most 58 ${NAME}`],
  [{ name: '' }, `name is not a Kubernetes name, got "", expected at most 58 ${NAME}`],
  [{ name: 'QA' }, `name is not a Kubernetes name, got "QA", expected at most 58 ${NAME}`],
  [{ name: 'a/b' }, `name is not a Kubernetes name, got "a/b", expected at most 58 ${NAME}`],
  [
    { name: 'q'.repeat(59) },
    `name is too long, got "${'q'.repeat(59)}", expected at most 58 ${NAME}`,
  ],
  [
    { namespace: 'seda_qa' },
    `namespace is not a Kubernetes name, got "seda_qa", expected at most 63 ${NAME}`,
  ],
  [
    { namespace: 'kube-system' },
    'namespace belongs to Kubernetes, got "kube-system", expected a namespace of its own; choose another name, for example that of the application',
  ],
  [
    { namespace: 'argocd' },
    'namespace belongs to the platform, got "argocd", expected a namespace of its own; choose another one, such as seda-qa',
  ],
  [
    { workload: 'Seda' },
    `workload is not a Kubernetes name, got "Seda", expected at most 39 ${NAME}`,
  ],
  [
    { context: '--all' },
    'context is not a context, got "--all", expected a name that "kubectl config get-contexts" shows; correct it',
  ],
  [
    { domain: 'https://api.seda.fm' },
    'domain has a scheme, got "https://api.seda.fm", expected a lower-case host name such as api.example.com; write the host alone',
  ],
  [
    { domain: 'api.seda.fm:443' },
    'domain is not a host, got "api.seda.fm:443", expected a lower-case host name such as api.example.com; use letters, digits, "-" and "." only',
  ],
  [
    { tls: { kind: 'lets-encrypt', issuer: 'Prod' } },
    `tls.issuer is not a Kubernetes name, got "Prod", expected at most 253 ${NAME}`,
  ],
  [
    { imageFrom: 'qa' },
    'imageFrom is the environment itself, got "qa", expected another one; correct it',
  ],
  [
    { imageRepository: 'mirror.example.com/seda-api:1.0.0' },
    'imageRepository names an image, got "mirror.example.com/seda-api:1.0.0", expected host and path alone; did you mean mirror.example.com/seda-api?',
  ],
  [
    { imageRepository: 'https://mirror.example.com' },
    'imageRepository has a bad repository, got "https://mirror.example.com", expected lower-case host and path; correct the name',
  ],
  [
    { argocd: { cluster: { servers: 'https://a.example.com' } } },
    'argocd.cluster.servers is not a known key; did you mean server?',
  ],
  [
    resources({ cpu: '250' }),
    'resources.requests.cpu is not an amount of CPU, got "250", expected cores from 1m to 16, such as 250m; did you mean 250m?',
  ],
  [
    { autoscaling: { minReplicas: 2, maxReplicas: 4 }, ...resources({ memory: '256Mi' }) },
    'autoscaling never acts without a CPU request, got "no resources.requests.cpu", expected the amount of which targetCpuPercent is a share; add resources.requests.cpu or drop autoscaling',
  ],
  [{ secretVersion: 0 }, `secretVersion is out of range, got 0, ${whole(1, 9999)}`],
  [
    { notCredentials: ['LOG_LEVEL'] },
    'notCredentials names no variable, got "LOG_LEVEL", expected variables of config; correct or remove it',
  ],
  [
    { config: { LOG_FORMAT: 'pretty' } },
    'config.LOG_FORMAT is set by another field, got "pretty", expected variables that no other field stands for; remove it, and change that field',
  ],
  [
    { ingress: undefined, extraHosts: ['api2-qa.seda.fm'] },
    'extraHosts needs an ingress, got ["api2-qa.seda.fm"], expected none; set ingress, or remove it',
  ],
])('%j is refused', (change, message) =>
  expect(faults(change)).toContain(
    `${'name' in change ? change.name || 'an environment' : 'qa'}: ${message}`,
  ),
);

test.each<[SedaEnvironment, Loose]>([
  [qa, redis('redis.example.com')],
  [qa, redis('10.0.0.5')],
  [qa, managed({ poolSize: 1, maxConnections: 500 })],
  [qa, project('abcdefghijklmnopqrst')],
  [qa, { autoscaling: { minReplicas: 2, maxReplicas: 4 } }],
  [qa, { imageRepository: 'mirror.example.com:5000/seda-fm/seda-api' }],
  [qa, { context: 'arn:aws:eks:eu-central-1:1:cluster/seda' }],
  [qa, { config: { LOG_LEVEL: 'debug' } }],
  [qa, { extraHosts: ['api2-qa.seda.fm'] }],
  [development, { domain: 'localhost' }],
  [development, { domain: 'dev.seda.fm:3001' }],
  [sandbox, { namespace: 'seda-argocd' }],
])('%# is permitted: %j', (of, change) => expect(faults(change, of)).toEqual([]));

test('all of it is said at once, and nothing is rendered', () => {
  const wrong = { ...qa, name: '..', replica: 1, namespace: 'default', ...redis('redis://x', -1) };
  const { files, objects, faults: found } = renderEnvironment(wrong as never, RELEASE);
  expect(found.map((message) => message.split(' ')[1])).toEqual([
    'replica',
    'name',
    'namespace',
    'redis.host',
    'redis.port',
  ]);
  expect([files.size, objects.length]).toEqual([0, 0]);
});

test('an environment whose name is no folder writes nothing, and neither does any other', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seda-names-'));
  try {
    fs.writeFileSync(path.join(folder, 'qa.release.yaml'), `image: ${image('1.5.0')}\n`);
    for (const name of ['..', '', 'a/b', '/tmp/x', 'constructor.', null, 7])
      expect(() => renderAll([qa, { ...sandbox, name } as never], folder)).toThrow(
        typeof name === 'string'
          ? `: name is not a Kubernetes name, got ${JSON.stringify(name)}`
          : `: name is of the wrong kind, got ${JSON.stringify(name)}`,
      );
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('any value in any field is refused or permitted, in one line, and never thrown', () => {
  const fields = Object.keys({ ...qa, ...production, redis: 0, autoscaling: 0, secretVersion: 0 });
  fc.assert(
    fc.property(fc.constantFrom(...fields), fc.anything(), (field, value) => {
      const found = faults({ [field]: value });
      for (const message of found) expect(message).toMatch(/^[^\n]+: .+; .+$/);
      if (found.length > 0)
        expect(renderEnvironment({ ...qa, [field]: value } as never, RELEASE).faults).toEqual(
          found,
        );
    }),
  );
});

test('values that do not go together name both', () => {
  expect(faults({ replicas: 1 }, production)).toEqual([
    'production: replicas is too low for two colours, got 1, expected at least 2, the least that "seda check" lets take the traffic; raise it, or make the rollout "rolling"',
  ]);
  expect(
    faults({ replicas: 1, autoscaling: { minReplicas: 2, maxReplicas: 4 } }, production),
  ).toEqual([]);
  expect(faults({ replicas: 1 }, qa)).toEqual([]);
  expect(faults({ secretVersion: 2 }, development)).toEqual([
    'development: secretVersion has no secret store to come from, got 2, expected none: the Secret of a local database has well-known values; remove it, or name a store in secrets',
  ]);
  expect(faults({ secretVersion: 2 }, qa)).toEqual([]);
});

describe('images', () => {
  const foreign = `docker.io/evil/other:9.9.9@sha256:${'ab'.repeat(32)}`;
  const mirrored = `mirror.example.com/seda-fm/seda-api:1.5.0@sha256:${'ab'.repeat(32)}`;
  const mirror = { ...qa, imageRepository: 'mirror.example.com/seda-fm/seda-api' };

  test('are of the API alone, or of a repository that the environment names', () => {
    expect(renderEnvironment(qa, { image: foreign }).faults).toEqual([
      'qa/seda: image is of another repository, got "docker.io/evil/other", expected ghcr.io/seda-fm/seda-api; name an image that the API\'s CI built',
    ]);
    expect(renderEnvironment(mirror, { image: mirrored }).faults).toEqual([]);
    expect(renderEnvironment(mirror, { image: image('1.5.0') }).faults).toEqual([]);
    expect(renderEnvironment(mirror, { image: foreign }).faults).toEqual([
      'qa/seda: image is of another repository, got "docker.io/evil/other", expected ghcr.io/seda-fm/seda-api or mirror.example.com/seda-fm/seda-api; name an image that the API\'s CI built',
    ]);
  });
});

test('environments that take images from each other in a circle are refused', () => {
  expect(
    listFaults(
      [
        { ...qa, imageFrom: 'production' },
        { ...sandbox, imageFrom: 'qa' },
        { ...production, imageFrom: 'sandbox' },
      ],
      [],
    ),
  ).toEqual([
    'qa: imageFrom goes in a circle, got qa <- production <- sandbox <- qa, expected an environment that takes images from the build; leave imageFrom out there',
    'sandbox: imageFrom goes in a circle, got sandbox <- qa <- production <- sandbox, expected an environment that takes images from the build; leave imageFrom out there',
    'production: imageFrom goes in a circle, got production <- sandbox <- qa <- production, expected an environment that takes images from the build; leave imageFrom out there',
  ]);
  expect(listFaults([qa, sandbox, production], [])).toEqual([]);
});
