import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import type { Build, Part } from './part';
import { type Machine, partsOn } from './parts';
import { countsOf, decide, paceOf } from './plan';
import { closing, type Result, runParts, type World } from './run';

const command = (name: string): string[] => ['run', name];
const build = (name: string, seconds: number, built = false): Build => ({
  name,
  command: command(name),
  seconds,
  built: () => built,
});
const part = (name: string, seconds: number, more: Partial<Part> = {}): Part => ({
  name,
  command: command(name),
  seconds,
  ...more,
});

/** A world in which commands take the time that is said of them, and no real one. */
class Simulation implements World {
  text = '';
  /** `+name` where a command begins, `-name` where it ends. */
  readonly log: string[] = [];
  private now = 0;
  private readonly timers: { at: number; end: () => void }[] = [];

  constructor(
    private readonly takes: (name: string) => number,
    private readonly ends: { readonly [name: string]: string | false } = {},
  ) {}

  readonly elapsed = (): number => this.now;
  readonly print = (text: string): void => void (this.text += text);
  readonly execute: World['execute'] = async (words, _, show) => {
    const name = words.at(-1)!;
    this.log.push(`+${name}`);
    await new Promise<void>((end) => {
      this.timers.push({ at: this.now + this.takes(name), end });
    });
    this.log.push(`-${name}`);
    const output = this.ends[name];
    if (output) show(output);
    return output === undefined;
  };

  async run(parts: readonly Part[], budget: number): Promise<Result[]> {
    const results = runParts(parts, budget, this);
    let over = false;
    void results.then(() => (over = true));
    while (!over) {
      // Whatever can go on without time passing has gone on then.
      await new Promise(setImmediate);
      const [next] = this.timers.sort((a, b) => a.at - b.at).splice(0, 1);
      if (!next) continue;
      this.now = next.at;
      next.end();
    }
    return results;
  }
}

describe('a part is begun', () => {
  const clock = { elapsed: 1000, budget: 1600, pace: 1 };

  test('when there is time for it, and what is built takes none', () => {
    expect(decide(part('a', 600, { builds: [build('b', 500, true)] }), clock)).toEqual({
      run: true,
      builds: [],
      helpers: [],
    });
  });

  test.each<[string, Part, Partial<typeof clock>, string]>([
    ['it is too long', part('a', 601), {}, 'takes about 11 minutes, and 10 minutes are left'],
    [
      'its builds are too long',
      part('a', 60, { builds: [build('b', 500), build('c', 100), build('d', 900, true)] }),
      {},
      'takes about 11 minutes with the first build of b, c, and 10 minutes are left',
    ],
    [
      'the machine is slow',
      part('a', 400),
      { pace: 2 },
      'takes about 14 minutes, and 10 minutes are left',
    ],
    [
      'the time is over',
      part('a', 1),
      { elapsed: 1700 },
      'takes about 1 minute, and 0 minutes are left',
    ],
    ['it cannot run here', part('a', 1, { unavailable: () => 'no go' }), {}, 'no go'],
  ])('not when %s', (_, subject, change, why) => {
    expect(decide(subject, { ...clock, ...change })).toEqual({ run: false, why });
  });

  test('without its helpers where they are too long, as they only make more of its tests run', () => {
    const helpers = [build('h', 100)];
    expect(decide(part('a', 500, { helpers }), clock)).toMatchObject({ run: true, helpers });
    expect(decide(part('a', 501, { helpers }), clock)).toMatchObject({ run: true, helpers: [] });
  });

  test('by the pace of what has run, which is never taken for faster than measured', () => {
    expect(paceOf([])).toBe(1);
    expect(paceOf([{ expected: 100, took: 50 }])).toBe(1);
    expect(
      paceOf([
        { expected: 100, took: 100 },
        { expected: 100, took: 300 },
      ]),
    ).toBe(2);
  });
});

test.each<[string, boolean, string, number, number, number]>([
  ['no test ran, and it is good', false, 'ok', 1, 0, 0],
  ['no test ran, and it failed', true, 'error', 0, 1, 0],
  ['all passed', false, 'Tests:       12 passed, 12 total', 12, 0, 0],
  [
    'of every kind',
    true,
    'x\nTests:       1 failed, 2 skipped, 3 passed, 6 total\nTests: 4 passed\n',
    7,
    1,
    2,
  ],
  ['a suite broke before its tests', true, 'Tests:       12 passed, 12 total', 12, 1, 0],
])('tests are counted: %s', (_, failed, output, ...expected) => {
  const { passed, failed: failures, skipped } = countsOf(failed, output);
  expect([passed, failures, skipped]).toEqual(expected);
});

describe('a run', () => {
  test('goes through the parts in order, and one that is left out takes no time from those after it', async () => {
    const world = new Simulation((name) => ({ a: 50, long: 60, c: 40 })[name]!);
    const results = await world.run([part('a', 50), part('long', 60), part('c', 40)], 100);
    expect(world.log).toEqual(['+a', '-a', '+c', '-c']);
    expect(results.map(({ outcome }) => outcome)).toEqual(['passed', 'left out', 'passed']);
    expect(closing(results, 90)).toBe(
      [
        'passed      50 s  a',
        'passed      40 s  c',
        'left out           long: takes about 1 minute, and 1 minute are left',
        'in all      90 s',
        '',
        '2 passed, 0 failed',
        '',
      ].join('\n'),
    );
  });

  test('decides when its builds can begin, not before what runs has ended', async () => {
    const parts = [part('a', 50, { beside: true }), part('b', 10, { builds: [build('c', 50)] })];
    const world = new Simulation((name) => ({ a: 50, b: 10, c: 50 })[name]!);
    expect((await world.run(parts, 100)).map(({ outcome }) => outcome)).toEqual([
      'passed',
      'left out',
    ]);
    expect(world.elapsed()).toBe(50);
  });

  test('shows what runs beside another part when it has ended, and never has more than four at a time', async () => {
    const beside = (name: string, seconds: number) => part(name, seconds, { beside: true });
    const parts = [
      ...[beside('a', 30), beside('b', 10), beside('c', 12), beside('g', 40), beside('f', 10)],
      ...[part('alone', 5), beside('d', 10), beside('e', 5)],
    ];
    const world = new Simulation((name) => parts.find((one) => one.name === name)!.seconds, {});
    await world.run(parts, 1000);
    expect(world.log).toEqual([
      ...['+a', '+b', '+c', '+g', '-b', '+f', '-c', '-f', '-a', '-g'],
      ...['+alone', '-alone', '+d', '+e', '-e', '-d'],
    ]);
    expect(world.text).toContain('--- a: begins, its output follows\n');
  });

  test('builds beside what runs; a build that fails leaves its part out, a part that fails fails the run', async () => {
    const parts = [
      part('a', 10, { beside: true }),
      part('b', 10, { beside: true, builds: [build('broken', 10), build('other', 10)] }),
      part('c', 10, { helpers: [build('helper', 10)] }),
    ];
    const world = new Simulation(() => 10, {
      broken: 'no network\n',
      helper: false,
      c: 'Tests: 2 failed, 5 passed, 7 total\n',
    });
    const results = await world.run(parts, 1000);
    expect(world.log).toEqual([
      ...['+a', '+broken', '-a', '-broken', '+helper', '-helper', '+c', '-c'],
    ]);
    expect(results.map(({ outcome, why }) => why ?? outcome)).toEqual([
      'passed',
      'the build of broken failed',
      'failed',
    ]);
    expect(world.text).toContain('no network\n');
    expect(closing(results, 40).trimEnd().split('\n').at(-1)).toBe('6 passed, 2 failed');
  });
});

describe('what .ci/run does', () => {
  const machine: Machine = {
    root: path.join(__dirname, 'nowhere'),
    env: {},
    has: (program) => ['go', 'apt-get', 'python3'].includes(program),
    succeeds: () => false,
    isRoot: true,
  };
  /** Parts of a machine on which no program is built; the go.mod files are those of this repository. */
  const parts = (change: Partial<Machine> = {}): Part[] => {
    const cold = (one: Build): Build => ({ ...one, built: () => made.has(one.name) });
    const made = new Set<string>();
    const noted = (one: Build): Build => ({
      ...cold(one),
      command: ['build', one.name],
    });
    builds = made;
    return partsOn({ ...machine, ...change }).map((one) => ({
      ...one,
      command: ['part', one.name],
      builds: one.builds?.map(noted),
      helpers: one.helpers?.map(noted),
    }));
  };
  let builds: Set<string>;

  /** Runs all of it on a machine that takes `pace` times as long as was measured. */
  async function simulate(pace: number, budget = 75 * 60) {
    const all = parts();
    const seconds = new Map(
      all.flatMap((one) => [
        [one.name, one.seconds] as const,
        ...[...(one.builds ?? []), ...(one.helpers ?? [])].map(
          ({ name, seconds }) => [name, seconds] as const,
        ),
      ]),
    );
    const world = new Simulation((name) => {
      builds.add(name);
      return seconds.get(name)! * pace;
    });
    const results = await world.run(all, budget);
    const left = results.filter(({ outcome }) => outcome === 'left out').map(({ name }) => name);
    return { left, seconds: world.elapsed() };
  }

  test('all of it is done in 75 minutes where nothing is built, on two cores as they were measured', async () => {
    const { left, seconds } = await simulate(1);
    expect(left).toEqual(['imports/ is current']);
    expect(seconds).toBeLessThan(75 * 60);
  });

  test.each([1.5, 2, 3, 5])(
    'on a machine that takes %s times as long it ends in 90 minutes, and npm test is never left out',
    async (pace) => {
      const { left, seconds } = await simulate(pace);
      expect(left).not.toContain('npm test');
      expect(seconds).toBeLessThan(90 * 60);
    },
  );

  test('every file of npm run e2e is in a part', () => {
    const files = readdirSync(path.join(__dirname, '../../e2e'))
      .filter((name) => name.endsWith('.e2e.ts'))
      .map((name) => `e2e/${name}`);
    const asked = partsOn(machine).flatMap(({ command }) => command);
    expect(files.filter((file) => !asked.includes(file))).toEqual([]);
    expect(files).not.toEqual([]);
  });

  test('what is worth least is left out first', async () => {
    const { left } = await simulate(1, 30 * 60);
    expect(left).toContain('oldest Kubernetes');
    expect(left).not.toContain('deploy');
  });

  test('without go, root and a folder of CRDs the rest runs', () => {
    const left = parts({ has: () => false, isRoot: false }).flatMap(({ name, unavailable }) => {
      const why = unavailable?.();
      return why === undefined ? [] : [`${name}: ${why}`];
    });
    expect(left).toEqual([
      'node: what it needs are packages of Debian, which root installs',
      'faults: what it needs are packages of Debian, which root installs',
      'Argo CD: there is no go to build its programs with',
      'deploy: there is no go to build a control plane with (or set SEDA_E2E_KUBECONFIG)',
      'manual changes: there is no go to build a control plane with (or set SEDA_E2E_KUBECONFIG)',
      'operate: there is no go to build a control plane with (or set SEDA_E2E_KUBECONFIG)',
      'monitoring: what it needs are packages of Debian, which root installs',
      'Gateway: what it needs are packages of Debian, which root installs',
      'shares: what it needs are packages of Debian, which root installs',
      'Argo Rollouts: what it needs are packages of Debian, which root installs',
      'containers: what it needs are packages of Debian, which root installs',
      'oldest Kubernetes: there is no go to build its programs with',
      'imports/ is current: there is no folder with CRDs (SEDA_CRDS)',
    ]);
  });
});
