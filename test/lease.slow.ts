import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Kubectl, type KubectlIo } from '../ops/cluster/kubectl';
import { apply } from '../ops/cluster/apply';
import { Lease } from '../ops/deploy/lease';
import { TestClock } from './test-clock';

/** A cluster that holds one Lease in a file; it may refuse connections, or never answer. */
const KUBECTL = `#!${process.execPath}
const fs = require('node:fs');
const file = process.env.FAKE_CLUSTER;
const cluster = JSON.parse(fs.readFileSync(file, 'utf8'));
const verb = process.argv.slice(2).find((argument) => !argument.startsWith('-'));
const fail = (text) => (console.error(text), process.exit(1));
const keep = (changes) => fs.writeFileSync(file, JSON.stringify({ ...cluster, ...changes }));
if (cluster.hangs) setInterval(() => {}, 1000);
else if (cluster.refuses > 0) {
  keep({ refuses: cluster.refuses - 1, ...(cluster.refuses === 1 && cluster.thief ? { lease: taken(cluster.thief) } : {}) });
  fail('The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?');
} else if (verb === 'get') console.log(JSON.stringify({ items: [{ kind: 'Namespace', metadata: {} }, ...(cluster.lease ? [cluster.lease] : [])] }));
else {
  const object = JSON.parse(fs.readFileSync(0, 'utf8').replace(/^(?!\\{)[^]*/, '{}'));
  if (verb === 'apply') keep({ applied: cluster.applied + 1 });
  else if (verb === 'create' && cluster.lease) fail('Error from server (AlreadyExists): it is there');
  else if (verb === 'replace' && object.metadata.resourceVersion !== cluster.lease.metadata.resourceVersion) fail('Error from server (Conflict): the object has been modified');
  else keep({ lease: stored(object) });
  console.log(JSON.stringify(verb === 'apply' ? { items: [] } : stored(object)));
}
function stored(object) { return { ...object, metadata: { ...object.metadata, resourceVersion: String(cluster.version + 1) } }; }
function taken(holderIdentity) { return { kind: 'Lease', metadata: { name: 'seda-deploy', resourceVersion: 'thief' }, spec: { holderIdentity } }; }
`;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lease-'));
const file = path.join(folder, 'cluster.json');
let clock: TestClock;
const io = (): KubectlIo => ({
  kubectl: [path.join(folder, 'kubectl')],
  env: { PATH: process.env.PATH, FAKE_CLUSTER: file },
  clock,
});

interface Cluster {
  readonly lease?: {
    readonly metadata: { readonly resourceVersion: string };
    readonly spec: { readonly holderIdentity: string };
  };
  readonly applied: number;
  readonly refuses: number;
  readonly hangs?: boolean;
  readonly thief?: string;
}
const cluster = () => JSON.parse(fs.readFileSync(file, 'utf8')) as Cluster;
const change = (changes: Partial<Cluster>) =>
  fs.writeFileSync(file, JSON.stringify({ ...cluster(), ...changes }));
const holder = () => cluster().lease?.spec.holderIdentity;
const LOST =
  'the Lease seda-deploy was lost, another run may have it now; run the same command again';

beforeAll(() => {
  fs.writeFileSync(path.join(folder, 'kubectl'), KUBECTL, { mode: 0o755 });
});
beforeEach(() => {
  fs.writeFileSync(file, JSON.stringify({ version: 1, applied: 0, refuses: 0 }));
  clock = new TestClock();
});
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

/** A run that holds the Lease, and gives it back whatever becomes of the test. */
async function held(test: (lease: Lease, kubectl: Kubectl) => Promise<void>): Promise<void> {
  const kubectl = new Kubectl('fake', 'shop', io());
  const lease = new Lease(kubectl, () => {});
  try {
    expect(await lease.acquire()).toBe(true);
    await test(lease, kubectl);
  } finally {
    await lease.release();
  }
}

test('a Lease is held, and given back', async () => {
  await held(async (lease) => {
    expect(holder()).toMatch(/^\S+@\S+ [0-9a-f-]{36}$/);
    await lease.keep();
  });
  expect(holder()).toBe('');
});

test('a run goes on after an outage in which nobody took the Lease', () =>
  held(async (lease) => {
    const own = holder();
    change({ refuses: 2 });
    clock.skip(60_000);
    await lease.keep();
    expect(holder()).toBe(own);
  }));

test('a run that lost the Lease has lost it for good, and leaves it to who has it', async () => {
  await held(async (lease) => {
    change({
      lease: {
        metadata: { resourceVersion: 'other' },
        spec: { holderIdentity: 'other@elsewhere 1' },
      },
    });
    clock.skip(60_000);
    await expect(lease.keep()).rejects.toThrow(LOST);
    change({ lease: { metadata: { resourceVersion: 'free' }, spec: { holderIdentity: '' } } });
    await expect(lease.keep()).rejects.toThrow(LOST);
    change({
      lease: {
        metadata: { resourceVersion: 'other' },
        spec: { holderIdentity: 'other@elsewhere 1' },
      },
    });
  });
  expect(holder()).toBe('other@elsewhere 1');
});

test('a run hears of it at the next renewal, however short ago the last one was', () =>
  held(async (lease) => {
    change({
      lease: {
        metadata: { resourceVersion: 'other' },
        spec: { holderIdentity: 'other@elsewhere 1' },
      },
    });
    clock.advance(6000);
    await expect(lease.keep()).rejects.toThrow(LOST);
  }));

test('an apply that an outage held up is not tried again once another run has the Lease', () =>
  held(async (lease, kubectl) => {
    change({ refuses: 1, thief: 'other@elsewhere 1' });
    clock.skip(60_000);
    await expect(
      apply(kubectl, 'wave 20', [], { beforeRetry: () => lease.keep() }),
    ).rejects.toThrow(LOST);
    expect(cluster().applied).toBe(0);
  }));

test('a Lease that nobody renews is taken over after its duration, and one that is renewed is not', async () => {
  const other = (resourceVersion: string) => ({
    kind: 'Lease',
    metadata: { resourceVersion },
    spec: { holderIdentity: 'other@elsewhere 1' },
  });
  const notes: string[] = [];
  const acquire = (sleep: () => void) => {
    clock.sleep = async () => sleep();
    change({ lease: other('1') });
    return new Lease(new Kubectl('fake', 'shop', io()), (note) => notes.push(note));
  };
  const refused = acquire(() => change({ lease: other('2') }));
  await expect(refused.acquire()).rejects.toThrow(
    'a deploy by other@elsewhere is running and renews the Lease seda-deploy; wait until it is done',
  );
  const taken = acquire(() => clock.advance(15_000));
  expect(await taken.acquire()).toBe(true);
  expect(holder()).not.toContain('other@elsewhere');
  await taken.release();
  expect(notes).toEqual(
    Array(2).fill(
      'a deploy by other@elsewhere holds the Lease seda-deploy; watching for 15 s whether it is alive',
    ),
  );
});

test('Ctrl-C ends the wait for an API server that does not answer', async () => {
  const kubectl = new Kubectl('fake', 'shop', io());
  change({ refuses: 100 });
  clock.sleep = async () => kubectl.close();
  const acquired = new Lease(kubectl, () => {}).acquire();
  await expect(acquired).rejects.toThrow('interrupted');
  expect(cluster().refuses).toBeGreaterThan(90);
});

test('a kubectl that waits for somebody is ended', async () => {
  change({ hangs: true });
  const call = new Kubectl('fake', 'shop', io()).run('cannot read the pods', ['get', 'pods']);
  clock.advance(120_000);
  await expect(call).rejects.toThrow(
    'cannot read the pods: kubectl gave no answer within 120 s; does its login wait for somebody?',
  );
});
