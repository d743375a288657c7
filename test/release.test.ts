import { createServer, type Server } from 'node:http';
import * as fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import { parse } from 'yaml';
import { GATE_SCRIPT } from '../lib/gate-script';
import { editRecord } from '../ops/record';
import { image } from './fixtures';
import { Project, type Result, runProgram } from './kit';

describe('seda release', () => {
  let project: Project;
  const seda = (...args: string[]) => project.seda(['release', ...args]);
  const read = (file: string) => project.read(file);
  const git = (...args: string[]) => project.git(...args);
  const check = (...args: string[]) => project.seda(['check', ...args]);
  /** Lines that differ between two texts of equal length. */
  const changed = (before: string, after: string) =>
    after.split('\n').filter((line, index) => line !== before.split('\n')[index]);

  beforeAll(async () => {
    project = await Project.onFirstDay();
  });

  test('draws the picture of the environment again, where the documents show it', async () => {
    expect((await seda('stage', 'qa', '--image', image('9.0.0'))).stdout).not.toContain('docs/');
    project.write('docs/qa.svg', '');
    const { stdout } = await seda('stage', 'qa', '--image', image('9.0.1'));
    expect(stdout.trimEnd().split('\n').slice(-2)).toEqual([
      'changed  docs/qa.svg',
      'next: commit these files; merge',
    ]);
    expect(read('docs/qa.svg')).toBe((await project.seda('graph qa')).stdout);
    expect(read('docs/qa.svg')).toContain('>image seda-api:9.0.1</text>');
    expect((await seda('stage', 'qa', '--image', image('9.0.2'), '--dry-run')).code).toBe(0);
    expect(read('docs/qa.svg')).not.toContain('9.0.2');
    // What was released stays so, whatever becomes of its picture.
    fs.rmSync(project.path('docs/qa.svg'));
    fs.mkdirSync(project.path('docs/qa.svg'));
    const undrawn = await seda('stage', 'qa', '--image', image('9.0.3'));
    expect(undrawn).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('docs/qa.svg was not drawn again: EISDIR'),
    });
    expect(undrawn.stdout).toMatch(/next: commit these files; merge\n$/);
    fs.rmSync(project.path('docs'), { recursive: true });
  });

  test('carries an image from qa to production, and back', async () => {
    expect(await seda('stage', 'qa', '--image', image('9.1.0'))).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(await seda('stage', 'production', '--from', 'qa')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('takes images from sandbox'),
    });
    expect(await seda('stage', 'sandbox', '--from', 'qa')).toMatchObject({ code: 0 });

    const record = read('environments/production.release.yaml');
    const dry = await seda('stage', 'production', '--from', 'sandbox', '--dry-run');
    expect(dry).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing was written: this was a dry run\n'),
    });
    expect(read('environments/production.release.yaml')).toBe(record);

    project.commit('before');
    const staged = await seda('stage', 'production', '--from', 'sandbox');
    // What a reviewer reads: few lines in the record, and in dist/ the idle colour alone.
    expect(
      git('diff', '--numstat', '--', 'environments')
        .split('\t')
        .slice(0, 2)
        .map(Number)
        .reduce((sum, lines) => sum + lines),
    ).toBeLessThanOrEqual(12);
    expect(
      git('diff', '--name-only')
        .split('\n')
        .filter(
          (file) =>
            file &&
            !/^(environments\/production\.release|dist\/production\/(00-namespace|10-config|20-api)\.k8s)\.yaml$/.test(
              file,
            ),
        ),
    ).toEqual([]);
    expect(await check('--base', 'HEAD')).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('is staged with 9.1.0; traffic stays on'),
    });
    project.commit('stage');
    expect(staged.stdout).toMatch(
      /^production: (blue|green) is staged with 9\.1\.0; traffic stays on (blue|green) /,
    );
    const traffic = read('dist/production/30-traffic.k8s.yaml');
    const warm = read('environments/production.release.yaml');
    expect(warm.split('\n').filter((line) => line.startsWith('#'))).toEqual(
      record.split('\n').filter((line) => line.startsWith('#')),
    );

    expect(await seda('promote', 'production')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('changed  dist/production/30-traffic.k8s.yaml\n'),
    });
    const promoted = read('environments/production.release.yaml');
    expect(changed(warm, promoted)).toEqual([expect.stringMatching(/^active: /)]);
    expect(changed(traffic, read('dist/production/30-traffic.k8s.yaml'))).toEqual([
      expect.stringContaining('version: '),
      expect.stringContaining('version: '),
    ]);
    // One line of the record, one selector a switched Service, and the waves that the colours exchange: nothing else.
    expect(git('diff', '--numstat', '--', 'environments')).toBe(
      '1\t1\tenvironments/production.release.yaml\n',
    );
    const lines = git('diff', '--unified=0', '--', 'dist')
      .split('\n')
      .filter((line) => /^\+ /.test(line))
      .map((line) => line.slice(1).trim());
    expect(lines.filter((line) => /^version: (blue|green)$/.test(line))).toHaveLength(2);
    expect(lines.filter((line) => line.startsWith('argocd.argoproj.io/sync-wave: '))).toHaveLength(
      4,
    );
    expect(lines).toHaveLength(6);
    expect(await seda('promote', 'production')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing is staged'),
    });
    expect(await check('--base', 'HEAD')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('production: traffic moves from '),
    });
    // An environment keeps its namespace when its folder gets another name, or was one file in an older layout.
    const moved = (from: string, to: string) =>
      fs.renameSync(project.path(`dist/${from}`), project.path(`dist/${to}`));
    moved('qa', 'testing');
    const { code, stdout } = await check('--base', 'HEAD');
    expect(stdout).toContain('testing: was called qa\n');
    // What is rendered is the same; what applies it still looks into the old folder.
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining(
        'argocd: refused, file-not-applied: Application/seda-qa: it applies dist/qa, in which nothing is rendered; ',
      ),
    ]);
    moved('testing', 'qa');
    expect(await check('--base', 'nowhere')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'git has no commit "nowhere"; expected a branch, a tag or a commit; to see the branches: git branch --all\n',
    });

    // Another release makes the outgoing colour a real one, to which there is a way back.
    project.commit('promote');
    await seda('stage', 'qa', '--image', image('9.2.0'));
    await seda('stage', 'sandbox', '--from', 'qa');
    expect(await seda('stage', 'production', '--from', 'sandbox', '--promote')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('9.2.0; back: seda release rollback production'),
    });
    const { verdicts } = JSON.parse((await check('--base', 'HEAD', '--json')).stdout);
    expect(
      verdicts.find(({ environment }: { environment: string }) => environment === 'production')
        .refusals,
    ).toContainEqual(expect.objectContaining({ rule: 'colour-not-staged' }));
    const served = read('dist/production/20-api.k8s.yaml');
    expect(await seda('rollback', 'production')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('9.1.0; forward again'),
    });
    expect(await seda('promote', 'production')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('9.2.0 was rolled back; '),
    });
    expect((await seda('status', 'production')).stdout).toContain(' rolled back ');
    expect(await seda('promote', 'production', '--again')).toMatchObject({ code: 0 });
    expect(read('dist/production/20-api.k8s.yaml')).toBe(served);
    expect(await seda('retire', 'production')).toMatchObject({ code: 0 });
    expect(await seda('rollback', 'production')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('has no pods; warm it first: '),
    });

    const status = JSON.parse((await seda('status', 'production', '--json')).stdout);
    expect(status[0].differs).toContain('image');
    expect((await seda('status', 'production')).stdout).toContain(
      'production: the colours differ in ',
    );
    expect(status[0].slots.map(({ role }: { role: string }) => role).sort()).toEqual([
      'empty',
      'serves',
    ]);
  });

  test('a contraction is one on the whole way to production, and waits there for the release that expanded', async () => {
    const migration = (file: string) =>
      /^ *migration: (\w+)$/m.exec(read(`environments/${file}.release.yaml`))?.[1];
    const bring = async (version: string, ...args: string[]) => {
      await seda('stage', 'qa', '--image', image(version), ...args);
      await seda('stage', 'sandbox', '--from', 'qa');
      return seda('stage', 'production', '--from', 'sandbox');
    };
    expect(await bring('9.4.0')).toMatchObject({ code: 0 });
    expect(await bring('9.5.0', '--migration', 'contract')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^production: \w+ 9\.2\.0, release \d+, is older than release \d+, which expanded the schema, and may need what a contraction takes away; /,
      ),
    });
    expect(['qa', 'sandbox'].map(migration)).toEqual(['contract', 'contract']);
    // Whoever knows better says so, in words.
    expect(
      await seda('stage', 'production', '--from', 'sandbox', '--migration', 'none', '--dry-run'),
    ).toMatchObject({ code: 0 });
    await seda('promote', 'production');
    expect(await seda('stage', 'production', '--from', 'sandbox')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('is staged with 9.5.0'),
    });
    expect(read('environments/production.release.yaml')).toContain('migration: contract');
    expect(read('dist/production/20-api.k8s.yaml')).toContain('seda.fm/migration: contract');
  });

  test('a fault leaves record and dist/ as they were', async () => {
    const before = [read('environments/qa.release.yaml'), read('dist/qa/20-api.k8s.yaml')];
    const settings = read('environments/sandbox.ts');
    project.edit('environments/sandbox.ts', /domain: '[^']+'/, "domain: 'API'");
    expect(await seda('stage', 'qa', '--image', image('9.3.0'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('sandbox: domain has upper-case letters'),
    });
    project.write('environments/sandbox.ts', settings);
    expect([read('environments/qa.release.yaml'), read('dist/qa/20-api.k8s.yaml')]).toEqual(before);
  });

  test.each([
    [
      ['stage', 'nowhere', '--image', 'x'],
      2,
      'unknown environment "nowhere", expected one of development, qa, sandbox, production\n',
    ],
    [['stage', 'qa'], 2, 'nothing to stage: give --image REF or --from ENV\n'],
    [['promote'], 2, "error: missing required argument 'env'\n"],
    [
      ['stage', 'qa', '--image', 'x', '--from', 'sandbox'],
      2,
      "error: option '--image <ref>' cannot be used with option '--from <env>'\n",
    ],
  ])('%j', async (args, code, stderr) =>
    expect(await seda(...(args as string[]))).toEqual({ code, stdout: '', stderr }),
  );
});

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
