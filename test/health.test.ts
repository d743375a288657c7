import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import dns from 'node:dns';
import { createServer as createSecureServer, globalAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { health, type HealthOptions, healthVerdict, urlFaults } from '../ops/health';
import { addressFaults } from '../ops/health-request';
import { selfSigned, type TestCertificate } from './certificate';
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
  let address: string;
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
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    url = `http://${address}`;
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
      'gave no answer: the connection was cut (ECONNRESET)',
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

  test('says that DNS does not know the host', async () => {
    const lookup = jest
      .spyOn(dns, 'lookup')
      .mockImplementation(((_host: string, _options: object, callback: (error: Error) => void) =>
        callback(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }))) as never);
    const { attempts } = await look({ url: undefined });
    expect(lookup.mock.calls[0]![0]).toBe('api-qa.seda.fm');
    expect(attempts).toEqual([
      {
        milliseconds: 0,
        database: false,
        says: 'gave no answer: DNS does not know the host (ENOTFOUND)',
        remedy: 'create the DNS record that leads to the ingress, or correct the domain',
      },
    ]);
  });

  test('asks by http where there is no certificate, and exactly the path that is given', async () => {
    const asked: string[] = [];
    answer = (request, response) => {
      asked.push(`${request.headers.host}${request.url}`);
      says(response, 200, GOOD);
    };
    await look({ url: undefined, address }, 'development');
    await look({ url: `${url}/other?full=1` });
    expect(asked).toEqual(['localhost:3001/api/v1/health', `${address}/other?full=1`]);
  });

  describe('by HTTPS', () => {
    const HOST = 'api-qa.seda.fm';
    const DESCRIBE = 'kubectl --namespace=seda-qa describe certificate';
    const NEXT_YEAR = new Date(Date.now() + 100 * 24 * 60 * 60 * 1000);
    let names: (string | undefined)[];

    /** Asks qa for its health at an address that has such a certificate. */
    async function lookAt(
      { cert, key }: TestCertificate,
      trusted = true,
      options: Partial<HealthOptions> = {},
    ) {
      names = [];
      const secure = createSecureServer({ cert, key }, (request, response) => {
        names.push((request.socket as TLSSocket).servername as string, request.headers.host);
        says(response, 200, GOOD);
      });
      await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
      const { port } = secure.address() as AddressInfo;
      if (trusted) globalAgent.options.ca = cert;
      try {
        const result = await look({ url: undefined, address: `127.0.0.1:${port}`, ...options });
        return { port, result };
      } finally {
        delete globalAgent.options.ca;
        secure.closeAllConnections();
        secure.close();
      }
    }

    test('a new way in answers at its address before DNS leads there, for the host of the environment', async () => {
      const lookup = jest.spyOn(dns, 'lookup');
      const { port, result } = await lookAt(selfSigned(HOST, NEXT_YEAR));
      expect(names).toEqual([HOST, HOST]);
      expect(lookup.mock.calls.map(([host]) => host)).not.toContain(HOST);
      expect(healthVerdict(result)).toBe(
        `qa: healthy, https://${HOST}/api/v1/health at 127.0.0.1:${port} answers 200, database up in 0 ms, colour unknown, version unknown`,
      );
    });

    test.each<[string, TestCertificate, boolean, string, string]>([
      [
        'CERT_HAS_EXPIRED',
        selfSigned(HOST, new Date('2026-01-01')),
        true,
        'the certificate has expired',
        `renew it; ${DESCRIBE}`,
      ],
      [
        'ERR_TLS_CERT_ALTNAME_INVALID',
        selfSigned('api.seda.fm', NEXT_YEAR),
        true,
        'the certificate is for another host',
        `correct the domain or the names in it; ${DESCRIBE}`,
      ],
      [
        'DEPTH_ZERO_SELF_SIGNED_CERT',
        selfSigned(HOST, NEXT_YEAR),
        false,
        'this machine does not trust who signed the certificate',
        `it may not be issued yet, or a private CA belongs in NODE_EXTRA_CA_CERTS; ${DESCRIBE}`,
      ],
    ])('explains %s', async (code, certificate, trusted, means, remedy) => {
      const { port, result } = await lookAt(certificate, trusted);
      const found = `gave no answer: ${means} (${code})`;
      expect(healthVerdict(result)).toBe(
        `qa: not healthy after 1 attempt, https://${HOST}/api/v1/health at 127.0.0.1:${port} ${found}, expected 200 and database up; ${remedy}; next: seda doctor qa`,
      );
    });

    test('says that the port speaks no TLS', async () => {
      answer = (_, response) => says(response, 200, GOOD);
      const { attempts } = await look({ url: undefined, address });
      expect(attempts[0]!.remedy).toBe('ask by http://, or give the port that speaks TLS');
    });
  });

  test.each([
    ['10.0.0.7', []],
    ['10.0.0.7:8443', []],
    ['lb.example.com', []],
    ['2001:db8::7', []],
    ['[2001:db8::7]:8443', []],
    ...['https://10.0.0.7', '10.0.0.7:0', '10.0.0.7:70000', '[10.0.0.7]', 'a/b', ''].map(
      (bad): [string, string[]] => [
        bad,
        [
          `health: address is no address to connect to, got "${bad}", expected HOST or IP, and :PORT where it is another one, such as 203.0.113.7 or [2001:db8::7]:8443; correct it`,
        ],
      ],
    ),
  ])('the address %s', (given, faults) => expect(addressFaults(given)).toEqual(faults));

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
