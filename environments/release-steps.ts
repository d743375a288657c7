import { type Colour, contentHash, imageFaults, isPlaceholder, otherColour, parseImage } from '../lib';
import type { BlueGreenRelease, ColourRelease, Release, RollingRelease, SedaEnvironment } from './environment';
import { podSettings } from './settings';

/** What came of a step: a new record, nothing to do, or a refusal; each with the sentence for people. */
export type StepResult =
  | { readonly kind: 'done'; readonly release: Release; readonly sentence: string; readonly next: string }
  | { readonly kind: 'nothing'; readonly sentence: string }
  | { readonly kind: 'refused'; readonly sentence: string };

/** What every step starts from. */
export interface StepInput {
  readonly environment: SedaEnvironment;
  readonly release: Release;
}

/** What `stage` is asked for. */
export interface StageInput extends StepInput {
  readonly image: string;
  /**
   * The image that the environment of `imageFrom` runs.
   * @default - there is no such environment
   */
  readonly sourceImage?: string;
  /**
   * Why the image may come from elsewhere.
   * @default - it may not
   */
  readonly skipOrder?: string;
}

const refused = (sentence: string): StepResult => ({ kind: 'refused', sentence });
const nothing = (sentence: string): StepResult => ({ kind: 'nothing', sentence });

/** How people call an image: its tag. */
function versionOf(image: string): string {
  return isPlaceholder(image) ? 'no release' : (parseImage(image).tag ?? image);
}

/** A colour and what it runs. */
function called(state: BlueGreenRelease, colour: Colour): string {
  const { image } = state[colour];
  return isPlaceholder(image) ? `${colour} (no release yet)` : `${colour} ${versionOf(image)}`;
}

/** The idle colour gets the image and the environment's settings of today, at full size; a rolling environment gets the image. */
export function stage(input: StageInput): StepResult {
  const { environment, release, image, skipOrder } = input;
  const refusal = imageRefusal(input);
  if (refusal !== undefined) return refused(refusal);
  const reason = skipOrder === undefined ? {} : { skippedOrder: skipOrder };
  if (!('active' in release)) return stageRolling(environment, release, image, reason);

  const idle = otherColour(release.active);
  const settings = { ...podSettings(environment), image };
  if (same(release[idle], settings)) return nothing(`${environment.name}: ${idle} is staged with ${versionOf(image)} and today's settings already`);
  if (same(release[release.active], settings)) return nothing(`${environment.name}: ${release.active} serves ${versionOf(image)} with today's settings already`);
  const next: ColourRelease = { release: Math.max(release.blue.release, release.green.release) + 1, ...settings, ...reason };
  return {
    kind: 'done',
    release: { ...release, [idle]: next },
    sentence: `${environment.name}: ${idle} is staged with ${versionOf(image)}; traffic stays on ${called(release, release.active)}`,
    next: `merge, look at the Service seda-api-preview, then: seda release promote ${environment.name}`,
  };
}

function stageRolling(environment: SedaEnvironment, release: RollingRelease, image: string, reason: object): StepResult {
  const { name } = environment;
  if (release.image === image) return nothing(`${name}: runs ${versionOf(image)} already`);
  const previous = isPlaceholder(release.image) ? {} : { previous: release.image };
  return {
    kind: 'done',
    release: { image, ...previous, ...reason },
    sentence: `${name}: moves from ${versionOf(release.image)} to ${versionOf(image)}, pod by pod; back: seda release rollback ${name}`,
    next: 'merge',
  };
}

/** Traffic moves to the colour that was staged; the other one stays as it is, warm. */
export function promote({ environment, release }: StepInput): StepResult {
  return withColours(environment, release, (state, idle) => {
    const { name } = environment;
    if (state[idle].release < state[state.active].release) {
      return nothing(`${name}: nothing is staged; ${called(state, state.active)} serves and is the newest release`);
    }
    if (state[idle].replicas === 0) return refused(`${name}: ${idle} has no pods; stage it first: seda release stage ${name} --image ${state[idle].image}`);
    return switched(environment, state, idle, `back: seda release rollback ${name}`, `once it has proved itself: seda release retire ${name}`);
  });
}

/** Traffic moves back to the colour that served before; refused while it has no pods. */
export function rollback({ environment, release }: StepInput): StepResult {
  const { name } = environment;
  if (!('active' in release)) {
    const { image, previous } = release;
    if (previous === undefined) return refused(`${name}: has no previous image to go back to; stage the one that should run`);
    return { kind: 'done', release: { image: previous, previous: image }, sentence: `${name}: goes back from ${versionOf(image)} to ${versionOf(previous)}, pod by pod`, next: 'merge' };
  }
  return withColours(environment, release, (state, idle) => {
    if (state[idle].release > state[state.active].release) {
      return refused(`${name}: ${idle} is newer than ${state.active}, which serves; there is nothing to go back to. To go forward: seda release promote ${name}`);
    }
    if (isPlaceholder(state[idle].image)) return refused(`${name}: ${called(state, idle)} is nothing to go back to`);
    if (state[idle].replicas === 0) {
      return refused(`${name}: ${called(state, idle)} has no pods; warm it first: seda release stage ${name} --image ${state[idle].image}`);
    }
    return switched(environment, state, idle, `forward again: seda release promote ${name}`, `to drop it for good: seda release abort ${name}`);
  });
}

/** The colour that served before loses its pods, and with them the quick way back. */
export function retire({ environment, release }: StepInput): StepResult {
  return withColours(environment, release, (state, idle) => {
    const { name } = environment;
    if (state[idle].release > state[state.active].release) return refused(`${name}: ${idle} is staged and not promoted; to drop it: seda release abort ${name}`);
    if (state[idle].replicas === 0) return nothing(`${name}: ${idle} has no pods already`);
    return {
      kind: 'done',
      release: { ...state, [idle]: { ...state[idle], replicas: 0 } },
      sentence: `${name}: ${called(state, idle)} is retired; the way back is now a release`,
      next: 'merge',
    };
  });
}

/** A release that was staged and not promoted is dropped: the idle colour is an empty copy of the one that serves. */
export function abort({ environment, release }: StepInput): StepResult {
  return withColours(environment, release, (state, idle) => {
    const { name } = environment;
    if (state[idle].release < state[state.active].release) return nothing(`${name}: nothing is staged`);
    return {
      kind: 'done',
      release: { ...state, [idle]: { ...state[state.active], release: 0, replicas: 0 } },
      sentence: `${name}: ${versionOf(state[idle].image)} is dropped from ${idle}; traffic stays on ${called(state, state.active)}`,
      next: 'merge',
    };
  });
}

function withColours(environment: SedaEnvironment, release: Release, step: (state: BlueGreenRelease, idle: Colour) => StepResult): StepResult {
  if ('active' in release) return step(release, otherColour(release.active));
  return refused(`${environment.name}: is a rolling environment and has no colours; stage sets its image, rollback the one before`);
}

function switched(environment: SedaEnvironment, state: BlueGreenRelease, to: Colour, back: string, later: string): StepResult {
  return {
    kind: 'done',
    release: { ...state, active: to },
    sentence: `${environment.name}: traffic moves from ${called(state, state.active)} to ${called(state, to)}; ${back}`,
    next: `merge; ${later}`,
  };
}

function imageRefusal({ environment, image, sourceImage, skipOrder }: StageInput): string | undefined {
  const { name, imageFrom } = environment;
  const [fault] = imageFaults(image, imageFrom !== undefined);
  if (fault !== undefined) return `${name}: the image ${fault}`;
  if (isPlaceholder(image)) return `${name}: the all-zero digest is a placeholder and not an image; name one that was built`;
  if (imageFrom === undefined || skipOrder !== undefined) return undefined;
  if (sourceImage !== undefined && parseImage(sourceImage).digest === parseImage(image).digest) return undefined;
  const runs = sourceImage === undefined ? '' : `, which runs ${versionOf(sourceImage)}`;
  return `${name}: takes images from ${imageFrom}${runs}; stage it there first and use --from ${imageFrom}, or give --skip-order "reason"`;
}

/** True when a colour holds exactly these settings, whichever release it was. */
function same(colour: ColourRelease, settings: object): boolean {
  const { release: _, skippedOrder: __, ...held } = colour;
  return contentHash(held) === contentHash(settings);
}
