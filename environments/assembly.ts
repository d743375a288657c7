import type { ApiObject, App } from 'cdk8s';
import {
  type Colour,
  COLOURS,
  FILE_GROUPS,
  type FileGroup,
  fileGroupOf,
  type Manifest,
} from '../lib';
import { type Owner, ownerOf } from '../lib/bundle';
import { fileGroupOfKind } from '../lib/file-group';
import { FILE_NAMES, manifestsByFile, objectsOf } from '../lib/manifests';
import { getsTraffic } from '../lib/traffic';
import { waveInBundle } from '../lib/wave';
import { WAVE_ANNOTATION, WAVES } from '../lib/wave-plan';
import { type Bundle, bundleOf, type Bundles, withoutWave } from './bundle';
import {
  type BlueGreenRelease,
  isBlueGreen,
  type Release,
  type SedaEnvironment,
} from './environment';
import { mergedSecrets } from './merged-secrets';

/** The objects of an environment by file name, and what stands against putting them together. */
export interface Assembly {
  readonly files: ReadonlyMap<string, readonly Manifest[]>;
  readonly faults: readonly string[];
}

/** What an app renders, with the frozen bundles of colours in the place of what it says of them. */
export function assemble(
  app: App,
  environment: SedaEnvironment,
  release: Release,
  frozen: Bundles,
): Assembly {
  if (!isBlueGreen(release)) return { files: manifestsByFile(app), faults: [] };
  const objects = objectsOf(app);
  const { owned, faults } = ownedObjects(objects, environment, release, frozen);
  const files = new Map<string, readonly Manifest[]>();
  for (const group of FILE_GROUPS) {
    const manifests = inOneFile(objects, owned, group);
    if (manifests.length > 0) files.set(FILE_NAMES[group], manifests);
  }
  return { files, faults };
}

type Owned = { readonly [owner in Owner]: readonly Manifest[] };

/** What belongs to each colour, and what those that have pods read together. */
function ownedObjects(
  objects: readonly ApiObject[],
  environment: SedaEnvironment,
  release: BlueGreenRelease,
  frozen: Bundles,
): { readonly owned: Owned; readonly faults: readonly string[] } {
  const rendered = (owner: Owner): Manifest[] =>
    objects.filter((object) => ownerOf(object) === owner).map((object) => object.toJson());
  const isFrozen = COLOURS.some((colour) => frozen[colour] !== undefined);
  const bundle = (colour: Colour): Bundle => {
    const held = frozen[colour];
    if (held !== undefined) return held;
    // Beside a frozen colour, what the other one reads must be known by itself.
    return isFrozen && release[colour].replicas > 0
      ? bundleOf(environment, release, colour)
      : rendered(colour);
  };
  const bundles = { blue: bundle('blue'), green: bundle('green') };
  const inWave = (colour: Colour) =>
    bundles[colour]
      .filter(({ kind }) => kind !== 'ExternalSecret')
      .map((object) => withWave(object, getsTraffic(release, colour)));
  const colours = { blue: inWave('blue'), green: inWave('green') };
  if (!isFrozen) return { owned: { ...colours, readers: rendered('readers') }, faults: [] };
  const { secrets, faults } = mergedSecrets(environment, release, bundles);
  return {
    owned: { ...colours, readers: secrets.map((object) => withWave(object, true)) },
    faults,
  };
}

/** What is shared, in the order in which it is made, and what an owner has in one piece. */
function inOneFile(objects: readonly ApiObject[], owned: Owned, group: FileGroup): Manifest[] {
  const open = new Set<Owner>([...COLOURS, 'readers']);
  const piece = (owner: Owner): readonly Manifest[] =>
    open.delete(owner) ? owned[owner].filter(({ kind }) => fileGroupOfKind(kind) === group) : [];
  const placed = objects
    .filter((object) => fileGroupOf(object) === group)
    .flatMap((object) => {
      const owner = ownerOf(object);
      return owner === undefined ? [object.toJson() as Manifest] : piece(owner);
    });
  return [...placed, ...[...open].flatMap(piece)];
}

/** An object of a bundle in the wave that it has by whether its colour serves. */
function withWave(manifest: Manifest, serves: boolean): Manifest {
  const { annotations, ...metadata } = withoutWave(manifest).metadata;
  const wave = { [WAVE_ANNOTATION]: String(WAVES[waveInBundle(manifest, serves)]) };
  const all = Object.entries({ ...annotations, ...wave }).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...manifest, metadata: { annotations: Object.fromEntries(all), ...metadata } };
}
