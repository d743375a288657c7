import { ALL_RULES } from '../ops/check/rules';
import { refusals } from './transitions/judge';
import { SAFE } from './transitions/safe';
import { SETTLED } from './transitions/settled';
import { STATES, stateOf } from './transitions/states';
import type { Safe, Transition, Unsafe } from './transitions/transition';
import type { Tree } from './transitions/tree';
import { UNSAFE } from './transitions/unsafe';

const titled = <T extends Safe | Unsafe>(transitions: readonly T[]) =>
  transitions.map((transition) => [`${transition.kind}: ${transition.name}`, transition] as const);

interface Step {
  readonly base: Tree;
  readonly next: Tree;
  readonly earlier: readonly Tree[];
}

const made = new Map<Transition, Step>();

/** Both sides of a step, made once. */
function sides(transition: Transition): Step {
  const known = made.get(transition);
  if (known) return known;
  const { tree, world, earlier = () => [] } = stateOf(transition.from);
  const next = new Map(tree());
  transition.change(next, world);
  const step = { base: tree(), next, earlier: earlier() };
  made.set(transition, step);
  return step;
}

const same = (base: Tree, next: Tree): boolean =>
  base.size === next.size && [...base].every(([file, text]) => next.get(file) === text);

const counted = <K>(keys: readonly K[]): Map<K, number> =>
  keys.reduce((counts, key) => counts.set(key, (counts.get(key) ?? 0) + 1), new Map<K, number>());

describe('the corpus', () => {
  test('leaves the states as they are', () => {
    const before = new Map([...STATES].map(([name, { tree }]) => [name, new Map(tree())]));
    for (const transition of [...UNSAFE, ...SAFE]) sides(transition);
    const changed = [...STATES].filter(([name, { tree }]) => !same(before.get(name)!, tree()));
    expect(changed.map(([name]) => name)).toEqual([]);
  });

  test.each([
    ['unsafe', UNSAFE, 500],
    ['safe', SAFE, 150],
  ] as const)('has enough %s steps, each with a name of its own', (_, transitions, least) => {
    const names = titled<Safe | Unsafe>(transitions).map(([title]) => title);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(least);
  });

  test('has eight unsafe steps of each kind and against each statement of the promise', () => {
    const few = (counts: Map<unknown, number>) => [...counts].filter(([, count]) => count < 8);
    expect(few(counted(UNSAFE.map(({ kind }) => kind)))).toEqual([]);
    const statements = counted(UNSAFE.map(({ breaks }) => breaks));
    expect(few(statements)).toEqual([]);
    expect([...statements.keys()].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 15 }, (_, index) => index + 1),
    );
  });

  test('says of every unsafe step what would break', () => {
    expect(UNSAFE.filter(({ why }) => why.length < 10)).toEqual([]);
  });

  test('has no step that changes nothing', () => {
    const idle = [...UNSAFE, ...SAFE].filter((transition) => {
      const { base, next } = sides(transition);
      return same(base, next);
    });
    expect(idle.map(({ kind, name }) => `${kind}: ${name}`)).toEqual([]);
  });

  test('has no step twice, and none that is both unsafe and safe', () => {
    const steps = new Map<string, string>();
    const twice = [...UNSAFE, ...SAFE].flatMap((transition) => {
      const { base, next } = sides(transition);
      const files = [...new Set([...base.keys(), ...next.keys()])].sort();
      const step = files
        .filter((file) => base.get(file) !== next.get(file))
        .map((file) => `${transition.from} ${file} ${next.get(file)}`)
        .join();
      const title = `${transition.kind}: ${transition.name}`;
      const other = steps.get(step);
      steps.set(step, title);
      return other === undefined ? [] : [`${other} = ${title}`];
    });
    expect(twice).toEqual([]);
  });

  test.each([...STATES])('%s is accepted as it is', (_, { tree }) => {
    expect(refusals(tree(), new Map(tree()))).toEqual([]);
  });
});

describe('a step that must be refused', () => {
  test.each(titled(UNSAFE))('%s', (_, transition) => {
    const { base, next, earlier } = sides(transition);
    expect(refusals(base, next, earlier)).not.toEqual([]);
  });
});

test('each rule refuses a step of the corpus', () => {
  const refused = new Set(
    UNSAFE.flatMap((transition) => {
      const { base, next, earlier } = sides(transition);
      return refusals(base, next, earlier).map(({ rule }) => rule);
    }),
  );
  const idle = ALL_RULES.map(({ name }) => name).filter((name) => !refused.has(name));
  expect(idle).toEqual([]);
});

describe('a step that must be accepted', () => {
  test.each(titled(SAFE))('%s', (_, transition) => {
    const { base, next, earlier } = sides(transition);
    expect(refusals(base, next, earlier)).toEqual([]);
  });
});

describe('an edit of the source that must be refused, or hurt nothing', () => {
  test.each(titled(SETTLED))('%s', (_, transition) => {
    const { base, next, earlier } = sides(transition);
    if (refusals(base, next, earlier).length === 0)
      expect(transition.hurts(base, next)).toEqual([]);
  });
});
