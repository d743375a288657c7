import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { GATE_SCRIPT } from '../lib/gate-script';

/*
 * The gate script with the system's resolver and a resolv.conf as the kubelet writes it, in a network of its own. Nothing of
 * the script is replaced, because what it asks the resolver is what has to be right.
 */

/** A network and mounts of its own, which only root can make. */
const isolated = ['--net', '--mount', 'sh', '-c'];
const unavailable =
  spawnSync('unshare', [...isolated, 'ip link set lo up']).status === 0
    ? undefined
    : 'no network namespace can be made here (unshare and ip, as root)';
if (unavailable) console.warn(`${unavailable}; the gate is not asked with a real resolver`);
const withNamespaces = unavailable ? describe.skip : describe;

const BLUE = 'seda-api-blue-pods';
const GREEN = 'seda-api-green-pods';
const NAMESPACE = 'seda-prod.svc';

interface Scenario {
  readonly records: { readonly [name: string]: readonly string[] };
  /** By name, or by type and name. */
  readonly fail?: { readonly [name: string]: 'SERVFAIL' | 'silence' };
  /** UDP answers are truncated, as with many pods. */
  readonly tcpOnly?: boolean;
}

withNamespaces('the gate, with the resolver of the system', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seda-gate-'));
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  /** Runs the gate until it opens, or looks once. */
  function gate(
    scenario: Scenario,
    { domain = 'cluster.local', scaled = false } = {},
  ): Promise<{ open: boolean; says: string[] }> {
    const resolvConf = path.join(folder, 'resolv.conf');
    fs.writeFileSync(
      resolvConf,
      `search ${NAMESPACE}.${domain} svc.${domain} ${domain}\nnameserver 127.0.0.1\noptions ndots:5 timeout:1 attempts:1\n`,
    );
    const addresses =
      'ip -6 addr add fd00::1/128 dev lo nodad; ip -6 addr add fd00::2/128 dev lo nodad';
    const env = {
      PATH: process.env.PATH,
      SCENARIO: JSON.stringify(scenario),
      SCRIPT: GATE_SCRIPT,
      GATE_HOST: BLUE,
      GATE_PORT: '3001',
      GATE_PATH: '/api/v1/health',
      GATE_CHECKS: 'database',
      GATE_FLOOR: '2',
      GATE_SECONDS: '0',
      ...(scaled ? { GATE_OTHER: GREEN } : {}),
    };
    const command = `ip link set lo up; ${addresses}; mount --bind ${resolvConf} /etc/resolv.conf; exec ${process.execPath} ${path.join(__dirname, 'gate/pod.cjs')}`;
    return new Promise((resolve, reject) =>
      execFile('unshare', [...isolated, command], { env }, (error, stdout, stderr) =>
        stderr === ''
          ? resolve({ open: error === null, says: stdout.trimEnd().split('\n') })
          : reject(new Error(stderr)),
      ),
    );
  }

  const good = (address: string) => `${address} answers 200, database up`;
  const at = (name: string, domain = 'cluster.local') => `${name}.${NAMESPACE}.${domain}`;
  const two = { [at(BLUE)]: ['127.0.0.11', '127.0.0.12'] };
  const one = { [at(BLUE)]: ['127.0.0.11'] };

  test.each<[string, Scenario, { domain?: string }, string[]]>([
    ['the pods by their short name', { records: two }, {}, ['127.0.0.11', '127.0.0.12']],
    [
      'them in a cluster of another domain',
      { records: { [at(BLUE, 'k8s.example.internal')]: ['127.0.0.11', '127.0.0.12'] } },
      { domain: 'k8s.example.internal' },
      ['127.0.0.11', '127.0.0.12'],
    ],
    [
      'them by IPv6 alone',
      { records: { [at(BLUE)]: ['fd00::1', 'fd00::2'] } },
      {},
      ['fd00::1', 'fd00::2'],
    ],
    [
      'each of them once where it has an address of both families',
      { records: { [at(BLUE)]: ['127.0.0.11', '127.0.0.12', 'fd00::1', 'fd00::2'] } },
      {},
      ['127.0.0.11', '127.0.0.12', 'fd00::1', 'fd00::2'],
    ],
    [
      'them in an answer that is too long for UDP',
      { records: two, tcpOnly: true },
      {},
      ['127.0.0.11', '127.0.0.12'],
    ],
  ])('finds %s', async (_, scenario, options, addresses) => {
    expect(await gate(scenario, options)).toEqual({
      open: true,
      says: ['2 of 2 pods are good', ...addresses.map(good)],
    });
  });

  test('does not take the two addresses of one pod for two pods', async () => {
    expect(await gate({ records: { [at(BLUE)]: ['127.0.0.11', 'fd00::1'] } })).toEqual({
      open: false,
      says: ['1 of 2 pods are good', good('127.0.0.11'), good('fd00::1')],
    });
  });

  test.each<[string, Scenario, string[]]>([
    ['no pod is ready', { records: { [at(BLUE)]: [] } }, ['0 of 2 pods are good']],
    ['the name does not exist', { records: {} }, ['0 of 2 pods are good']],
    [
      'the name server fails',
      { records: {}, fail: { [at(BLUE)]: 'SERVFAIL' } },
      ['0 of 2 pods are good', `${BLUE} cannot be looked up: EAI_AGAIN`],
    ],
    [
      'the name server is silent',
      { records: {}, fail: { [at(BLUE)]: 'silence' } },
      ['0 of 2 pods are good', `${BLUE} cannot be looked up: EAI_AGAIN`],
    ],
  ])('stays shut when %s, and says so', async (_, scenario, says) => {
    expect(await gate(scenario)).toEqual({ open: false, says });
  });

  describe('with one pod of two, of a colour that is scaled,', () => {
    const shut = ['1 of 2 pods are good', good('127.0.0.11')];
    test.each<[string, Scenario, boolean, string[]]>([
      [
        'opens where the other colour has no Service',
        { records: one },
        true,
        ['1 of 1 pods are good', good('127.0.0.11')],
      ],
      [
        'opens where the other colour has no ready pod',
        { records: { ...one, [at(GREEN)]: [] } },
        true,
        ['1 of 1 pods are good', good('127.0.0.11')],
      ],
      [
        'stays shut where the other colour serves',
        { records: { ...one, [at(GREEN)]: ['127.0.0.21'] } },
        false,
        shut,
      ],
      [
        'stays shut where the name server has no IPv6 of the other colour and is silent about IPv4',
        {
          records: { ...one, [at(GREEN)]: ['127.0.0.21'] },
          fail: { [`A ${at(GREEN)}`]: 'silence' },
        },
        false,
        [...shut, `${GREEN} cannot be looked up: EAI_AGAIN`],
      ],
      ...(['SERVFAIL', 'silence'] as const).map(
        (failure): [string, Scenario, boolean, string[]] => [
          `stays shut where the name server answers for the other colour with ${failure}`,
          { records: one, fail: { [at(GREEN)]: failure } },
          false,
          [...shut, `${GREEN} cannot be looked up: EAI_AGAIN`],
        ],
      ),
    ])('%s', async (_, scenario, open, says) => {
      expect(await gate(scenario, { scaled: true })).toEqual({ open, says });
    });
  });
});
