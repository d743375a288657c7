import { type Colour, otherColour } from '../lib';
import { bundleOf, type Bundles } from './bundle';
import { bundleChanges } from './bundle-changes';
import {
  type BlueGreenRelease,
  type ColourRelease,
  isBlueGreen,
  type Release,
  type SedaEnvironment,
} from './environment';
import { readFrozen } from './frozen';
import { leaves } from './leaves';
import { readRelease } from './release';
import { podSettings } from './settings';
import { type WaitingSetting, waitingText } from './waiting-setting';

/**
 * What the next `release stage` takes along. A rolling environment has none: its settings apply with the merge. Settings
 * that are staged wait for a promotion and not for a release.
 *
 * @param frozen the bundles that stay as they were staged; what the code renders otherwise waits as well
 */
export function waitingSettings(
  environment: SedaEnvironment,
  release: Release,
  frozen: Bundles = {},
): WaitingSetting[] {
  if (!isBlueGreen(release)) return [];
  const colour = newest(release);
  const [next, now] = [leaves(podSettings(environment)), leaves(settingsOf(release[colour]))];
  const held = frozen[colour];
  return [
    ...[...new Set([...now.keys(), ...next.keys()])]
      .filter((path) => now.get(path) !== next.get(path))
      .map((path) => ({ path, from: now.get(path), to: next.get(path) })),
    ...(held === undefined ? [] : bundleChanges(held, bundleOf(environment, release, colour))),
  ];
}

/**
 * One line for each environment whose settings wait, for whoever edits them and sees no change in its YAML.
 *
 * @param folder where the release records are
 */
export function waitingNotes(environments: readonly SedaEnvironment[], folder: string): string[] {
  // The record of a rolling environment has no settings that could wait, so it is not read once more.
  const pairs = environments.filter(({ rollout }) => rollout === 'blue-green');
  return pairs.flatMap((environment) => {
    const read = readRelease(folder, environment);
    const settings =
      'faults' in read
        ? []
        : waitingSettings(
            environment,
            read.release,
            isBlueGreen(read.release) ? readFrozen(folder, environment, read.release).frozen : {},
          );
    return settings.length === 0
      ? []
      : [`${environment.name}: waits for the next release: ${waitingText(settings)}`];
  });
}

/** The colour that was staged last; what was rolled back is as if it had never been. */
function newest(release: BlueGreenRelease): Colour {
  const { active } = release;
  const idle = otherColour(active);
  return release[idle].release > release[active].release && !release.rolledBack ? idle : active;
}

/** A colour without what the release itself says. */
function settingsOf({
  release: _release,
  image: _image,
  version: _version,
  migration: _migration,
  skippedOrder: _skippedOrder,
  ...settings
}: ColourRelease): object {
  return settings;
}
