import { App } from 'cdk8s';
import { type Colour, COLOURS, FILE_GROUPS, type Manifest, otherColour } from '../lib';
import { ownerOf } from '../lib/bundle';
import { fileGroupOfKind } from '../lib/file-group';
import { objectsOf } from '../lib/manifests';
import { WAVE_ANNOTATION } from '../lib/wave-plan';
import { SedaChart } from './chart';
import type { BlueGreenRelease, SedaEnvironment } from './environment';

/**
 * All objects that belong to a colour: its pods, their configuration, size and secrets, its Jobs, and whom its pods may
 * reach. Without waves, which follow the colour that serves.
 */
export type Bundle = readonly Manifest[];

/** The bundles of colours that are frozen: rendered as they were staged, whatever the code says now. */
export type Bundles = { readonly [colour in Colour]?: Bundle };

/** The bundle of a colour as the code and the environment of today render it. */
export function bundleOf(
  environment: SedaEnvironment,
  { weights: _, ...release }: BlueGreenRelease,
  colour: Colour,
): Bundle {
  // What the pods of the other colour read is none of its business.
  const other = otherColour(colour);
  const alone = { ...release, active: colour, [other]: { ...release[other], replicas: 0 } };
  const app = new App();
  new SedaChart(app, environment, alone);
  const objects = objectsOf(app)
    .filter((object) => ['readers', colour].includes(ownerOf(object) ?? ''))
    .map((object) => withoutWave(object.toJson() as Manifest));
  return FILE_GROUPS.flatMap((group) =>
    objects.filter(({ kind }) => fileGroupOfKind(kind) === group),
  );
}

/** Colours that have pods. */
export function coloursWithPods(release: BlueGreenRelease): Colour[] {
  return COLOURS.filter((colour) => release[colour].replicas > 0);
}

/** An object as it is in a bundle. */
export function withoutWave(manifest: Manifest): Manifest {
  const { annotations = {}, ...metadata } = manifest.metadata;
  const { [WAVE_ANNOTATION]: _, ...others } = annotations;
  return {
    ...manifest,
    metadata: {
      ...(Object.keys(others).length === 0 ? {} : { annotations: others }),
      ...metadata,
    },
  };
}
