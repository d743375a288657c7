import type {} from 'cdk8s';
import * as fc from '../test/random';
import { render } from '../test/render';
import {
  type ApiRevision,
  BlueGreenPair,
  type Colour,
  type Egress,
  type MonitoringLevel,
  type PodSettings,
  type OtlpProps,
  otlpSettings,
  PropsError,
  type SedaApiProps,
  type SedaIngressProps,
  type SedaMonitoringProps,
  SedaNamespace,
} from './index';
import { isGood, meantQuantity, parseQuantity, UNITS } from './quantity';
import {
  api,
  IMAGE,
  ingress,
  INIT,
  monitoring,
  PROXY,
  REVISION,
  rolling,
  SHOP,
  WAY_IN,
} from '../test/shop-props';

/** How messages of one kind end. */
const PATH =
  'expected a path such as /api/v1; start it with "/" and use letters, digits, ".", "_", "~" and "-"';
const OBJECT = 'expected at most 253 lower-case letters, digits, "-" and "."; correct it';
const PORT = 'expected a whole number from 1 to 65535; choose such a port';
const SIZE = 'expected whole bytes from 1Mi to 1Ti, such as 256Mi';
const KEY = 'expected letters, digits, "-", "_" and "."; name the key, not its value';
const LABEL = 'expected at most 63 letters, digits, "-", "_" and "." on either side; correct it';
const names = (max: number) =>
  `expected at most ${max} lower-case letters, digits and "-"; choose such a name`;
const numbers = (min: number, max: number) =>
  `expected a whole number from ${min} to ${max}; choose such a number`;

describe('SedaApi fails when', () => {
  const queue = (egress: Partial<Egress>) => ({
    egress: [{ name: 'queue', ports: [1], ...egress }],
  });
  const DATABASE = { egress: [{ name: 'database', ports: [5432] }] };
  const store = (secretStore: object) => ({
    secret: { name: 'shop', env: {} },
    secretStore: { name: 'vault', keyPrefix: 'shop', ...secretStore },
  });

  test.each<[string, Partial<ApiRevision>, string]>([
    [
      'the image is empty',
      { image: '' },
      'image is missing, got "", expected REPOSITORY:TAG@sha256:DIGEST; name the image',
    ],
    [
      'the image has no tag',
      { image: 'localhost:5000/api' },
      'image has no tag, got "localhost:5000/api", expected REPOSITORY:TAG; a tag tells people what runs, add it',
    ],
    [
      'the tag moves',
      { image: 'shop/api:latest' },
      'image has a tag that moves, got "latest", expected a version or commit; name the build that was tested',
    ],
    [
      'the tag is malformed',
      { image: 'shop/api:1+2' },
      'image has a bad tag, got "1+2", expected at most 128 letters, digits, "_", "." and "-"; correct the tag',
    ],
    [
      'the repository is malformed',
      { image: 'Shop/api:1' },
      'image has a bad repository, got "Shop/api", expected lower-case host and path; correct the name',
    ],
    [
      'the digest is malformed',
      { image: `${IMAGE}@sha256:ABC` },
      'image has a malformed digest, got "sha256:ABC", expected "sha256:" and 64 lower-case hex digits; copy it whole',
    ],
    ['there are no pods', { replicas: 0 }, `replicas is out of range, got 0, ${numbers(1, 1000)}`],
    [
      'replicas are negative',
      { replicas: -1 },
      `replicas is out of range, got -1, ${numbers(1, 1000)}`,
    ],
    [
      'replicas are a fraction',
      { replicas: 2.5 },
      `replicas is out of range, got 2.5, ${numbers(1, 1000)}`,
    ],
    [
      'a disruption budget guards one pod',
      { replicas: 1 },
      'replicas is too low for a disruption budget, got 1, expected at least 2; raise replicas or do without the budget',
    ],
    [
      'scaling starts at one pod',
      { autoscaling: { minReplicas: 1, maxReplicas: 3 } },
      `autoscaling.minReplicas is out of range, got 1, ${numbers(2, 1000)}`,
    ],
    [
      'nothing can scale',
      { autoscaling: { minReplicas: 3, maxReplicas: 3 } },
      'autoscaling.maxReplicas leaves nothing to scale, got 3, expected more than minReplicas, 3; raise it or drop autoscaling',
    ],
    [
      'scaling aims above 100 %',
      { autoscaling: { minReplicas: 2, maxReplicas: 3, targetCpuPercent: 101 } },
      `autoscaling.targetCpuPercent is out of range, got 101, ${numbers(1, 100)}`,
    ],
    [
      'a setting is no variable',
      { config: { 'log-level': 'info' } },
      'config.log-level is not an environment variable, got "log-level", expected upper-case letters, digits and "_"; rename it',
    ],
    [
      'a setting is no text',
      { config: { RATE: 5 as unknown as string } },
      'config.RATE is not a text, got 5, expected a string; quote it',
    ],
    [
      'a quantity does not parse',
      { resources: { requests: { cpu: '1 core' }, limits: {} } },
      'resources.requests.cpu is not an amount of CPU, got "1 core", expected cores from 1m to 16, such as 250m; did you mean 1?',
    ],
    [
      'a request is above its limit',
      { resources: { requests: { memory: '1Gi' }, limits: { memory: '512Mi' } } },
      'resources.requests.memory is above the limit, got "1Gi", expected at most 512Mi; lower the request or raise the limit',
    ],
    [
      'a writable folder has no size',
      { writablePaths: { '/cache': 'big' } },
      `writablePaths./cache is not a size, got "big", ${SIZE}; correct it`,
    ],
    [
      'a writable folder is no path',
      { writablePaths: { cache: '1Mi' } },
      `writablePaths is not a URL path, got "cache", ${PATH}`,
    ],
    [
      'the version is no label',
      { version: '-1' },
      'version is not a version, got "-1", expected at most 63 letters, digits, "_", "." and "-", such as 1.5.0; correct it',
    ],
    [
      'the release counts down',
      { release: -1 },
      `release is out of range, got -1, ${numbers(0, 999999)}`,
    ],
    [
      'the migration is unknown',
      { migration: 'shrink' as never },
      'migration is unknown, got "shrink", expected expand, contract, none; correct it',
    ],
    [
      'the secret has version 0',
      { secretVersion: 0 },
      `secretVersion is out of range, got 0, ${numbers(1, 9999)}`,
    ],
    [
      'a resource is unknown',
      { resources: { requests: { memroy: '1Gi' }, limits: {} } },
      'resources.requests names an unknown resource, got "memroy", expected cpu, memory, ephemeral-storage; did you mean memory?',
    ],
    [
      'a writable folder ends with a slash',
      { writablePaths: { '/cache/': '1Mi' } },
      'writablePaths ends with "/", got "/cache/", expected a folder such as /var/cache; name the folder alone',
    ],
    [
      'the port is a setting',
      { config: { PORT: '80' } },
      'config.PORT is set already, got "80", expected no such variable; use the prop port',
    ],
    [
      'a list holds a credential',
      { config: { URLS: ['https://shop:hunter22@db'] as unknown as string } },
      'config.URLS holds a URL with a password, expected no credential in configuration; keep it in the secret store and refer to its key',
    ],
    [
      'a message would have two lines',
      { image: 'shop/a\npi:1' },
      'image has a bad repository, got "shop/a\\npi", expected lower-case host and path; correct the name',
    ],
  ])('%s', (_, change, message) =>
    expect(rolling(change).faults).toEqual([`test/api/rolling: ${message}`]),
  );

  test.each<[string, string, string, string]>([
    [
      'a URL with a password',
      'UPSTREAM',
      'https://shop:hunter22@db.example.com/shop',
      'holds a URL with a password',
    ],
    [
      'a JSON web token',
      'UPSTREAM',
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln',
      'holds a JSON web token',
    ],
    ['a private key', 'UPSTREAM', '-----BEGIN RSA PRIVATE KEY-----\nMIIB', 'holds a private key'],
    ['a vendor key', 'UPSTREAM', 'ghp_0123456789abcdef', 'holds a key of GitHub'],
    ['a name like a password', 'SMTP_PASSWORD', 'hunter22', 'is named like a credential'],
    ['a name like a key', 'ADMIN_API_KEY', 'hunter22', 'is named like a credential'],
  ])('the configuration has %s, which the message does not show', (_, key, value, problem) => {
    const { faults } = rolling({ config: { [key]: value } });
    expect(faults).toEqual([
      expect.stringMatching(
        `^test/api/rolling: config\\.${key} ${problem}, expected [^,]+; keep it in the secret store and refer to its key${problem.startsWith('is named') ? ', or name it in notCredentials if it is none' : ''}$`,
      ),
    ]);
    expect(faults.join()).not.toContain(value.slice(-6));
  });

  test.each<[string, Partial<SedaApiProps>, string]>([
    ['the port is out of range', { port: 70000 }, `port is not a port, got 70000, ${PORT}`],
    [
      'a probe has no path',
      { health: { readiness: 'ready' } },
      `health.readiness is not a URL path, got "ready", ${PATH}`,
    ],
    [
      'the gate asks for no name',
      { health: { readiness: '/ready', checks: ['data base'] } },
      'health.checks is not a name in a body, got "data base", expected letters, digits and "_"; name it as the readiness path does',
    ],
    [
      'liveness has no path',
      { health: { readiness: '/ready', liveness: '' } },
      `health.liveness is not a URL path, got "", ${PATH}`,
    ],
    [
      'the grace period is over before the last request may be',
      { preStopSeconds: 16, drainSeconds: 15, terminationGracePeriodSeconds: 60 },
      'terminationGracePeriodSeconds is over before the last request may be, got 60, expected at least 61: preStopSeconds 16, drainSeconds 15 and longestRequestSeconds 30; leave it out, or shorten one of them',
    ],
    [
      'a readiness probe asks again before the answer is due',
      { health: { ...SHOP.health, readinessProbe: { periodSeconds: 2, timeoutSeconds: 3 } } },
      'health.readinessProbe.timeoutSeconds is longer than the time to the next question, got 3, expected at most 2, the periodSeconds; lower it, or ask less often',
    ],
    [
      'a readiness probe that never gives up',
      { health: { ...SHOP.health, readinessProbe: { failureThreshold: 100 } } },
      `health.readinessProbe.failureThreshold is out of range, got 100, ${numbers(1, 60)}`,
    ],
    [
      'the API serves on for a part of a second',
      { drainSeconds: 0.5 },
      `drainSeconds is out of range, got 0.5, ${numbers(0, 300)}`,
    ],
    [
      'no request takes any time',
      { longestRequestSeconds: 0 },
      `longestRequestSeconds is out of range, got 0, ${numbers(1, 2700)}`,
    ],
    [
      'a secret is for no variable',
      { secret: { name: 'shop', env: { key: 'key' } } },
      'secret.env is not an environment variable, got "key", expected upper-case letters, digits and "_"; rename it',
    ],
    [
      'the name is no name',
      { name: 'Shop' },
      `name is not a Kubernetes name, got "Shop", ${names(39)}`,
    ],
    [
      'the name is too long',
      { name: 's'.repeat(40) },
      `name is too long, got "${'s'.repeat(40)}", ${names(39)}`,
    ],
    [
      'the name begins with a digit',
      { name: '3shop' },
      'name begins with a digit, got "3shop", expected a letter first, because Services are named after it; choose such a name',
    ],
    [
      'the Deployment has no name',
      { deploymentName: 'Shop' },
      `deploymentName is not a Kubernetes name, got "Shop", ${names(39)}`,
    ],
    [
      'preStop does nothing',
      { preStopSeconds: 0 },
      `preStopSeconds is out of range, got 0, ${numbers(1, 300)}`,
    ],
    [
      'a secret is for a variable that is set already',
      { secret: { name: 'shop', env: { PORT: 'port' } } },
      'secret.env is set already, got "PORT", expected another variable; rename it',
    ],
    [
      'a key is a value, which the message does not show',
      { secret: { name: 'shop', env: { KEY: 'postgres://shop:hunter22@db' } } },
      `secret.env.KEY is not a key of a Secret, ${KEY}`,
    ],
    [
      'a key is a token',
      { secret: { name: 'shop', env: { KEY: 'ghp_0123456789abcdef' } } },
      `secret.env.KEY is not a key of a Secret, ${KEY}`,
    ],
  ])('%s', (_, change, message) => expect(api(change).faults).toEqual([`test/api: ${message}`]));

  test.each<[string, Partial<SedaApiProps>, string]>([
    [
      'a destination has no port',
      queue({ ports: [] }),
      'test/api/network: egress.queue.ports is empty, got [], expected at least one port; name the port or drop the entry',
    ],
    [
      'a destination has a wrong port',
      queue({ ports: [0] }),
      `test/api/network: egress.queue.ports is not a port, got 0, ${PORT}`,
    ],
    [
      'a range is no range',
      queue({ cidrs: ['10.0.0.1'] }),
      'test/api/network: egress.queue.cidrs is not an address range, got "10.0.0.1", expected an address range such as 10.0.0.0/8 or fd00::/8; correct it',
    ],
    [
      'the path in the store is none',
      store({ keyPrefix: '/shop/' }),
      'test/api/secrets: store.keyPrefix is not a path, got "/shop/", expected segments joined by "/"; write it like seda/production',
    ],
    [
      'a digest is required',
      { requireDigest: true },
      `test/api/rolling: image has no digest, got "${IMAGE}", expected registry.example.com/shop/api:TAG@sha256:DIGEST; take it from the registry or the build's output`,
    ],
    [
      'a list of ranges is empty',
      queue({ cidrs: [] }),
      'test/api/network: egress.queue.cidrs is empty, got [], expected at least one range, because none means every address; name the range or drop the list',
    ],
    [
      'a range cannot be',
      queue({ cidrs: ['10.0.0.0/33'] }),
      'test/api/network: egress.queue.cidrs is not an address range, got "10.0.0.0/33", expected an address range such as 10.0.0.0/8 or fd00::/8; correct it',
    ],
    [
      'a label is none',
      queue({ podLabels: { app: 'a b' } }),
      `test/api/network: egress.queue.podLabels is not a label, got "app=a b", ${LABEL}`,
    ],
    [
      'the key of the migration is a value',
      { ...DATABASE, migration: { secret: { name: 'shop', env: { URL: 'postgres://db' } } } },
      `test/api: migration.secret.env.URL is not a key of a Secret, ${KEY}`,
    ],
    [
      'a client has no name',
      { clientNamespaces: ['Edge'] },
      `test/api/network: clientNamespaces is not a Kubernetes name, got "Edge", ${names(63)}`,
    ],
    [
      'the store is read never',
      store({ refreshInterval: 'never' }),
      'test/api/secrets: store.refreshInterval is not a duration, got "never", expected hours, minutes and seconds such as 1h30m; correct it',
    ],
    [
      'the migration can reach no database',
      { ...queue({}), migration: {} },
      'test/api: egress has no database for the migration, got ["queue"], expected an entry named database; add where the database is, with its port',
    ],
    [
      'the migration has no command',
      { ...DATABASE, migration: { command: [] } },
      'test/api/migration-rolling: migration.command is empty, got [], expected a program and its arguments; name it or drop the migration',
    ],
    [
      'the migration has no time',
      { ...DATABASE, migration: { deadlineSeconds: 0 } },
      `test/api/migration-rolling: migration.deadlineSeconds is out of range, got 0, ${numbers(1, 86400)}`,
    ],
  ])('%s', (_, change, message) => expect(api(change).faults).toEqual([message]));

  test.each<Partial<SedaApiProps>>([
    { name: '' },
    { name: 'default-deny' },
    { ...store({}), secret: { name: '', env: {} } },
  ])('and does not throw for %j', (change) => {
    expect(() => api(change)).not.toThrow();
  });

  test('the active colour is none, or has no pods', () => {
    const workload = {
      strategy: 'blue-green',
      active: 'red' as Colour,
      blue: { ...REVISION, replicas: 0 },
      green: { ...REVISION, replicas: 0 },
    } as const;
    expect(api({ workload }).faults).toEqual([
      'test/api/pair: active is not a colour, got "red", expected blue or green; name the colour that serves',
      `test/api/pair/blue: blue.replicas is out of range, got 0, ${numbers(1, 1000)}`,
    ]);
  });

  test('two of them have one name', () => {
    const pair = {
      ...SHOP,
      serviceAccountName: 'shop',
      active: 'blue',
      blue: REVISION,
      green: REVISION,
    } as const;
    const { faults } = render((chart) =>
      ['one', 'two'].forEach((id) => new BlueGreenPair(chart, id, pair)),
    );
    expect(faults).toContain(
      'test/two/active: metadata.name is taken, got "Service shop-api", expected a name of its own; rename it or test/one/active',
    );
    expect(faults).toHaveLength(14);
  });

  test('much is wrong, and says all of it at once', () => {
    const revision = {
      ...REVISION,
      image: 'api:latest@sha256:0',
      replicas: -1,
      config: { token: 'x', DB_PASSWORD: 'y' },
    };
    const { faults } = api({
      name: 'Shop',
      port: 0,
      workload: { strategy: 'rolling', revision },
      ...queue({ ports: [] }),
    });
    expect(faults.map((fault) => fault.replace(/, (got|expected) .*/, ''))).toEqual([
      'test/api: name is not a Kubernetes name',
      'test/api: port is not a port',
      'test/api/network: egress.queue.ports is empty',
      'test/api/rolling: image has a tag that moves',
      'test/api/rolling: image has a malformed digest',
      'test/api/rolling: replicas is out of range',
      'test/api/rolling: config.token is not an environment variable',
      'test/api/rolling: config.token is named like a credential',
      'test/api/rolling: config.DB_PASSWORD is named like a credential',
    ]);
  });
});

describe('the settings of pods fail when', () => {
  const one = 'one source for each variable; remove it from one of them';
  const secretKey = { name: 'shop', key: 'key' };

  test.each<[string, PodSettings, string]>([
    [
      'a label selects the pods',
      { labels: { version: 'green' } },
      'pod.labels has a label of the library, got "version", expected another label; rename it or leave it out',
    ],
    [
      'a label is none',
      { labels: { team: 'a b' } },
      `pod.labels is not a label, got "team=a b", ${LABEL}`,
    ],
    [
      'an annotation has no key',
      { annotations: { 'a b': 'c' } },
      'pod.annotations has a key that is no annotation, got "a b", expected at most 63 letters, digits, "-", "_" and ".", after an optional domain and "/"; correct it',
    ],
    [
      'an annotation is a credential',
      { annotations: { note: 'ghp_0123456789abcdef' } },
      'pod.annotations.note holds a key of GitHub, expected no credential in an annotation; keep it in the secret store',
    ],
    [
      'annotations are too large',
      { annotations: { note: 'a'.repeat(262144) } },
      'pod.annotations are too large, got 262148, expected at most 262144 bytes; shorten them',
    ],
    [
      'a node has no such label',
      { nodeSelector: { pool: 'a/b' } },
      `pod.nodeSelector is not a label, got "pool=a/b", ${LABEL}`,
    ],
    [
      'a toleration names no taint',
      { tolerations: [{ value: 'a' }] },
      'pod.tolerations.0.key is missing, got nothing, expected the key of a taint; add it or use Exists',
    ],
    [
      'a value does not count',
      { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] },
      'pod.tolerations.0.value does not count, got "b", expected no value with Exists; leave it out',
    ],
    [
      'an operator is unknown',
      { tolerations: [{ key: 'a', operator: 'In' as never }] },
      'pod.tolerations.0.operator is unknown, got "In", expected Equal, Exists; correct it',
    ],
    [
      'a time is for another effect',
      { tolerations: [{ key: 'a', effect: 'NoSchedule', tolerationSeconds: 9 }] },
      'pod.tolerations.0.tolerationSeconds is for NoExecute alone, got 9, expected no value with another effect; leave it out',
    ],
    [
      'pods are spread by nothing',
      { topologySpreadConstraints: [{ topologyKey: 'zone', maxSkew: 0 }] },
      `pod.topologySpreadConstraints.0.maxSkew is out of range, got 0, ${numbers(1, 1000)}`,
    ],
    [
      'a registry secret has no name',
      { imagePullSecrets: ['a b'] },
      `pod.imagePullSecrets is not the name of an object, got "a b", ${OBJECT}`,
    ],
    [
      'the program is empty',
      { command: [] },
      'pod.command is empty, got [], expected at least one word; name it or leave it out',
    ],
    [
      'an argument is a credential, which the message does not show',
      { args: ['--db=postgres://shop:hunter22@db'] },
      'pod.args holds a URL with a password, expected no credential in a command; keep it in the secret store and refer to its key',
    ],
    [
      'a variable is a setting as well',
      { secretEnv: { LOG_LEVEL: secretKey } },
      `pod.secretEnv has a variable that is set already, got "LOG_LEVEL", expected ${one}`,
    ],
    [
      'a variable is a secret and a field',
      { secretEnv: { A: secretKey }, fieldEnv: { A: 'status.podIP' } },
      `pod.fieldEnv has a variable that is set already, got "A", expected ${one}`,
    ],
    [
      'a key is a value, which the message does not show',
      { secretEnv: { A: { name: 'shop', key: 'ghp_0123456789abcdef' } } },
      `pod.secretEnv.A.key is not a key of a Secret, ${KEY}`,
    ],
    [
      'a field is none of a pod',
      { fieldEnv: { A: 'status.phase' as never } },
      'pod.fieldEnv.A is unknown, got "status.phase", expected metadata.name, metadata.namespace, metadata.uid, spec.nodeName, spec.serviceAccountName, status.hostIP, status.podIP, status.podIPs; correct it',
    ],
    [
      'it may take no time to start',
      { startupSeconds: 0 },
      `pod.startupSeconds is out of range, got 0, ${numbers(1, 3600)}`,
    ],
    [
      'it runs as root',
      { runAsUser: 0 },
      `pod.runAsUser is out of range, got 0, ${numbers(1, 2147483647)}`,
    ],
    [
      'there is no name server',
      { dnsPolicy: 'None' },
      'pod.dnsConfig.nameservers is empty, got [], expected at least one address with the policy None; name a name server',
    ],
    [
      'a name server has a name',
      { dnsConfig: { nameservers: ['dns.example'] } },
      'pod.dnsConfig.nameservers is not an address, got "dns.example", expected an IP address; correct it',
    ],
    [
      'a volume has two sources',
      { volumes: [{ name: 'a', configMap: 'a', secret: 'a' }] },
      'pod.volumes.0 needs exactly one source, got ["configMap","secret"], expected one of configMap, secret, persistentVolumeClaim, emptyDir, projected; name one source',
    ],
    [
      'a volume has the name of a writable folder',
      { volumes: [{ name: 'tmp', configMap: 'a' }] },
      'pod.volumes.0.name is taken, got "tmp", expected a name that no other volume has; rename the volume',
    ],
    [
      'a file climbs',
      { volumes: [{ name: 'a', configMap: 'a', items: { b: '../c' } }] },
      'pod.volumes.0.items is not a file, got "../c", expected a relative path such as ca.crt; name it without ".."',
    ],
    [
      'a token lives too short',
      {
        volumes: [
          {
            name: 'a',
            projected: [
              { serviceAccountToken: { audience: 'a', path: 'b', expirationSeconds: 60 } },
            ],
          },
        ],
      },
      `pod.volumes.0.projected.0.serviceAccountToken.expirationSeconds is out of range, got 60, ${numbers(600, 4294967296)}`,
    ],
    [
      'a mounted volume is none',
      { volumeMounts: [{ name: 'files', mountPath: '/files' }] },
      'pod.volumeMounts.0.name is no volume, got "files", expected a volume; add it to volumes',
    ],
    [
      'a volume would hide a writable folder',
      {
        volumes: [{ name: 'a', configMap: 'a' }],
        volumeMounts: [{ name: 'a', mountPath: '/tmp' }],
      },
      'pod.volumeMounts.0.mountPath is taken, got "/tmp", expected a path of its own; choose another path',
    ],
    [
      'a volume would hide the system',
      {
        volumes: [{ name: 'a', configMap: 'a' }],
        volumeMounts: [{ name: 'a', mountPath: '/etc' }],
      },
      'pod.volumeMounts.0.mountPath would hide a folder of the system, got "/etc", expected a folder such as /etc/shop; choose one that the image does not need',
    ],
    [
      'a volume is larger than what the pod may write',
      { volumes: [{ name: 'a', emptyDir: '2Gi' }], sidecars: [PROXY] },
      'pod.volumes.0.emptyDir is larger than what the pod may write in all, got "2Gi", expected at most the limits of ephemeral-storage, 256Mi and 256Mi; shrink it or raise a limit',
    ],
    [
      'two containers have one name',
      { initContainers: [INIT], sidecars: [{ ...PROXY, name: INIT.name, image: 'a:1' }] },
      'pod.sidecars.0.name is taken, got "prepare", expected a name of its own; rename the container\n' +
        'pod.initContainers.0.name is taken, got "prepare", expected a name of its own; rename the container',
    ],
    [
      'a container has the name of the API',
      { sidecars: [{ ...PROXY, name: 'shop-api' }] },
      'pod has a container with a name of the library, got "shop-api", expected another name than shop-api or migrate; rename the container',
    ],
    [
      'the image of a container moves',
      { initContainers: [{ ...INIT, image: 'tools:latest' }] },
      'pod.initContainers.0.image has a tag that moves, got "latest", expected a version or commit; name the build that was tested',
    ],
    [
      'a variable of a container is a credential',
      { initContainers: [{ ...INIT, env: { SMTP_PASSWORD: 'hunter22' } }] },
      'pod.initContainers.0.env.SMTP_PASSWORD is named like a credential, expected no credential in configuration; keep it in the secret store and refer to its key, or name it in notCredentials if it is none',
    ],
    [
      'the migration lacks a volume of its container',
      {
        volumes: [{ name: 'a', configMap: 'a' }],
        sidecars: [{ ...PROXY, migration: true, volumeMounts: [{ name: 'a', mountPath: '/a' }] }],
      },
      'pod.sidecars.0.volumeMounts needs a volume that the migration does not have, got "a", expected a volume with migration: true; set it on the volume as well',
    ],
  ])('%s', (_, pod, messages) =>
    expect(rolling({ pod }).faults).toEqual(
      messages.split('\n').map((message) => `test/api/rolling: ${message}`),
    ),
  );

  test('an autoscaler cannot compute the use of a sidecar', () => {
    const sidecar = { ...PROXY, resources: { requests: {}, limits: { memory: '32Mi' } } };
    const autoscaling = { minReplicas: 2, maxReplicas: 3 };
    expect(rolling({ autoscaling, pod: { sidecars: [sidecar] } }).faults).toEqual([
      'test/api/rolling: pod.sidecars.0.resources.requests.cpu is missing beside an autoscaler, got nothing, expected a CPU request of every container; add it, or the autoscaler cannot compute the use',
    ]);
  });

  test('a variable is a secret of the workload as well', () => {
    const { faults } = api({
      secret: { name: 'shop', env: { A: 'a' } },
      workload: {
        strategy: 'rolling',
        revision: { ...REVISION, pod: { secretEnv: { A: secretKey } } },
      },
    });
    expect(faults).toEqual([
      `test/api/rolling: pod has a variable that is a secret of the workload, got "A", expected ${one}`,
    ]);
  });

  test('their keys are unknown, in JavaScript', () => {
    expect(rolling({ pod: { toleration: [] } as PodSettings }).faults).toEqual([
      'test/api: workload.revision.pod.toleration is not a known key; did you mean tolerations?',
    ]);
  });

  test.each<[string, Partial<SedaApiProps>, string]>([
    [
      'nobody answers names',
      { dnsPeers: [] },
      'test/api/network: dnsPeers is empty, got [], expected at least one name server; name it, or leave dnsPeers out',
    ],
    [
      'a name server is in two places',
      { dnsPeers: [{ namespace: 'a', cidr: '10.0.0.1/32' }] },
      'test/api/network: dnsPeers.0 needs one of two places, got {"namespace":"a","cidr":"10.0.0.1/32"}, expected namespace, with or without podLabels, or cidr; name one of them',
    ],
    [
      'every pod would be a client',
      { clientPods: [{}] },
      'test/api/network: clientPods.0 is empty, got {}, expected at least one label; none means every pod; name one',
    ],
    [
      'a family is there twice',
      { ipFamilies: ['ipv6' as never] },
      'test/api: ipFamilies is no list of families, got ["ipv6"], expected IPv4, IPv6 or both, each once; correct it',
    ],
    [
      'a family twice',
      { ipFamilies: ['IPv6', 'IPv6'] },
      'test/api: ipFamilies is no list of families, got ["IPv6","IPv6"], expected IPv4, IPv6 or both, each once; correct it',
    ],
    [
      'an identity has no key',
      { serviceAccountAnnotations: { '': 'a' } },
      'test/api: serviceAccountAnnotations has a key that is no annotation, got "", expected at most 63 letters, digits, "-", "_" and ".", after an optional domain and "/"; correct it',
    ],
  ])('%s', (_, change, message) => expect(api(change).faults).toEqual([message]));
});

describe('SedaIngress fails when', () => {
  const host = (value: string, problem: string, remedy: string) =>
    [
      { host: value },
      `host ${problem}, got "${value}", expected a lower-case host name such as api.example.com; ${remedy}`,
    ] as const;
  const gateway = { kind: 'gateway-api', gateway: { name: 'public', namespace: 'edge' } } as const;
  const annotation = { secretName: 'tls', issuer: 'ca', certificate: 'annotation' } as const;
  const elsewhere =
    "name the implementation of the Gateway in controller, or drop it and set the limit in the implementation's own policy";
  const envoy = { ...gateway, implementation: 'envoy-gateway' } as const;
  const standard = { kind: 'ingress', className: 'traefik', namespace: 'edge' } as const;
  const configured =
    'drop it, and set the limit where the controller is configured, or by its own annotations';

  test.each<[string, ...(readonly [Partial<SedaIngressProps>, string])]>([
    ['the host is missing', ...host('', 'is not a host', 'name the host')],
    [
      'the host has a scheme',
      ...host('https://api.shop.example', 'has a scheme', 'write the host alone'),
    ],
    [
      'the host has upper-case letters',
      ...host('API.shop.example', 'has upper-case letters', 'write it in lower case'),
    ],
    ['the host has one label', ...host('localhost', 'has a single label', 'write the full name')],
    [
      'the host has a label that is too long',
      ...host(
        `${'a'.repeat(64)}.example`,
        'has a label of over 63 characters',
        'shorten "aaaaaaaaaaaa..."',
      ),
    ],
    [
      'the host has other characters',
      ...host('api_1.shop.example', 'is not a host', 'use letters, digits, "-" and "." only'),
    ],
    [
      'nothing is public',
      { paths: [] },
      'paths is empty, got [], expected at least one prefix; name what is public',
    ],
    ['a path is none', { paths: ['/v1?x'] }, `paths is not a URL path, got "/v1?x", ${PATH}`],
    [
      'a blocked path is not public',
      { blockedPaths: ['/metrics'] },
      'blockedPaths is not below a public path, got "/metrics", expected a path below /v1; drop it, it is not reachable anyway',
    ],
    [
      'the rate is zero',
      { requestsPerSecond: 0 },
      `requestsPerSecond is out of range, got 0, ${numbers(1, 100000)}`,
    ],
    [
      'the timeout is a fraction',
      { requestTimeoutSeconds: 0.5 },
      `requestTimeoutSeconds is out of range, got 0.5, ${numbers(1, 3600)}`,
    ],
    [
      'the size is none',
      { maxBodySize: '10 MB' },
      'maxBodySize is not a size, got "10 MB", expected whole bytes from 1Ki to 10Gi, such as 10Mi; did you mean 10Mi?',
    ],
    [
      'a Gateway would have to limit the rate',
      { controller: gateway, requestsPerSecond: 5 },
      `requestsPerSecond cannot be expressed by the Gateway API, got 5, expected no value; ${elsewhere}`,
    ],
    [
      'a Gateway would have to limit the size',
      { controller: gateway, maxBodySize: '1Mi' },
      `maxBodySize cannot be expressed by the Gateway API, got "1Mi", expected no value; ${elsewhere}`,
    ],
    [
      'a Gateway would have to read the annotation',
      { controller: gateway, tls: annotation },
      'tls.certificate cannot be expressed by the Gateway API, got "annotation", expected no value; use "explicit", or annotate the Gateway',
    ],
    [
      'Envoy Gateway would have to round the size',
      { controller: envoy, maxBodySize: '1.5Mi' },
      'maxBodySize is no size that Envoy Gateway takes, got "1.5Mi", expected a whole number and a unit, such as 10Mi; write it without a fraction',
    ],
    [
      'the size for Envoy Gateway is none',
      { controller: envoy, maxBodySize: '10 MB' },
      'maxBodySize is not a size, got "10 MB", expected whole bytes from 1Ki to 10Gi, such as 10Mi; did you mean 10Mi?',
    ],
    [
      'a Gateway would have to read a certificate that is not there',
      { controller: { ...gateway, gateway: { ...gateway.gateway, readsCertificate: true } } },
      'controller.gateway.readsCertificate names a certificate that is not there, got true, expected nothing where tls is not set; set tls, or remove it',
    ],
    [
      'an Ingress would have to limit the rate',
      { controller: standard, requestsPerSecond: 5 },
      `requestsPerSecond cannot be expressed by an Ingress, got 5, expected no value; ${configured}`,
    ],
    [
      'an Ingress would have to limit the time',
      { controller: standard, requestTimeoutSeconds: 5 },
      `requestTimeoutSeconds cannot be expressed by an Ingress, got 5, expected no value; ${configured}`,
    ],
    [
      'an Ingress would have to refuse a path',
      { controller: standard, blockedPaths: ['/v1/metrics'] },
      'blockedPaths cannot be expressed by an Ingress, got ["/v1/metrics"], expected no value; serve it on a port of its own, refuse it in front of the controller, or choose another controller',
    ],
    [
      'an Ingress would have two issuers',
      { controller: standard, annotations: { 'cert-manager.io/cluster-issuer': 'ca' } },
      'annotations has one that a prop stands for, got "cert-manager.io/cluster-issuer", expected other annotations; use the prop tls',
    ],
    [
      'an Ingress names a namespace that is none',
      { controller: { ...standard, namespace: 'Edge' } },
      `controller.namespace is not a Kubernetes name, got "Edge", ${names(63)}`,
    ],
    ['the host is an address', ...host('10.0.0.1', 'is an address', 'write a name')],
    [
      'a path climbs',
      { paths: ['/v1/../v2'] },
      `paths is not a URL path, got "/v1/../v2", ${PATH}`,
    ],
    [
      'a blocked path only looks public',
      { blockedPaths: ['/v10'] },
      'blockedPaths is not below a public path, got "/v10", expected a path below /v1; drop it, it is not reachable anyway',
    ],
    [
      'a path is public and blocked',
      { blockedPaths: ['/v1'] },
      'blockedPaths is public, got "/v1", expected a path that is not in paths; take it out of one of them',
    ],
    [
      'the controller is in no namespace',
      { controller: { ...WAY_IN.controller, namespace: 'Edge' } },
      `controller.namespace is not a Kubernetes name, got "Edge", ${names(63)}`,
    ],
    [
      'a listener has no name',
      { controller: { ...gateway, gateway: { ...gateway.gateway, httpListener: 'a b' } } },
      `controller.gateway.httpListener is not a Kubernetes name, got "a b", ${names(63)}`,
    ],
    [
      'a route has too many rules',
      { controller: gateway, paths: Array.from({ length: 17 }, (_, index) => `/v${index}`) },
      'paths has too many entries for one HTTPRoute, with blockedPaths, got 17, expected at most 16; join them under shorter prefixes',
    ],
  ])('%s', (_, change, message) =>
    expect(ingress(change).faults).toEqual([`test/ingress: ${message}`]),
  );
});

describe('SedaMonitoring fails when', () => {
  test.each<[string, Partial<SedaMonitoringProps>, string]>([
    [
      'the level is unknown',
      { level: 'all' as MonitoringLevel },
      'level is not a monitoring level, got "all", expected console, basic, full, observability; choose one',
    ],
    ['the path is none', { path: 'metrics' }, `path is not a URL path, got "metrics", ${PATH}`],
    [
      'it scrapes every second',
      { intervalSeconds: 1 },
      `intervalSeconds is out of range, got 1, ${numbers(5, 120)}`,
    ],
    [
      'everything is promised',
      { serviceLevels: { availabilityPercent: 100 } },
      'serviceLevels.availabilityPercent is out of range, got 100, expected a number from 94 to below 100; below 94 the fast alert cannot fire, and 100 leaves no budget',
    ],
    [
      'no latency is promised',
      { serviceLevels: { latencySeconds: 0 } },
      "serviceLevels.latencySeconds is out of range, got 0, expected seconds above 0; name one of the histogram's buckets",
    ],
    [
      'a metric has no name of Prometheus',
      { metrics: { requestDuration: 'http-seconds' } },
      'metrics.requestDuration is not a Prometheus name, got "http-seconds", expected letters, digits, "_" and ":"; correct it',
    ],
    [
      'a label has a colon',
      { metrics: { statusLabel: 'http:code' } },
      'metrics.statusLabel is not a label, got "http:code", expected letters, digits and "_"; correct it',
    ],
    [
      'its own labels are none',
      { labels: { release: 'a b' } },
      `labels is not a label, got "release=a b", ${LABEL}`,
    ],
  ])('%s', (_, change, message) =>
    expect(monitoring(change).faults).toEqual([`test/monitoring: ${message}`]),
  );
});

describe('quantities', () => {
  const CPU = 'an amount of CPU';
  const CORES = 'cores from 1m to 16, such as 250m';
  const MEMORY = 'an amount of memory';
  const BYTES = 'whole bytes from 4Mi to 64Gi, such as 256Mi';
  const STORAGE = 'whole bytes from 1Mi to 1Ti, such as 256Mi';
  const BODY = 'whole bytes from 1Ki to 10Gi, such as 10Mi';
  const cpu = (text: unknown) =>
    rolling({ resources: { requests: { cpu: text as string }, limits: {} } });
  const memory = (text: unknown) =>
    rolling({ resources: { requests: {}, limits: { memory: text as string } } });
  const storage = (text: unknown) =>
    rolling({ resources: { requests: {}, limits: { 'ephemeral-storage': text as string } } });
  const folder = (text: unknown) => rolling({ writablePaths: { '/cache': text as string } });
  const body = (text: unknown) => ingress({ maxBodySize: text as string });
  const at = (construct: string, field: string, what: string, expected: string) =>
    [`${construct}: ${field} is not ${what}`, expected] as const;
  const KINDS = {
    cpu: [cpu, ...at('test/api/rolling', 'resources.requests.cpu', CPU, CORES)],
    memory: [memory, ...at('test/api/rolling', 'resources.limits.memory', MEMORY, BYTES)],
    storage: [
      storage,
      ...at('test/api/rolling', 'resources.limits.ephemeral-storage', 'a size', STORAGE),
    ],
    folder: [folder, ...at('test/api/rolling', 'writablePaths./cache', 'a size', STORAGE)],
    body: [body, ...at('test/ingress', 'maxBodySize', 'a size', BODY)],
  } as const;

  test.each<[keyof typeof KINDS, unknown, string | undefined]>([
    ['cpu', '250', '250m'],
    ['cpu', '17', '17m'],
    ['cpu', '250Mi', '250m'],
    ['cpu', '250 m', '250m'],
    ['cpu', '250M', '250m'],
    ['cpu', '2 cores', '2'],
    ['cpu', '0', undefined],
    ['cpu', '0.5m', '0.5'],
    ['cpu', '0.0001', undefined],
    ['cpu', '1.00005', undefined],
    ['cpu', 'half', undefined],
    ['cpu', 0.25, '"0.25"'],
    ['cpu', 250, '250m'],
    ['memory', '512m', '512Mi'],
    ['memory', '512', '512Mi'],
    ['memory', '512MB', '512Mi'],
    ['memory', '512mi', '512Mi'],
    ['memory', '512 Mi', '512Mi'],
    ['memory', '512K', '512Mi'],
    ['memory', '2gb', '2Gi'],
    ['memory', '512Gi', '512Mi'],
    ['memory', '1Mi', undefined],
    ['memory', '0.1Gi', '102Mi'],
    ['memory', '-512Mi', undefined],
    ['memory', '5e8', undefined],
    ['memory', '512Ei', '512Mi'],
    ['memory', '', undefined],
    ['memory', null, undefined],
    ['memory', 512, '512Mi'],
    ['storage', '64m', '64Mi'],
    ['storage', '1024', '1024Mi'],
    ['folder', '64m', '64Mi'],
    ['folder', '64', '64Mi'],
    ['folder', '1Ki', '1Mi'],
    ['folder', '2Pi', '2Mi'],
    ['body', '10m', '10Mi'],
    ['body', '10', '10Mi'],
    ['body', '10mb', '10Mi'],
    ['body', '100Gi', '100Mi'],
    ['body', '1.5', '1.5Mi'],
  ])('%s %j is refused, and %j was meant', (kind, value, meant) => {
    const [of, problem, expected] = KINDS[kind];
    const got = typeof value === 'number' ? String(value) : JSON.stringify(value);
    const remedy = meant === undefined ? 'correct it' : `did you mean ${meant}?`;
    expect(of(value).faults).toEqual([`${problem}, got ${got}, expected ${expected}; ${remedy}`]);
  });

  test.each<[keyof typeof KINDS, string]>([
    ['cpu', '1m'],
    ['cpu', '250m'],
    ['cpu', '1500m'],
    ['cpu', '0.5'],
    ['cpu', '0.001'],
    ['cpu', '16'],
    ['memory', '4Mi'],
    ['memory', '512Mi'],
    ['memory', '0.5Gi'],
    ['memory', '100.1M'],
    ['memory', '536870912'],
    ['memory', '500M'],
    ['memory', '64Gi'],
    ['storage', '1Gi'],
    ['folder', '1Mi'],
    ['folder', '256Mi'],
    ['body', '1Ki'],
    ['body', '10Mi'],
    ['body', '10000000'],
  ])('%s %s is permitted', (kind, value) => expect(KINDS[kind][0](value).faults).toEqual([]));

  test('whatever is permitted is whole, and what was meant is permitted', () => {
    const suffix = fc.constantFrom('', 'm', 'k', 'K', 'M', 'G', 'Ki', 'Mi', 'Gi', 'mb', ' Mi', 'x');
    const number = fc.oneof(
      fc.integer({ min: 0, max: 100_000 }).map(String),
      fc.double({ min: 0, max: 1000, noNaN: true }).map((value) => value.toFixed(3)),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(UNITS)),
        fc.tuple(number, suffix).map((parts) => parts.join('')),
        (unit, text) => {
          if (isGood(unit, text)) {
            const value = parseQuantity(text)! * (unit.step === 'one' ? 1 : 1000);
            expect(Math.abs(value - Math.round(value))).toBeLessThan(1e-3);
            return;
          }
          const meant = meantQuantity(unit, text);
          expect(meant === undefined || isGood(unit, meant)).toBe(true);
        },
      ),
    );
  });
});

describe('combinations that cannot work are refused, and both sides are named', () => {
  const KIB = 1024;
  const heap = (size: number) => ({ config: { NODE_OPTIONS: `--max-old-space-size=${size}` } });
  test.each<[string, Partial<ApiRevision>, string | undefined]>([
    [
      'an autoscaler without a CPU request',
      {
        autoscaling: { minReplicas: 2, maxReplicas: 4 },
        resources: { requests: { memory: '128Mi' }, limits: { memory: '256Mi' } },
      },
      'autoscaling never acts without a CPU request, got "no resources.requests.cpu", expected the amount of which targetCpuPercent is a share; add resources.requests.cpu or drop autoscaling',
    ],
    [
      'an autoscaler whose request is the limit',
      {
        autoscaling: { minReplicas: 2, maxReplicas: 4 },
        resources: { requests: {}, limits: { cpu: '1' } },
      },
      undefined,
    ],
    [
      'a folder beyond the limit that is the default',
      { writablePaths: { '/cache': '257Mi' } },
      'writablePaths./cache is larger than what the container may write in all, got "257Mi", expected at most 256Mi, its limit of ephemeral-storage; shrink it or raise resources.limits.ephemeral-storage',
    ],
    [
      'a folder beyond the limit that is given',
      {
        writablePaths: { '/cache': '2Gi' },
        resources: { requests: {}, limits: { 'ephemeral-storage': '1Gi' } },
      },
      'writablePaths./cache is larger than what the container may write in all, got "2Gi", expected at most 1Gi, its limit of ephemeral-storage; shrink it or raise resources.limits.ephemeral-storage',
    ],
    ['a folder as large as the limit', { writablePaths: { '/cache': '256Mi' } }, undefined],
    [
      'a folder inside of another',
      { writablePaths: { '/cache': '1Mi', '/cache/images': '1Mi' } },
      'writablePaths is inside of another one, got "/cache/images", expected folders side by side; drop it or /cache',
    ],
    [
      'folders that only look alike',
      { writablePaths: { '/cache': '1Mi', '/cache-images': '1Mi' } },
      undefined,
    ],
    [
      'a folder over the system',
      { writablePaths: { '/etc': '1Mi' } },
      'writablePaths would hide a folder of the system, got "/etc", expected a folder such as /var/cache; choose one that the image does not need',
    ],
    ['a folder below the system', { writablePaths: { '/var/cache': '1Mi' } }, undefined],
    [
      'a heap beyond the memory',
      heap(256),
      'config.NODE_OPTIONS lets the heap grow beyond the memory of the container, got "--max-old-space-size=256", expected less than the limit of 256Mi; lower it, or leave it out for three quarters of the limit',
    ],
    ['a heap within the memory', heap(255), undefined],
    [
      'a variable that no process can have',
      { config: { RULES: 'x'.repeat(128 * KIB - 6) } },
      'config.RULES is too long for a variable, got "131072 bytes", expected less than 131072; put it into a file of the image or a volume',
    ],
    ['a long variable', { config: { RULES: 'x'.repeat(128 * KIB - 7) } }, undefined],
    [
      'a variable with a NUL',
      { config: { MARK: 'a\0b' } },
      'config.MARK has a character that no variable can hold, expected text without NUL and without half of a pair of UTF-16; remove it',
    ],
    [
      'a variable with half a character',
      { config: { MARK: '\ud83d' } },
      'config.MARK has a character that no variable can hold, expected text without NUL and without half of a pair of UTF-16; remove it',
    ],
    ['a variable with a whole character', { config: { MARK: '\u{1f600}' } }, undefined],
    [
      'a ConfigMap that the API server refuses',
      {
        config: Object.fromEntries(
          Array.from({ length: 9 }, (_, index) => [`RULES_${index}`, 'x'.repeat(120 * KIB)]),
        ),
      },
      'config is too large for a ConfigMap, got "1105983 bytes", expected at most 1048576; put large files into the image or a volume',
    ],
    [
      'an image with a second digest',
      { image: `${IMAGE}@sha256:${'a'.repeat(64)}@sha256:${'b'.repeat(64)}` },
      `image has a malformed digest, got "sha256:${'a'.repeat(64)}@sha256:${'b'.repeat(64)}", expected "sha256:" and 64 lower-case hex digits; copy it whole`,
    ],
    [
      'a repository of 300 characters',
      { image: `${'a'.repeat(300)}:1` },
      'image has a repository that is too long, got 300 characters, expected at most 255; shorten it',
    ],
    [
      'a registry on no port',
      { image: 'shop.example.com:99999/api:1' },
      'image has a bad repository, got "shop.example.com:99999/api", expected lower-case host and path; correct the name',
    ],
    ['a repository of 255 characters', { image: `${'a'.repeat(255)}:1` }, undefined],
    [
      'a repository with two dots',
      { image: 'shop..example.com/api:1' },
      'image has a bad repository, got "shop..example.com/api", expected lower-case host and path; correct the name',
    ],
  ])('%s', (_, change, message) =>
    expect(rolling(change).faults).toEqual(
      message === undefined ? [] : [`test/api/rolling: ${message}`],
    ),
  );

  test.each<[string, Partial<SedaApiProps>, string | undefined]>([
    [
      'a privileged port',
      { port: 80 },
      'test/api: port is privileged, got 80, expected at least 1024, because the container runs without the capability NET_BIND_SERVICE; let the process listen on another port; clients use port 80 of the Service all the same',
    ],
    ['the first port that is not', { port: 1024 }, undefined],
    [
      'a check twice',
      { health: { readiness: '/ready', checks: ['database', 'database'] } },
      'test/api: health.checks has an entry twice, got "database", expected each one once; remove one of them',
    ],
    [
      'a client twice',
      { clientNamespaces: ['edge', 'edge'] },
      'test/api/network: clientNamespaces has an entry twice, got "edge", expected each one once; remove one of them',
    ],
    [
      'a port twice',
      { egress: [{ name: 'queue', ports: [5672, 5672] }] },
      'test/api/network: egress.queue.ports has an entry twice, got 5672, expected each one once; remove one of them',
    ],
    [
      'a destination twice',
      {
        egress: [
          { name: 'queue', ports: [5672] },
          { name: 'queue', ports: [5671] },
        ],
      },
      'test/api/network: egress has an entry twice, got "queue", expected each one once; remove one of them',
    ],
    [
      'a destination in two places',
      { egress: [{ name: 'queue', ports: [5672], namespace: 'edge', cidrs: ['10.0.0.0/8'] }] },
      'test/api/network: egress.queue is in more than one place, got ["namespace","cidrs"], expected podLabels, namespace or cidrs, of which one alone would count; make an entry of each',
    ],
    [
      'an address inside of its range',
      { egress: [{ name: 'queue', ports: [5672], cidrs: ['10.1.2.3/8'] }] },
      'test/api/network: egress.queue.cidrs is an address inside of a range, got "10.1.2.3/8", expected the first address of the range, or more bits; correct the address or the bits',
    ],
    [
      'an address inside of its range, IPv6',
      { egress: [{ name: 'queue', ports: [5672], cidrs: ['fd00::1/8'] }] },
      'test/api/network: egress.queue.cidrs is an address inside of a range, got "fd00::1/8", expected the first address of the range, or more bits; correct the address or the bits',
    ],
    [
      'one address',
      { egress: [{ name: 'queue', ports: [5672], cidrs: ['10.1.2.3/32', 'fd00::1/128'] }] },
      undefined,
    ],
    [
      'a migration whose program has no name',
      { egress: [{ name: 'database', ports: [5432] }], migration: { command: [''] } },
      'test/api/migration-rolling: migration.command is empty, got [""], expected a program and its arguments; name it or drop the migration',
    ],
    [
      'a path in the store that climbs',
      {
        secret: { name: 'shop', env: {} },
        secretStore: { name: 'vault', keyPrefix: 'shop/../other' },
      },
      'test/api/secrets: store.keyPrefix is not a path, got "shop/../other", expected segments joined by "/"; write it like seda/production',
    ],
    [
      'a store that is read without a pause',
      {
        secret: { name: 'shop', env: {} },
        secretStore: { name: 'vault', keyPrefix: 'shop', refreshInterval: '0s' },
      },
      'test/api/secrets: store.refreshInterval is not a duration, got "0s", expected hours, minutes and seconds such as 1h30m; correct it',
    ],
  ])('%s', (_, change, message) =>
    expect(api(change).faults).toEqual(message === undefined ? [] : [message]),
  );

  test('a path twice, with and without a slash at its end', () => {
    expect(ingress({ paths: ['/v1', '/v1/'] }).faults).toEqual([
      'test/ingress: paths has an entry twice, got "/v1", expected each one once; remove one of them',
    ]);
    expect(ingress({ paths: ['/v1', '/v10'] }).faults).toEqual([]);
  });

  test('a team without a name', () => {
    expect(monitoring({ team: '' }).faults).toEqual([
      'test/monitoring: team is empty, got "", expected the name of a team; name it or leave it out',
    ]);
  });

  test('a runbook that is no page', () => {
    expect(monitoring({ runbookUrl: 'docs.example.com/alerts' }).faults).toEqual([
      'test/monitoring: runbookUrl is not a URL, got "docs.example.com/alerts", expected one such as https://docs.example.com/a; did you mean https://docs.example.com/alerts?',
    ]);
  });

  test.each<[string, Partial<OtlpProps>, string]>([
    [
      'no URL',
      { endpoint: 'otel.example.com:4318' },
      'endpoint is not a URL, got "otel.example.com:4318", expected one such as https://docs.example.com/a; did you mean https://otel.example.com:4318?',
    ],
    [
      'gRPC',
      { endpoint: 'http://otel:4317' },
      'endpoint is the port of gRPC, got "http://otel:4317", expected the port of OTLP over HTTP; did you mean http://otel:4318?',
    ],
    [
      'a list',
      { environment: 'qa,team=shop' },
      'environment is not a value of an attribute, got "qa,team=shop", expected one word without ",", "=", ";" and "%"; correct it',
    ],
  ])('traces to %s', (_, change, message) => {
    const good = { endpoint: 'http://otel:4318', serviceName: 'shop-api', environment: 'qa' };
    expect(Object.keys(otlpSettings(good))).toHaveLength(5);
    expect(() => otlpSettings({ ...good, ...change })).toThrow(new PropsError(message));
  });

  test.each(['default', 'kube-system'])('the namespace %s', (name) => {
    expect(render((chart) => void new SedaNamespace(chart, 'namespace', { name })).faults).toEqual([
      `test/namespace: name belongs to Kubernetes, got "${name}", expected a namespace of its own; choose another name, for example that of the application`,
    ]);
  });
});

test('a migration that reads one key more of the same Secret finds it there', () => {
  const props = {
    secret: { name: 'shop', env: { DATABASE_URL: 'database-url', KEY: 'key' } },
    secretStore: { name: 'vault', keyPrefix: 'shop' },
    egress: [{ name: 'database', ports: [5432] }],
  };
  const keys = (migration: SedaApiProps['migration']) =>
    api({ ...props, migration })
      .ofKind('ExternalSecret')
      .map(({ metadata, spec }) => [
        metadata.name,
        spec.data.map(({ secretKey }: { secretKey: string }) => secretKey),
      ]);
  expect(keys({})).toEqual([['shop', ['database-url', 'key']]]);
  // Another key under the name of the same variable, as for a user that may change the schema.
  expect(keys({ secret: { name: 'shop', env: { DATABASE_URL: 'migration-url' } } })).toEqual([
    ['shop', ['database-url', 'key', 'migration-url']],
  ]);
  expect(keys({ secret: { name: 'owner', env: { DATABASE_URL: 'database-url' } } })).toEqual([
    ['shop', ['database-url', 'key']],
    ['owner', ['database-url']],
  ]);
});
