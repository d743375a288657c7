import { environments } from '../environments';
import { podsOf } from './check';
import { objectsOf } from './dist';
import { rules } from './rules';
import { checks, notApplicable, ROWS } from './table';
import { covers, waivers } from './waivers';

const names = environments.map(({ name }) => name);

describe.each(names)('%s', (environment) => {
  const objects = objectsOf.get(environment)!;

  test('is rendered', () => {
    expect(objects.length).toBeGreaterThan(0);
  });

  test.each(checks.map((check) => [check.name, check] as const))('%s', (_, { row, check }) => {
    expect(check(objects).filter((finding) => !waivers.some((waiver) => covers(waiver, row, environment, finding)))).toEqual([]);
  });

  test.each(rules.map((rule) => [rule.name, rule] as const))('%s', (_, { check }) => {
    expect(check(objects)).toEqual([]);
  });
});

describe('table', () => {
  test('has every row exactly once', () => {
    const rows = [...checks, ...notApplicable].map(({ row }) => row).sort((a, b) => a - b);
    expect(rows).toEqual(Array.from({ length: ROWS }, (_, index) => index + 1));
  });

  test('leaves out no row whose objects are rendered', () => {
    const kinds = new Set([...objectsOf.values()].flat().map(({ kind }) => kind));
    expect(notApplicable.flatMap((entry) => entry.kinds ?? []).filter((kind) => kinds.has(kind))).toEqual([]);
  });

  test('names every check and rule once', () => {
    const all = [...checks, ...rules].map(({ name }) => name);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('waivers', () => {
  const uses = waivers.flatMap((waiver) =>
    waiver.environments.map((environment) => [`row ${waiver.row} ${environment} ${waiver.object}`, waiver, environment] as const),
  );

  test.each(uses.filter(([, { comesAndGoes }]) => !comesAndGoes))('%s is still needed', (_, waiver, environment) => {
    const { check } = checks.find(({ row }) => row === waiver.row)!;
    expect(check(objectsOf.get(environment)!).filter((finding) => covers(waiver, waiver.row, environment, finding))).not.toEqual([]);
  });

  test.each(uses.filter(([, { comesAndGoes }]) => comesAndGoes))('%s is needed before a release', (_, waiver, environment) => {
    const objects = structuredClone([...objectsOf.get(environment)!]);
    for (const { spec, owner } of podsOf(objects)) {
      owner.spec.replicas = 0;
      for (const container of spec.containers) container.image = container.image.split('@')[0];
    }
    const { check } = checks.find(({ row }) => row === waiver.row)!;
    expect(check(objects).filter((finding) => covers(waiver, waiver.row, environment, finding))).not.toEqual([]);
  });

  test('name environments that exist', () => {
    expect(waivers.flatMap((waiver) => waiver.environments).filter((name) => !names.includes(name))).toEqual([]);
    expect(waivers.filter((waiver) => waiver.environments.length === 0)).toEqual([]);
  });

  test('give a reason', () => {
    expect(waivers.filter(({ reason }) => reason.length < 15)).toEqual([]);
  });

  test('never allow an image without a digest where images come from another environment', () => {
    const promoted = environments.filter(({ imageFrom }) => imageFrom !== undefined).map(({ name }) => name);
    const pinned = waivers.filter(({ row }) => row === 19 || row === 20 || row === 21).flatMap((waiver) => waiver.environments);
    expect(promoted.filter((name) => pinned.includes(name))).toEqual([]);
    expect(promoted).toEqual(expect.arrayContaining(['sandbox', 'production']));
  });
});
