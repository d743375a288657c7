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
import { isReason } from '../lib/release-annotations';
import { environmentImageFaults } from './image';
import {
  asPrevious,
  colourCalled,
  nothing,
  refused,
  sharedRefusal,
  type StepInput,
  type StepResult,
  versionOf,
} from './release-step';
import { podSettings } from './settings';

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
   * Colours whose frozen bundle is not what the code of today renders: to stage the same again is no idle step.
   * @default - none
   */
  readonly outdated?: readonly Colour[];
  /**
   * Why the image may come from elsewhere.
   * @default - it may not
   */
  readonly skipOrder?: string;
}

/** The idle colour gets the image and the environment's settings of today, at full size; a rolling environment gets the image. */
export function stage(input: StageInput): StepResult {
  const { environment, release, image, version, migration = 'expand', skipOrder } = input;
  const { outdated = [] } = input;
  const refusal =
    sharedRefusal(environment, release) ?? imageRefusal(input) ?? migrationRefusal(input);
  if (refusal !== undefined) return refused(refusal);
  const named = { image, ...(version === undefined ? {} : { version }), migration };
  const reason = skipOrder === undefined ? {} : { skippedOrder: skipOrder };
  if (!isBlueGreen(release)) return stageRolling(environment, release, { ...named, ...reason });

  const idle = otherColour(release.active);
  const settings = { ...podSettings(environment), ...named };
  const called = versionOf(image, version);
  const keyRefusal = secretRefusal(environment, settings, release);
  if (keyRefusal !== undefined) return refused(keyRefusal);
  if (same(release[idle], settings) && !outdated.includes(idle))
    return nothing(
      `${environment.name}: ${idle} is staged with ${called} and today's settings already`,
    );
  if (
    !outdated.includes(release.active) &&
    same(release[release.active], { ...settings, migration: release[release.active].migration })
  ) {
    return nothing(
      `${environment.name}: ${release.active} serves ${called} with today's settings already`,
    );
  }
  const number = Math.max(release.blue.release, release.green.release) + 1;
  const { rolledBack: _, ...unmarked } = release;
  const next: ColourRelease = { release: number, ...settings, ...reason };
  return {
    kind: 'done',
    release: {
      ...unmarked,
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

/** A version or a key of the Secret that no pod reads yet has a value that nobody has needed yet. */
function needsValues(
  settings: Pick<ApiRevision, 'secretVersion' | 'secretKeys'>,
  release: BlueGreenRelease,
): boolean {
  const keys = Object.values(settings.secretKeys ?? {});
  return COLOURS.every((colour) => {
    const { replicas, secretVersion, secretKeys = {} } = release[colour];
    const read = Object.values(secretKeys);
    return (
      replicas === 0 ||
      secretVersion !== settings.secretVersion ||
      keys.some((key) => !read.includes(key))
    );
  });
}

/** A version of the Secret never changes once it is made, so it cannot get a key more. */
function secretRefusal(
  { name }: SedaEnvironment,
  { secretVersion, secretKeys = {} }: Pick<ApiRevision, 'secretVersion' | 'secretKeys'>,
  release: BlueGreenRelease,
): string | undefined {
  const active = release[release.active];
  if (secretVersion === undefined || secretVersion !== active.secretVersion) return undefined;
  const read = Object.values(active.secretKeys ?? {});
  const added = Object.values(secretKeys).filter((key) => !read.includes(key));
  return added.length === 0
    ? undefined
    : `${name}: version ${secretVersion} of the Secret, which ${release.active} reads, never gets a new key, got ${added.join(', ')}; raise secretVersion in environments/${name}.ts as well`;
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
  if (skipOrder !== undefined && !isReason(skipOrder))
    return `${name}: --skip-order has no reason, got ${JSON.stringify(skipOrder)}, expected what a reviewer needs to know, such as "the fix of an outage"`;
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
