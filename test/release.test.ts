import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'yaml';
import { GATE_SCRIPT } from '../lib/gate-script';
import { editRecord } from '../ops/record';
import { type Result, runProgram } from './kit';

describe('a record', () => {
  const text =
    '# what runs\nactive: blue # since Monday\nblue:\n  image: "a:1"\n  config: { A: "1", B: x }\n\n# idle\ngreen:\n  image: a:0\n';

  test('is as it was when nothing changes', () => {
    expect(
      editRecord(text, {
        active: 'blue',
        blue: { image: 'a:1', config: { A: '1', B: 'x' } },
        green: { image: 'a:0' },
      }),
    ).toBe(text);
  });

  test('has lists, and no alias for what is there twice', () => {
    const resources = { requests: { cpu: '10m' } };
    const pod = {
      sidecars: [
        { name: 'a', resources },
        { name: 'b', resources },
      ],
    };
    const record = editRecord(text, {
      active: 'blue',
      blue: { image: 'a:1', config: { A: '1', B: 'x' } },
      green: { image: 'a:0', pod },
    });
    expect(record).not.toContain('*');
    expect(parse(record).green).toEqual({ image: 'a:0', pod });
  });

  test('keeps comments, order and quotes of what stays', () => {
    expect(
      editRecord(text, {
        active: 'green',
        blue: { image: 'a:2', config: { A: '2' } },
        green: { image: 'a:0', replicas: 3 },
      }),
    ).toBe(
      '# what runs\nactive: green # since Monday\nblue:\n  image: "a:2"\n  config: { A: "2" }\n\n# idle\ngreen:\n  image: a:0\n  replicas: 3\n',
    );
  });
});

describe('the gate', () => {
  const servers: Server[] = [];
  const answer: { status: number; body: object } = { status: 200, body: {} };
  let port: number;

  beforeAll(async () => {
    for (const host of ['127.0.0.1', '127.0.0.2']) {
      const server = createServer((_, response) =>
        response.writeHead(answer.status).end(JSON.stringify(answer.body)),
      );
      await new Promise<void>((resolve) =>
        server.listen(servers.length === 0 ? 0 : port, host, resolve),
      );
      port = (server.address() as AddressInfo).port;
      servers.push(server);
    }
  });
  afterAll(() => servers.forEach((server) => server.close()));

  interface Gate {
    readonly env: Record<string, string>;
    /** Addresses by name, or the error of the name server. */
    readonly names: Record<string, string[] | string | undefined>;
  }

  function given(
    addresses: string[],
    floor: number,
    status: number,
    body: object,
    other?: string[] | string,
    checks = ['database'],
  ): Gate {
    Object.assign(answer, { status, body });
    const env = {
      GATE_HOST: 'pods',
      GATE_PORT: String(port),
      GATE_PATH: '/health',
      GATE_FLOOR: String(floor),
      GATE_SECONDS: '0',
      ...(checks.length > 0 ? { GATE_CHECKS: checks.join() } : {}),
      ...(other ? { GATE_OTHER: 'other' } : {}),
    };
    return { env, names: { pods: addresses, other } };
  }

  type Lookup = (
    name: string,
    options: { readonly family: number },
  ) => Promise<{ address: string; family: number }[]>;

  /** The script with another name server, and with a clock by which its time is up after the first look. */
  function gate(...args: Parameters<typeof given>): Promise<Result> {
    const { env, names } = given(...args);
    const lookup: Lookup = async (name, { family }) => {
      const found = names[name.split('.')[0]!];
      if (!Array.isArray(found) || family === 6)
        throw Object.assign(new Error(), { code: Array.isArray(found) ? 'ENOTFOUND' : found });
      return found.map((address) => ({ address, family }));
    };
    const modules: Record<string, unknown> = {
      'node:dns/promises': { lookup },
      'node:fs': { readFileSync: () => 'search shop.svc.cluster.local' },
      'node:timers/promises': { setTimeout: () => new Promise(() => {}) },
    };
    let [stdout, now] = ['', 0];
    return new Promise((resolve) => {
      const scope = {
        require: (name: string) => modules[name],
        process: { env, exit: (code: number) => resolve({ code, stdout, stderr: '' }) },
        console: { log: (text: string) => (stdout += `${text}\n`) },
        Date: { now: () => now++ },
        AbortSignal: { timeout: () => undefined },
      };
      new Function(...Object.keys(scope), GATE_SCRIPT)(...Object.values(scope));
    });
  }

  const both = ['127.0.0.2', '127.0.0.1'];

  test.each<[string, object]>([
    ['checks.database', { checks: { database: true } }],
    ['the form of Terminus', { status: 'ok', details: { database: { status: 'up' } } }],
    [
      'its part of what is well alone',
      { status: 'ok', info: { database: { status: 'up' } }, details: {} },
    ],
  ])('opens when every pod is good, by %s', async (_, body) => {
    expect(await gate(both, 2, 200, body)).toEqual({
      code: 0,
      stderr: '',
      stdout:
        '2 of 2 pods are good\n127.0.0.1 answers 200, database up\n127.0.0.2 answers 200, database up\n',
    });
  });

  test('opens for the status alone where nothing must be up', async () => {
    expect(await gate(['127.0.0.1'], 1, 200, 'well' as never, undefined, [])).toEqual({
      code: 0,
      stderr: '',
      stdout: '1 of 1 pods are good\n127.0.0.1 answers 200\n',
    });
  });

  test('asks for everything that must be up', async () => {
    expect(
      await gate(['127.0.0.1'], 1, 200, { checks: { database: true, redis: false } }, undefined, [
        'database',
        'redis',
      ]),
    ).toEqual({
      code: 1,
      stderr: '',
      stdout: '0 of 1 pods are good\n127.0.0.1 answers 200, database up, redis not up\n',
    });
  });

  test('runs with Node alone, as the Job runs it', async () => {
    const { env } = given(['127.0.0.1'], 1, 200, { checks: { database: true } });
    const dns = `require('node:dns/promises').lookup = async (_, { family }) => [{ address: '127.0.0.1', family: 4 }].filter((found) => found.family === family);`;
    expect(await runProgram([process.execPath, '-e', dns + GATE_SCRIPT], { env })).toEqual({
      code: 0,
      stderr: '',
      stdout: '1 of 1 pods are good\n127.0.0.1 answers 200, database up\n',
    });
  });

  // An autoscaler has not acted yet when an environment starts for the first time.
  test.each<[string, string[] | string, number, string]>([
    [
      'opens for one pod where the other colour has none',
      'ENOTFOUND',
      0,
      '1 of 1 pods are good\n127.0.0.1 answers 200, database up\n',
    ],
    [
      'stays shut where the other colour serves',
      ['127.0.0.2'],
      1,
      '1 of 3 pods are good\n127.0.0.1 answers 200, database up\n',
    ],
    [
      'stays shut where nobody can tell',
      'EAI_AGAIN',
      1,
      '1 of 3 pods are good\n127.0.0.1 answers 200, database up\nother cannot be looked up: EAI_AGAIN\n',
    ],
  ])('of a colour that is scaled %s', async (_, other, code, stdout) => {
    expect(await gate(['127.0.0.1'], 3, 200, { checks: { database: true } }, other)).toEqual({
      code,
      stderr: '',
      stdout,
    });
  });

  test.each<[string, string[], number, number, object, string]>([
    [
      'there are too few pods',
      both,
      3,
      200,
      { checks: { database: true } },
      '2 of 3 pods are good\n127.0.0.1 answers 200, database up\n127.0.0.2 answers 200, database up\n',
    ],
    ['there are none', [], 2, 200, {}, '0 of 2 pods are good\n'],
    [
      'a pod has no database',
      both,
      2,
      200,
      { checks: { database: false } },
      '0 of 2 pods are good\n127.0.0.1 answers 200, database not up\n127.0.0.2 answers 200, database not up\n',
    ],
    [
      'a pod answers an error',
      both,
      2,
      503,
      { checks: { database: true } },
      '0 of 2 pods are good\n127.0.0.1 answers 503, database up\n127.0.0.2 answers 503, database up\n',
    ],
    [
      'a pod does not answer',
      [...both, '127.0.0.3'],
      2,
      200,
      { checks: { database: true } },
      '2 of 2 pods are good\n127.0.0.1 answers 200, database up\n127.0.0.2 answers 200, database up\n127.0.0.3 does not answer: ECONNREFUSED\n',
    ],
  ])(
    'stays shut when %s, and says which pod answered what',
    async (_, addresses, floor, status, body, stdout) => {
      expect(await gate(addresses, floor, status, body)).toEqual({ code: 1, stderr: '', stdout });
    },
  );
});
