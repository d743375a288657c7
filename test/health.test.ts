import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { health, type HealthOptions, healthVerdict, urlFaults } from '../ops/health';
import { Project } from './kit';
import { TestClock } from './test-clock';

// The settings of the project are bundled once, and not for each look.
jest.mock('esbuild', () => {
  const esbuild = jest.requireActual<typeof import('esbuild')>('esbuild');
  const { remembering } = jest.requireActual<typeof import('./bundles')>('./bundles');
  return { ...esbuild, buildSync: remembering(esbuild.buildSync) };
});

const GOOD = { checks: { database: true } };

describe('seda health', () => {
  let project: Project;
  let clock: TestClock;
  let server: Server;
  let url: string;
  let answer: RequestListener;
  let lines: string[];
  const look = (options: Partial<HealthOptions> = {}, name = 'qa') =>
    health(
      { cwd: project.root, clock },
      name,
      { url, attempts: 1, intervalSeconds: 10, timeoutSeconds: 3, ...options },
      (line) => lines.push(line),
    );
  const says = (response: ServerResponse, status: number, body: object | string, headers = {}) =>
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

  beforeAll(async () => {
    project = await Project.onFirstDay();
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    lines = [];
    clock = new TestClock();
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => (server.closeAllConnections(), server.close()));

  test.each<[string, object]>([
    ['checks.database', GOOD],
    ['details of Terminus', { status: 'ok', details: { database: { status: 'up' } } }],
    ['info of Terminus', { status: 'ok', info: { database: { status: 'up' } }, details: {} }],
  ])('is content with %s', async (_, body) => {
    answer = ({ url: path }, response) => {
      clock.advance(12);
      says(response, path === '/api/v1/health' ? 200 : 404, body);
    };
    const result = await look();
    expect(result).toEqual({
      environment: 'qa',
      url: `${url}/api/v1/health`,
      healthy: true,
      attempts: [
        {
          status: 200,
          milliseconds: 12,
          database: true,
          says: 'answers 200, database up',
        },
      ],
    });
    expect(lines).toEqual(['attempt 1 of 1: answers 200, database up']);
    expect(healthVerdict(result)).toMatch(
      /^qa: healthy, http:\S+\/api\/v1\/health answers 200, database up in 12 ms, colour unknown, version unknown$/,
    );
  });

  test.each<[string, object, object]>([
    ['headers', GOOD, { 'x-seda-colour': 'green', 'x-seda-version': '1.5.0' }],
    ['fields of the body', { ...GOOD, colour: 'green', version: '1.5.0' }, {}],
  ])('says who answered, by %s', async (_, body, headers) => {
    answer = (_request, response) => says(response, 200, body, headers);
    const result = await look();
    expect(result).toMatchObject({ colour: 'green', version: '1.5.0' });
    expect(healthVerdict(result)).toMatch(/ms, colour green, version 1\.5\.0$/);
  });

  test('shows no word that could steer a terminal', async () => {
    answer = (_request, response) =>
      says(response, 200, { ...GOOD, colour: '\u001b[2J', version: 15 });
    expect(healthVerdict(await look())).toMatch(/colour unknown, version unknown$/);
  });

  test('asks again until the answer is good', async () => {
    let asked = 0;
    answer = (_request, response) => says(response, ++asked < 3 ? 503 : 200, GOOD);
    const start = clock.now();
    const result = await look({ attempts: 5 });
    expect(clock.now() - start).toBe(20_000);
    expect(result.attempts.map(({ status }) => status)).toEqual([503, 503, 200]);
    expect(lines).toEqual([
      'attempt 1 of 5: answers 503, database up; asks again in 10 s',
      'attempt 2 of 5: answers 503, database up; asks again in 10 s',
      'attempt 3 of 5: answers 200, database up',
    ]);
  });

  test.each<[string, RequestListener, string, string]>([
    [
      'the database is down',
      (_, response) => says(response, 200, { checks: { database: false } }),
      'answers 200, database not up',
      'look at the database and at DATABASE_URL in the Secret; ',
    ],
    [
      'the database is not spoken of',
      (_, response) => says(response, 200, { checks: null }),
      'answers 200, database not up',
      'look at the database and at DATABASE_URL in the Secret; ',
    ],
    [
      'a page answers',
      (_, response) => says(response, 502, '<h1>Bad Gateway</h1>\u009b'),
      'answers 502, no JSON object but "<h1>Bad Gateway</h1>\\u009b"',
      'the ingress may have no ready pod; look at the pods; ',
    ],
    [
      'JSON answers that is no object',
      (_, response) => says(response, 200, 'true'),
      'answers 200, no JSON object but "true"',
      '',
    ],
    [
      'it is redirected',
      (_, response) => says(response, 308, GOOD, { location: 'https://api-qa.seda.fm/' }),
      'answers 308, a redirect to https://api-qa.seda.fm/',
      'ask by --url what it redirects to, or correct the ingress; ',
    ],
    [
      'the connection is cut',
      (request) => void request.socket.destroy(),
      'gave no answer: the connection was cut (UND_ERR_SOCKET)',
      'look at the ingress controller and at restarts of the pods; ',
    ],
    [
      'it hangs',
      () => clock.advance(3000),
      'gave no answer within 3 s',
      'look at the load of the pods and the database; ',
    ],
    [
      'it hangs in the middle',
      (_, response) => {
        response.writeHead(200).write('{');
        clock.advance(3000);
      },
      'gave no answer within 3 s',
      'look at the load of the pods and the database; ',
    ],
  ])('is not content when %s', async (_, listener, found, remedy) => {
    answer = listener;
    const result = await look();
    expect(result.healthy).toBe(false);
    expect(lines).toEqual([`attempt 1 of 1: ${found}`]);
    expect(healthVerdict(result)).toBe(
      `qa: not healthy after 1 attempt, ${url}/api/v1/health ${found}, expected 200 and database up; ${remedy}next: seda doctor qa`,
    );
  });

  test('says that nothing listens', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const { attempts } = await look({ url: `http://127.0.0.1:${port}`, attempts: 2 });
    expect(attempts.map(({ says }) => says)).toEqual(
      Array(2).fill('gave no answer: nothing listens there (ECONNREFUSED)'),
    );
  });

  // No name server and no certificate authority is at hand.
  test.each<[string, string, string]>([
    [
      'ENOTFOUND',
      'DNS does not know the host',
      'create the DNS record that leads to the ingress, or correct the domain',
    ],
    [
      'CERT_HAS_EXPIRED',
      'the certificate has expired',
      'renew it; kubectl --namespace=seda-qa describe certificate',
    ],
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'this machine does not trust who signed the certificate',
      'it may not be issued yet, or a private CA belongs in NODE_EXTRA_CA_CERTS; kubectl --namespace=seda-qa describe certificate',
    ],
  ])('explains %s', async (code, means, remedy) => {
    const fetch = jest
      .spyOn(globalThis, 'fetch')
      .mockRejectedValue(new TypeError('fetch failed', { cause: { code } }));
    const { attempts } = await look({ url: undefined });
    expect(attempts).toEqual([
      {
        milliseconds: 0,
        database: false,
        says: `gave no answer: ${means} (${code})`,
        remedy,
      },
    ]);
    expect(fetch.mock.calls[0]![0]).toBe('https://api-qa.seda.fm/api/v1/health');
  });

  test('asks by http where there is no certificate, and exactly the path that is given', async () => {
    const fetch = jest.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'));
    await look({ url: undefined }, 'development');
    await look({ url: 'http://127.0.0.1/other?full=1' });
    expect(fetch.mock.calls.map(([asked]) => asked)).toEqual([
      'http://localhost:3001/api/v1/health',
      'http://127.0.0.1/other?full=1',
    ]);
  });

  test('reads no more of an answer without an end than a health may have', async () => {
    let sent = 0;
    answer = (_, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384))) sent += 16_384;
        response.once('drain', more);
      };
      more();
    };
    const result = await look();
    expect(result.attempts).toEqual([
      {
        status: 200,
        milliseconds: 0,
        database: false,
        says: 'answers 200 with more than 64 KiB, which is no health',
        remedy: 'look at the path and at the rules of the ingress',
      },
    ]);
    expect(sent).toBeLessThan(2 ** 24);
  });

  test('takes a web address without credentials, and shows none', () => {
    expect(urlFaults('ftp://api')).toEqual([
      'health: url is not a web address, got "ftp://api", expected http://... or https://...; correct it',
    ]);
    expect(urlFaults('https://a:b@api')).toEqual([
      'health: url holds credentials, expected none; leave them out, health needs none',
    ]);
    expect([urlFaults(undefined), urlFaults('http://localhost:8080')]).toEqual([[], []]);
  });

  test('knows no other environment', async () => {
    await expect(look({}, 'nowhere')).rejects.toThrow(
      'unknown environment "nowhere", expected one of development, qa, sandbox, production',
    );
  });
});
