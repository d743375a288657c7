import { type Colour, contentHash, type Manifest } from '../lib';
import { PROVES_ANNOTATION } from '../lib/release-annotations';
import { type Bundle, bundleOf, type Bundles, coloursWithPods } from './bundle';
import type { BlueGreenRelease, SedaEnvironment } from './environment';
import type { WaitingSetting } from './waiting-setting';

/** Hash at the end of a name, which follows from a content that is compared itself. */
const HASH = /-[0-9a-f]{10}$/;

/** What every field of a pod has in common. */
const POD = /^spec\.(template\.spec\.)?/;

type Difference = Pick<WaitingSetting, 'path' | 'from' | 'to'>;

/** What a frozen bundle has otherwise than what the code renders today, by object and field. */
export function bundleChanges(frozen: Bundle, fresh: Bundle): WaitingSetting[] {
  const [before, after] = [byName(frozen), byName(fresh)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((object) => {
    const [now, next] = [before.get(object), after.get(object)];
    if (now === undefined || next === undefined)
      return [{ object, path: '', from: now && 'there', to: next && 'there' }];
    return [...differences(now, next, '')]
      .map(({ path, from, to }) => ({ object, path: path.replace(POD, ''), from, to }))
      .filter(({ path }) => path !== 'metadata.name' && !path.endsWith(PROVES_ANNOTATION));
  });
}

/** Colours with pods whose frozen bundle is not what the code of today would render of the same record. */
export function outdatedColours(
  environment: SedaEnvironment,
  release: BlueGreenRelease,
  frozen: Bundles,
): Colour[] {
  return coloursWithPods(release).filter((colour) => {
    const held = frozen[colour];
    return (
      held !== undefined &&
      contentHash(held) !== contentHash(bundleOf(environment, release, colour))
    );
  });
}

function byName(bundle: Bundle): Map<string, Manifest> {
  return new Map(
    bundle.map((object) => [`${object.kind} ${object.metadata.name.replace(HASH, '')}`, object]),
  );
}

/** Where two values differ, as deep as can be said. */
function* differences(from: unknown, to: unknown, path: string): Generator<Difference> {
  if (same(from, to)) return;
  const at = (key: string) => (path === '' ? key : `${path}.${key}`);
  if (Array.isArray(from) && Array.isArray(to)) {
    for (const [key, before, after] of entriesOf(from, to))
      yield* differences(before, after, at(key));
  } else if (isMap(from) && isMap(to)) {
    for (const key of new Set([...Object.keys(from), ...Object.keys(to)]))
      yield* differences(from[key], to[key], at(key));
  } else yield { path, from, to };
}

/** Entries of two lists that belong together: by their names, or else those that the other list has not, in order. */
function entriesOf(from: readonly unknown[], to: readonly unknown[]): [string, unknown, unknown][] {
  const [before, after] = [named(from), named(to)];
  if (before && after)
    return [...new Set([...before.keys(), ...after.keys()])].map((name) => [
      name,
      before.get(name),
      after.get(name),
    ]);
  const [gone, fresh] = [missingIn(from, to), missingIn(to, from)];
  const length = Math.max(gone.length, fresh.length);
  return Array.from({ length }, (_, index) => [
    String(gone[index]?.index ?? fresh[index]!.index),
    gone[index]?.entry,
    fresh[index]?.entry,
  ]);
}

function missingIn(list: readonly unknown[], other: readonly unknown[]) {
  return list
    .map((entry, index) => ({ entry, index }))
    .filter(({ entry }) => !other.some((one) => same(one, entry)));
}

function named(list: readonly unknown[]): ReadonlyMap<string, unknown> | undefined {
  const names = list.map((entry) => (isMap(entry) ? entry.name : undefined));
  const known = names.filter((name) => typeof name === 'string');
  return known.length === list.length && new Set(known).size === list.length
    ? new Map(known.map((name, index) => [name, list[index]]))
    : undefined;
}

function isMap(value: unknown): value is { readonly [key: string]: unknown } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Names that end in a hash are the same: what the hash is of is compared itself. */
function same(one: unknown, other: unknown): boolean {
  if (typeof one === 'string' && typeof other === 'string')
    return one.replace(HASH, '') === other.replace(HASH, '');
  const nested = [one, other].every((value) => isMap(value) || Array.isArray(value));
  return one === other || (nested && contentHash(one) === contentHash(other));
}
