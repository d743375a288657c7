import type { Rule } from './check';
import { type Mutation, type Objects, servedObjects } from './mutation';
import { objectMutations } from './mutations-objects';
import { podMutations } from './mutations-pods';
import { ruleMutations } from './mutations-rules';
import { workloadMutations } from './mutations-workloads';
import { rules } from './rules';
import { checks } from './table';

const all: readonly Rule[] = [...checks, ...rules];
const mutations: readonly Mutation[] = [
  ...podMutations,
  ...workloadMutations,
  ...objectMutations,
  ...ruleMutations,
];

const base = servedObjects();

/** What every check finds, in one line each. */
function report(objects: Objects): string[] {
  return all.flatMap(({ name, check }) =>
    check(objects).map(({ object, problem }) => `${name}: ${object} ${problem}`),
  );
}

const cases = mutations.map(
  (mutation, index) => [`${index + 1} ${mutation.check}`, mutation] as const,
);

test.each(cases)('%s fails on its bad case, and nothing else does', (_, { check, mend, spoil }) => {
  const objects = structuredClone(base);
  mend?.(objects);
  const before = report(objects);
  spoil(objects);
  const found = report(objects).filter((line) => !before.includes(line));
  expect(found).not.toEqual([]);
  expect(found.filter((line) => !line.startsWith(`${check}: `))).toEqual([]);
});

test('every check and rule has a bad case', () => {
  const covered = new Set(mutations.map(({ check }) => check));
  expect(all.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
  expect([...covered].filter((name) => !all.some((rule) => rule.name === name))).toEqual([]);
});
