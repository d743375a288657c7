import { type Colour, COLOURS, isPlaceholder, otherColour, parseImage } from '../lib';
import {
  type BlueGreenRelease,
  isBlueGreen,
  type Release,
  type RollingRelease,
  type SedaEnvironment,
} from './environment';

/** What came of a step: a new record, nothing to do, or a refusal; each with the sentence for people. */
export type StepResult =
  | {
      readonly kind: 'done';
      readonly release: Release;
      readonly sentence: string;
      readonly next: string;
    }
  | { readonly kind: 'nothing'; readonly sentence: string }
  | { readonly kind: 'refused'; readonly sentence: string };

/** What every step starts from. */
export interface StepInput {
  readonly environment: SedaEnvironment;
  readonly release: Release;
}

export const refused = (sentence: string): StepResult => ({ kind: 'refused', sentence });
export const nothing = (sentence: string): StepResult => ({ kind: 'nothing', sentence });

/** How people call what runs: by its version, which is normally the tag of the image. */
export function versionOf(image: string, version = parseImage(image).tag ?? image): string {
  return isPlaceholder(image) ? 'no release' : version;
}

/** The colour with the newer release. */
export function newestOf({ blue, green }: BlueGreenRelease): Colour {
  return blue.release > green.release ? 'blue' : 'green';
}

/** A colour and what it runs. */
export function colourCalled(state: BlueGreenRelease, colour: Colour): string {
  const { image, version } = state[colour];
  return isPlaceholder(image)
    ? `${colour} (no release yet)`
    : `${colour} ${versionOf(image, version)}`;
}

/** Why nothing but a shift, a promotion and a rollback is possible while both colours get requests of users. */
export function sharedRefusal({ name }: SedaEnvironment, release: Release): string | undefined {
  if (!isBlueGreen(release) || release.weights === undefined) return undefined;
  const shares = COLOURS.map(
    (colour) => `${colourCalled(release, colour)} gets ${release.weights![colour]} %`,
  );
  return `${name}: ${shares.join(' and ')} of the requests; finish that first: seda release promote ${name}, or: seda release rollback ${name}`;
}

/** A step that a rolling environment does not have, nor a pair whose requests are shared. */
export function withOneServing(
  ...[environment, release, step]: Parameters<typeof withColours>
): StepResult {
  const shared = sharedRefusal(environment, release);
  return shared === undefined ? withColours(environment, release, step) : refused(shared);
}

/** A step that a rolling environment does not have. */
export function withColours(
  environment: SedaEnvironment,
  release: Release,
  step: (state: BlueGreenRelease, idle: Colour) => StepResult,
): StepResult {
  if (isBlueGreen(release)) return step(release, otherColour(release.active));
  return refused(
    `${environment.name}: is a rolling environment and has no colours; stage sets its image, rollback the one before`,
  );
}

/** The image that runs, as what the next one remembers of it. */
export function asPrevious({
  image,
  version,
  migration,
}: RollingRelease): Pick<RollingRelease, 'previous' | 'previousVersion' | 'previousMigration'> {
  return {
    previous: image,
    ...(version === undefined ? {} : { previousVersion: version }),
    ...(migration === undefined ? {} : { previousMigration: migration }),
  };
}
