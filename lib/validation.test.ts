import { k8s } from './k8s';
import { render } from '../test/render';
import { type ApiRevision, SedaApi, type SedaApiProps, SedaIngress, type SedaIngressProps, SedaMonitoring, type SedaMonitoringProps, SedaNamespace } from '.';
import { contentHash } from './content-hash';
import { imageVersion, parseImage } from './image';
import { parseQuantity } from './quantity';
import { yamlText } from './yaml-text';

const revision: ApiRevision = {
  image: 'shop.example.com/shop-api:2.3.0',
  replicas: 2,
  config: {},
  resources: { requests: { cpu: '100m' }, limits: { memory: '256Mi' } },
};

const api = (change: Partial<ApiRevision>, props: Partial<SedaApiProps> = {}) =>
  render((chart) => new SedaApi(chart, 'api', {
    name: 'shop-api', health: { readiness: '/ready' }, workload: { strategy: 'rolling', revision: { ...revision, ...change } }, ...props,
  })).faults.map((fault) => fault.replace(/^test\/api(\/rolling)?: /, ''));

describe('SedaApi fails on', () => {
  test.each<[string, Partial<ApiRevision>, string | string[]]>([
    ['no image', { image: undefined as never }, 'image is missing, got undefined, expected REPOSITORY:TAG@sha256:DIGEST; name the image'],
    ['an image without tag', { image: 'shop-api' }, 'image has no tag, got "shop-api", expected REPOSITORY:TAG; a tag tells people what runs, add it'],
    ['a registry port taken for a tag', { image: 'localhost:5000/shop-api' }, 'image has no tag, got "localhost:5000/shop-api", expected REPOSITORY:TAG; a tag tells people what runs, add it'],
    ['latest', { image: 'shop-api:latest' }, 'image has a tag that moves, got "latest", expected a version or commit; name the build that was tested'],
    ['a malformed tag', { image: 'shop-api:2.3+1' }, 'image has a bad tag, got "2.3+1", expected at most 128 letters, digits, "_", "." and "-"; correct the tag'],
    ['a malformed digest', { image: 'shop-api:2.3.0@sha256:ABC' }, 'image has a malformed digest, got "sha256:ABC", expected "sha256:" and 64 lower-case hex digits; copy it whole'],
    ['an upper-case repository', { image: 'Shop/API:1' }, 'image has a bad repository, got "Shop/API", expected lower-case host and path; correct the name'],
    ['negative replicas', { replicas: -1 }, 'replicas is out of range, got -1, expected a whole number from 1 to 1000; choose such a number'],
    ['half a replica', { replicas: 1.5 }, 'replicas is out of range, got 1.5, expected a whole number from 1 to 1000; choose such a number'],
    ['one replica behind a budget', { replicas: 1 }, 'replicas is too low for a disruption budget, got 1, expected at least 2; raise replicas or do without the budget'],
    ['an autoscaler that cannot scale', { autoscaling: { minReplicas: 4, maxReplicas: 4 } }, 'autoscaling.maxReplicas leaves nothing to scale, got 4, expected more than minReplicas, 4; raise it or drop autoscaling'],
    ['an autoscaler below two', { autoscaling: { minReplicas: 1, maxReplicas: 4 } }, 'autoscaling.minReplicas is out of range, got 1, expected a whole number from 2 to 1000; choose such a number'],
    ['a key that is no variable', { config: { 'log.level': 'info' } }, 'config.log.level is not an environment variable, got "log.level", expected upper-case letters, digits and "_"; rename it'],
    ['a value that is no text', { config: { LIMIT: 5 as never } }, 'config.LIMIT is not a text, got 5, expected a string; quote it'],
    ['a key named like a credential', { config: { JWT_SECRET: 'x' } }, 'config.JWT_SECRET is named like a credential, expected configuration only; keep it in the secret store and refer to its key'],
    ['a quantity that does not parse', { resources: { requests: { cpu: 'fast' }, limits: {} } }, 'resources.requests.cpu is not a quantity, got "fast", expected a quantity such as 250m or 256Mi; correct it'],
    ['a request above its limit', { resources: { requests: { memory: '1Gi' }, limits: { memory: '512Mi' } } }, 'resources.requests.memory is above the limit, got "1Gi", expected at most 512Mi; lower the request or raise the limit'],
    ['a writable folder without size', { writablePaths: { '/cache': 'big' } }, 'writablePaths./cache is not a quantity, got "big", expected a quantity such as 250m or 256Mi; correct it'],
    ['a version of the Secret below one', { secretVersion: 0 }, 'secretVersion is out of range, got 0, expected a whole number from 1 to 9999; choose such a number'],
    ['several faults at once', { image: 'shop-api', replicas: 0, config: { a: '1' } }, [
      'image has no tag, got "shop-api", expected REPOSITORY:TAG; a tag tells people what runs, add it',
      'replicas is out of range, got 0, expected a whole number from 1 to 1000; choose such a number',
      'config.a is not an environment variable, got "a", expected upper-case letters, digits and "_"; rename it',
    ]],
  ])('%s', (_, change, faults) => expect(api(change)).toEqual([faults].flat()));

  test.each<[string, string, string]>([
    ['a URL with a password', 'a URL with a password', 'https://user:hunter2@example.com'],
    ['a JSON web token', 'a JSON web token', 'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZSJ9.hunter2'],
    ['a private key', 'a private key', '-----BEGIN RSA PRIVATE KEY-----hunter2'],
    ['a vendor key', 'a vendor key', 'sbp_hunter2hunter2hunter2'],
  ])('%s in the configuration, without showing it', (_, what, value) => {
    const faults = api({ config: { SETTING: value } });
    expect(faults).toEqual([`config.SETTING holds ${what}, expected no credential in configuration; keep it in the secret store and refer to its key`]);
    expect(faults.join()).not.toContain('hunter2');
  });

  test.each<[string, Partial<SedaApiProps>, string[]]>([
    ['a port out of range', { port: 70000 }, ['port is not a port, got 70000, expected a whole number from 1 to 65535; choose such a port']],
    ['a name that is too long', { name: 'a'.repeat(40) }, [`name is too long, got "${'a'.repeat(40)}", expected at most 39 lower-case letters, digits and "-"; choose such a name`]],
    ['a name in upper case', { name: 'Shop' }, ['name is not a Kubernetes name, got "Shop", expected at most 39 lower-case letters, digits and "-"; choose such a name']],
    ['a Deployment name that is none', { deploymentName: '' }, ['deploymentName is not a Kubernetes name, got "", expected at most 39 lower-case letters, digits and "-"; choose such a name']],
    ['a probe path that is no path', { health: { readiness: 'ready' } }, ['health.readiness is not a URL path, got "ready", expected a path such as /api/v1; start it with "/" and use letters, digits, ".", "_", "~" and "-"']],
    ['one path for both probes', { health: { readiness: '/up', liveness: '/up' } }, ['health.liveness is the readiness path, got "/up", expected a path that looks at nothing but the process; leave it out for a TCP probe']],
    ['no time after preStop', { preStopSeconds: 60 }, ['terminationGracePeriodSeconds leaves no time after preStop, got 60, expected more than 60; raise it above preStopSeconds plus the longest request']],
    ['a missing digest where one is required', { requireDigest: true }, ['image has no digest, got "shop.example.com/shop-api:2.3.0", expected shop.example.com/shop-api:TAG@sha256:DIGEST; take it from the registry or the build\'s output']],
    ['a secret key that is a value', { secret: { name: 'shop', env: { TOKEN: 'pass word' } } }, ['secret.env.TOKEN is not a key of a Secret, got "pass word", expected letters, digits, "-", "_" and "."; name the key, not its value']],
    ['a store path that is no path', { secret: { name: 'shop', env: {} }, secretStore: { name: 'vault', keyPrefix: '/shop' } }, ['test/api/secrets: store.keyPrefix is not a path, got "/shop", expected segments joined by "/"; write it like seda/production']],
    ['an empty migration', { migration: { command: [] } }, [expect.stringContaining('migration.command is empty, got [], expected a program and its arguments; name it or drop the migration')] as never],
    ['an address range that is none', { egress: [{ name: 'database', ports: [5432], cidrs: ['10.0.0.1'] }] }, ['test/api/network: egress.database.cidrs is not an address range, got "10.0.0.1", expected an IPv4 range such as 10.0.0.0/8; correct it']],
    ['an unknown colour', { workload: { strategy: 'blue-green', active: 'red' as never, blue: revision, green: revision } }, ['test/api/pair: active is not a colour, got "red", expected blue or green; name the colour that serves']],
  ])('%s', (_, props, faults) => expect(api({}, props)).toEqual(faults));

  test('a name that two objects have', () => {
    const { faults } = render((chart) => {
      for (const id of ['one', 'two']) new k8s.KubeConfigMap(chart, id, { metadata: { name: 'same' } });
    });
    expect(faults).toEqual(['test/two: metadata.name is taken, got "ConfigMap same", expected a name of its own; rename it or test/one']);
  });

  test('a namespace that is none', () => {
    expect(render((chart) => new SedaNamespace(chart, 'namespace', { name: 'Shop_1' })).faults).toEqual([
      'test/namespace: name is not a Kubernetes name, got "Shop_1", expected at most 63 lower-case letters, digits and "-"; choose such a name',
    ]);
  });
});

describe('SedaIngress fails on', () => {
  const gateway = { kind: 'gateway-api', gateway: { name: 'public', namespace: 'gateways' } } as const;
  const ingress = (props: Partial<SedaIngressProps>) =>
    render((chart) => {
      const service = new k8s.KubeService(chart, 'service', { metadata: { name: 'shop-api' } });
      new SedaIngress(chart, 'ingress', { name: 'shop', host: 'shop.example.com', service, controller: { kind: 'ingress-nginx', className: 'nginx' }, paths: ['/api'], ...props });
    }).faults.map((fault) => fault.replace('test/ingress: ', ''));
  const aHost = 'expected a lower-case host name such as api.example.com';

  test.each<[string, Partial<SedaIngressProps>, string]>([
    ['a scheme in the host', { host: 'https://shop.example.com' }, `host has a scheme, got "https://shop.example.com", ${aHost}; write the host alone`],
    ['an upper-case host', { host: 'Shop.example.com' }, `host has upper-case letters, got "Shop.example.com", ${aHost}; write it in lower case`],
    ['a host with a port', { host: 'shop.example.com:8080' }, `host is not a host, got "shop.example.com:8080", ${aHost}; use letters, digits, "-" and "." only`],
    ['a label of over 63 characters', { host: `${'a'.repeat(64)}.example.com` }, `host has a label of over 63 characters, got "${'a'.repeat(64)}.example.com", ${aHost}; shorten "aaaaaaaaaaaa..."`],
    ['a single label', { host: 'shop' }, `host has a single label, got "shop", ${aHost}; write the full name`],
    ['no paths', { paths: [] }, 'paths is empty, got [], expected at least one prefix; name what is public'],
    ['a path with a regular expression', { paths: ['/api(/|$)(.*)'] }, 'paths is not a URL path, got "/api(/|$)(.*)", expected a path such as /api/v1; start it with "/" and use letters, digits, ".", "_", "~" and "-"'],
    ['a blocked path that was not public', { blockedPaths: ['/metrics'] }, 'blockedPaths is not below a public path, got "/metrics", expected a path below /api; drop it, it is not reachable anyway'],
    ['a rate of zero', { requestsPerSecond: 0 }, 'requestsPerSecond is out of range, got 0, expected a whole number from 1 to 100000; choose such a number'],
    ['a body size that does not parse', { maxBodySize: '10 MB' }, 'maxBodySize is not a quantity, got "10 MB", expected a quantity such as 250m or 256Mi; correct it'],
    ['a rate limit for the Gateway API', { controller: gateway, requestsPerSecond: 100 }, "requestsPerSecond cannot be expressed by the Gateway API, got 100, expected no value; drop it and set the limit in the controller's own policy or in the API"],
    ['a body size for the Gateway API', { controller: gateway, maxBodySize: '10Mi' }, "maxBodySize cannot be expressed by the Gateway API, got \"10Mi\", expected no value; drop it and set the limit in the controller's own policy or in the API"],
    ['an annotation for the Gateway API', { controller: gateway, tls: { secretName: 'tls', issuer: 'acme', certificate: 'annotation' } }, 'tls.certificate cannot be expressed by the Gateway API, got "annotation", expected no value; use "explicit", or annotate the Gateway'],
  ])('%s', (_, props, fault) => expect(ingress(props)).toEqual([fault]));
});

describe('SedaMonitoring fails on', () => {
  const monitoring = (props: Partial<SedaMonitoringProps>) =>
    render((chart) => {
      const service = new k8s.KubeService(chart, 'service', { metadata: { name: 'shop-api' } });
      new SedaMonitoring(chart, 'monitoring', { level: 'full', service, metricsService: service, ...props });
    }).faults.map((fault) => fault.replace('test/monitoring: ', ''));

  test.each<[string, Partial<SedaMonitoringProps>, string]>([
    ['an unknown level', { level: 'loud' as never }, 'level is not a monitoring level, got "loud", expected console, basic, full, observability; choose one'],
    ['a metric that is no name', { metrics: { requestDuration: 'request duration' } }, 'metrics.requestDuration is not a Prometheus name, got "request duration", expected letters, digits, "_" and ":"; correct it'],
    ['a promise without budget', { serviceLevels: { availabilityPercent: 100 } }, 'serviceLevels.availabilityPercent is out of range, got 100, expected a number from 94 to below 100; below 94 the fast alert cannot fire, and 100 leaves no budget'],
    ['a latency of nothing', { serviceLevels: { latencySeconds: 0 } }, "serviceLevels.latencySeconds is out of range, got 0, expected seconds above 0; name one of the histogram's buckets"],
    ['scrapes that are too rare', { intervalSeconds: 600 }, 'intervalSeconds is out of range, got 600, expected a whole number from 5 to 120; choose such a number'],
  ])('%s', (_, props, fault) => expect(monitoring(props)).toEqual([fault]));
});

describe('small parts', () => {
  test('quantities', () => {
    expect(['250m', '0.5', '1', '512Mi', '1Gi', '2k', '1e3', '-1', '', '1 Gi', 'Mi'].map(parseQuantity)).toEqual([0.25, 0.5, 1, 2 ** 29, 2 ** 30, 2000, undefined, undefined, undefined, undefined, undefined]);
  });

  test('images', () => {
    expect(parseImage('localhost:5000/a/b:1.0@sha256:ff')).toEqual({ repository: 'localhost:5000/a/b', tag: '1.0', digest: 'sha256:ff' });
    expect(imageVersion(`a:${'1'.repeat(70)}-`)).toBe('1'.repeat(63));
    expect(imageVersion('a:_2.0_')).toBe('2.0');
  });

  test('a hash is of the content and not of the order', () => {
    expect(contentHash({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(contentHash({ b: [{ d: 3, c: 2 }], a: 1 }));
    expect(contentHash({ a: '1' })).not.toBe(contentHash({ a: 1 }));
  });

  test('the quotes of a text do not depend on where it was first', () => {
    const objects = [{ a: { b: '---' } }, { '--- a': 1 }, { a: '--- a' }, { '---': 1 }];
    expect(yamlText(objects)).toBe([...objects].reverse().map((object) => yamlText([object])).reverse().join('---\n'));
  });

  test('texts that YAML 1.1 would take for something else are quoted', () => {
    const words = ['yes', 'off', '012', '0o17', '1e3', '<<', '=', 'null', '~', '1:30', '', ' a', 'a: b', '2026-11-23'];
    expect(yamlText([Object.fromEntries(words.map((word, index) => [`k${index}`, word]))]).split('\n').filter((line) => /^k\d+: [^"]/.test(line))).toEqual([]);
  });
});
