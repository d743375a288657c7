import {
  type ApiRevision,
  type Colour,
  COLOURS,
  contentHash,
  isPlaceholder,
  type Migration,
  otherColour,
  parseImage,
  versionFaults,
} from '../lib';
import {
  type BlueGreenRelease,
  type ColourRelease,
  isBlueGreen,
  type Release,
  type RollingRelease,
  type SedaEnvironment,
} from './environment';
import { environmentImageFaults } from './image';
import { podSettings } from './settings';

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

/** What `stage` is asked for. */
export interface StageInput extends StepInput {
  readonly image: string;
  /**
   * What people call it.
   * @default - the tag of the image
   */
  readonly version?: string;
  /**
   * What its migration does to the schema.
   * @default 'expand'
   */
  readonly migration?: Migration;
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

/** How people call what runs: by its version, which is normally the tag of the image. */
function versionOf(image: string, version = parseImage(image).tag ?? image): string {
  return isPlaceholder(image) ? 'no release' : version;
}

/** A colour and what it runs. */
function colourCalled(state: BlueGreenRelease, colour: Colour): string {
  const { image, version } = state[colour];
  return isPlaceholder(image)
    ? `${colour} (no release yet)`
    : `${colour} ${versionOf(image, version)}`;
}

/** The idle colour gets the image and the environment's settings of today, at full size; a rolling environment gets the image. */
export function stage(input: StageInput): StepResult {
  const { environment, release, image, version, migration = 'expand', skipOrder } = input;
  const refusal = imageRefusal(input) ?? migrationRefusal(input);
  if (refusal !== undefined) return refused(refusal);
  const named = { image, ...(version === undefined ? {} : { version }), migration };
  const reason = skipOrder === undefined ? {} : { skippedOrder: skipOrder };
  if (!isBlueGreen(release)) return stageRolling(environment, release, { ...named, ...reason });

  const idle = otherColour(release.active);
  const settings = { ...podSettings(environment), ...named };
  const called = versionOf(image, version);
  if (same(release[idle], settings))
    return nothing(
      `${environment.name}: ${idle} is staged with ${called} and today's settings already`,
    );
  if (
    same(release[release.active], { ...settings, migration: release[release.active].migration })
  ) {
    return nothing(
      `${environment.name}: ${release.active} serves ${called} with today's settings already`,
    );
  }
  const number = Math.max(release.blue.release, release.green.release) + 1;
  const next: ColourRelease = { release: number, ...settings, ...reason };
  return {
    kind: 'done',
    release: {
      ...release,
      [idle]: next,
      ...(migration === 'expand' ? { expandedIn: number } : {}),
    },
    sentence: `${environment.name}: ${idle} is staged with ${called}; traffic stays on ${colourCalled(release, release.active)}`,
    next: `${needsValues(settings, release) ? `put what "seda secrets template ${environment.name}" lists into the store, then ` : ''}merge, look at the Service seda-api-preview, then: seda release promote ${environment.name}`,
  };
}

/** The record if the settings of today were staged beside what serves; for looking ahead, because nothing is released by it. */
export function withSettingsOfToday({ environment, release }: StepInput): Release {
  if (!isBlueGreen(release)) return release;
  const idle = otherColour(release.active);
  return { ...release, [idle]: { ...release[idle], ...podSettings(environment) } };
}

/** A version of the Secret that no pod reads yet has values that nobody has needed yet. */
function needsValues(
  { secretVersion }: Pick<ApiRevision, 'secretVersion'>,
  release: BlueGreenRelease,
): boolean {
  return COLOURS.every(
    (colour) => release[colour].replicas === 0 || release[colour].secretVersion !== secretVersion,
  );
}

function stageRolling(
  { name }: SedaEnvironment,
  release: RollingRelease,
  next: RollingRelease,
): StepResult {
  const [from, to] = [release, next].map(({ image, version }) => versionOf(image, version));
  if (release.image === next.image) return nothing(`${name}: runs ${to} already`);
  return {
    kind: 'done',
    release: { ...next, ...(isPlaceholder(release.image) ? {} : asPrevious(release)) },
    sentence: `${name}: moves from ${from} to ${to}, pod by pod; back: seda release rollback ${name}`,
    next: 'merge',
  };
}

function asPrevious({
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

/** What a rollback brings back. */
function fromPrevious(
  image: string,
  { previousVersion: version, previousMigration: migration }: RollingRelease,
): RollingRelease {
  return {
    image,
    ...(version === undefined ? {} : { version }),
    ...(migration === undefined ? {} : { migration }),
  };
}

/** Traffic moves to the colour that was staged; the other one stays as it is, warm. */
export function promote({ environment, release }: StepInput): StepResult {
  return withColours(environment, release, (state, idle) => {
    const { name } = environment;
    if (state[idle].release < state[state.active].release) {
      return nothing(
        `${name}: nothing is staged; ${colourCalled(state, state.active)} serves and is the newest release`,
      );
    }
    if (state[idle].replicas === 0)
      return refused(
        `${name}: ${idle} has no pods; stage it first: seda release stage ${name} --image ${state[idle].image}`,
      );
    return switched(
      environment,
      state,
      idle,
      `back: seda release rollback ${name}`,
      `once it has proved itself: seda release retire ${name}`,
    );
  });
}

/** Both in one commit, which the waves alone keep safe. */
export function stageAndPromote(input: StageInput): StepResult {
  const { environment, release } = input;
  if (environment.autoscaling && isBlueGreen(release)) {
    const reason = 'it acts in the last wave, and the gate would wait for pods that nobody starts';
    return refused(
      `${environment.name}: stage and promote must be two commits where there is an autoscaler: ${reason}`,
    );
  }
  const staged = stage(input);
  if (staged.kind === 'refused') return staged;
  return promote({ environment, release: staged.kind === 'done' ? staged.release : release });
}

/** Traffic moves back to the colour that served before; refused while it has no pods. */
export function rollback({ environment, release }: StepInput): StepResult {
  const { name } = environment;
  if (!isBlueGreen(release)) {
    const { previous, previousVersion, rolledBack } = release;
    if (previous === undefined)
      return refused(`${name}: has no previous image to go back to; stage the one that should run`);
    return {
      kind: 'done',
      // Twice is forward again.
      release: {
        ...fromPrevious(previous, release),
        ...asPrevious(release),
        ...(rolledBack ? {} : { rolledBack: true }),
      },
      sentence: `${name}: goes back from ${versionOf(release.image, release.version)} to ${versionOf(previous, previousVersion)}, pod by pod`,
      next: 'merge',
    };
  }
  return withColours(environment, release, (state, idle) => {
    if (state[idle].release > state[state.active].release) {
      return refused(
        `${name}: ${idle} is newer than ${state.active}, which serves; there is nothing to go back to. To go forward: seda release promote ${name}`,
      );
    }
    if (isPlaceholder(state[idle].image))
      return refused(`${name}: ${colourCalled(state, idle)} is nothing to go back to`);
    if (state[idle].replicas === 0) {
      return refused(
        `${name}: ${colourCalled(state, idle)} has no pods; warm it first: seda release stage ${name} --image ${state[idle].image}`,
      );
    }
    return switched(
      environment,
      state,
      idle,
      `forward again: seda release promote ${name}`,
      `to drop it for good: seda release abort ${name}`,
    );
  });
}

/** The colour that served before loses its pods, and with them the quick way back. */
export function retire({ environment, release }: StepInput): StepResult {
  return withColours(environment, release, (state, idle) => {
    const { name } = environment;
    if (state[idle].release > state[state.active].release)
      return refused(
        `${name}: ${idle} is staged and not promoted; to drop it: seda release abort ${name}`,
      );
    if (state[idle].replicas === 0) return nothing(`${name}: ${idle} has no pods already`);
    return {
      kind: 'done',
      release: { ...state, [idle]: { ...state[idle], replicas: 0 } },
      sentence: `${name}: ${colourCalled(state, idle)} is retired; the way back is now a release`,
      next: 'merge',
    };
  });
}

/** A release that was staged and not promoted is dropped: the idle colour is an empty copy of the one that serves. */
export function abort({ environment, release }: StepInput): StepResult {
  return withColours(environment, release, (state, idle) => {
    const { name } = environment;
    if (state[idle].release < state[state.active].release)
      return nothing(`${name}: nothing is staged`);
    return {
      kind: 'done',
      release: { ...state, [idle]: { ...state[state.active], release: 0, replicas: 0 } },
      sentence: `${name}: ${versionOf(state[idle].image, state[idle].version)} is dropped from ${idle}; traffic stays on ${colourCalled(state, state.active)}`,
      next: 'merge',
    };
  });
}

function withColours(
  environment: SedaEnvironment,
  release: Release,
  step: (state: BlueGreenRelease, idle: Colour) => StepResult,
): StepResult {
  if (isBlueGreen(release)) return step(release, otherColour(release.active));
  return refused(
    `${environment.name}: is a rolling environment and has no colours; stage sets its image, rollback the one before`,
  );
}

function switched(
  environment: SedaEnvironment,
  state: BlueGreenRelease,
  to: Colour,
  back: string,
  later: string,
): StepResult {
  return {
    kind: 'done',
    release: { ...state, active: to },
    sentence: `${environment.name}: traffic moves from ${colourCalled(state, state.active)} to ${colourCalled(state, to)}; ${back}`,
    next: `merge; ${later}`,
  };
}

/** What a contraction takes away, the oldest code that runs must not need any more. */
function migrationRefusal({ environment, release, migration }: StageInput): string | undefined {
  if (migration !== 'contract') return undefined;
  const { name } = environment;
  if (!isBlueGreen(release)) {
    return release.rolledBack
      ? `${name}: runs ${versionOf(release.image, release.version)}, which is older than the release that expanded the schema; stage a newer one with --migration none before you contract`
      : undefined;
  }
  const { active, expandedIn = 0 } = release;
  if (release[active].release >= expandedIn) return undefined;
  return `${name}: ${colourCalled(release, active)}, release ${release[active].release}, is older than release ${expandedIn}, which expanded the schema, and may need what a contraction takes away; promote release ${expandedIn} or a later one first`;
}

function imageRefusal({
  environment,
  release,
  image,
  version,
  sourceImage,
  skipOrder,
}: StageInput): string | undefined {
  const { name, imageFrom } = environment;
  const [fault] = environmentImageFaults(environment, image);
  if (fault !== undefined) return `${name}: the image ${fault}`;
  const [versionFault] = version === undefined ? [] : versionFaults('version', version);
  if (versionFault !== undefined) return `${name}: ${versionFault}`;
  if (isPlaceholder(image))
    return `${name}: the all-zero digest is a placeholder and not an image; name one that was built`;
  if (imageFrom === undefined || skipOrder !== undefined) return undefined;
  // What a colour holds came the usual way before, so that a cold one can be warmed.
  if (
    isBlueGreen(release) &&
    COLOURS.some((colour) => parseImage(release[colour].image).digest === parseImage(image).digest)
  )
    return undefined;
  if (sourceImage !== undefined && parseImage(sourceImage).digest === parseImage(image).digest)
    return undefined;
  const runs = sourceImage === undefined ? '' : `, which runs ${versionOf(sourceImage)}`;
  return `${name}: takes images from ${imageFrom}${runs}; stage it there first and use --from ${imageFrom}, or give --skip-order "reason"`;
}

/** True when a colour holds exactly these settings, whichever release it was. */
function same(colour: ColourRelease, settings: object): boolean {
  const { release: _, skippedOrder: __, ...held } = colour;
  return contentHash(held) === contentHash(settings);
}
