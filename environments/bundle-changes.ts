import { type Colour, contentHash, type Manifest } from '../lib';
import { PROVES_ANNOTATION } from '../lib/release-annotations';
import { type Bundle, bundleOf, type Bundles, coloursWithPods } from './bundle';
import type { BlueGreenRelease, SedaEnvironment } from './environment';
import type { WaitingSetting } from './waiting-setting';

/** Hash at the end of a name, which follows from a content that is compared itself. */
const HASH = /-[0-9a-f]{10}$/;

/** What a frozen bundle has otherwise than what the code renders today, by object and field. */
export function bundleChanges(frozen: Bundle, fresh: Bundle): WaitingSetting[] {
  const [before, after] = [byName(frozen), byName(fresh)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((object) => {
    const [now, next] = [before.get(object), after.get(object)];
    if (now === undefined || next === undefined)
      return [{ object, path: '', from: now && 'there', to: next && 'there' }];
    const [from, to] = [fieldsOf(now), fieldsOf(next)];
    return [...new Set([...from.keys(), ...to.keys()])]
      .filter((path) => from.get(path) !== to.get(path))
      .map((path) => ({ object, path, from: from.get(path), to: to.get(path) }));
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

/** The values of an object by their paths, of which the part that every pod has in common is left out. */
function fieldsOf({
  metadata: { name: _, ...metadata },
  ...object
}: Manifest): Map<string, unknown> {
  const fields = [...leavesOf({ metadata, ...object }, '')];
  return new Map(
    fields
      .filter(([path]) => !path.endsWith(PROVES_ANNOTATION))
      .map(([path, value]) => [
        path.replace(/^spec\.(template\.spec\.)?/, ''),
        typeof value === 'string' ? value.replace(HASH, '') : value,
      ]),
  );
}

/** Entries of a list are known by their names, where they have one. */
function* leavesOf(value: unknown, path: string): Generator<[string, unknown]> {
  const entries = value !== null && typeof value === 'object' ? Object.entries(value) : [];
  if (entries.length === 0) yield [path, typeof value === 'object' ? JSON.stringify(value) : value];
  for (const [key, entry] of entries) {
    const name: unknown = Array.isArray(value) ? (entry as { name?: unknown } | null)?.name : key;
    const step = typeof name === 'string' ? name : key;
    yield* leavesOf(entry, path === '' ? step : `${path}.${step}`);
  }
}
