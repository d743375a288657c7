import { type ColourRelease, isBlueGreen } from '../environments/environment';
import { leaves } from '../environments/leaves';
import { type WaitingSetting, waitingText } from '../environments/waiting-setting';
import { shortDigests } from './digest';
import type { Releases } from './release';
import { table } from './table';

/** One colour, or the one workload of a rolling environment. */
interface SlotStatus {
  readonly slot: string;
  /**
   * Percent of the requests that it gets.
   * @default - all where it serves, and else none
   */
  readonly share?: number;
  readonly role: 'serves' | 'shares' | 'staged' | 'rolled back' | 'warm' | 'empty';
  readonly image: string;
  readonly replicas: number;
}

export interface EnvironmentStatus {
  readonly environment: string;
  readonly rollout: string;
  readonly slots: readonly SlotStatus[];
  /** Fields in which the colours differ, besides release and size. */
  readonly differs: readonly string[];
  /** Settings of the environment that the next stage takes along. */
  readonly waiting: readonly WaitingSetting[];
}

/** What every environment runs, as its record says. */
export function statusOf(releases: Releases, name: string): EnvironmentStatus {
  const environment = releases.environment(name);
  const { release } = releases.read(environment);
  const settings = releases.settings(environment);
  const rollout = environment.rollout;
  if (!isBlueGreen(release)) {
    return {
      environment: name,
      rollout,
      slots: [
        {
          slot: environment.workload,
          role: 'serves',
          image: release.image,
          replicas: settings.replicas,
        },
      ],
      differs: [],
      waiting: [],
    };
  }
  const slots = (['blue', 'green'] as const).map((colour): SlotStatus => {
    const { image, replicas, release: number } = release[colour];
    const newer = number > release[release.active].release;
    const idle = newer ? (release.rolledBack ? 'rolled back' : 'staged') : 'warm';
    const share = release.weights?.[colour];
    const rest = share !== undefined ? 'shares' : replicas === 0 ? 'empty' : idle;
    const role = colour === release.active ? 'serves' : rest;
    return { slot: colour, role, ...(share === undefined ? {} : { share }), image, replicas };
  });
  return {
    environment: name,
    rollout,
    slots,
    differs: differs(release.blue, release.green),
    waiting: releases.waiting(environment),
  };
}

function differs(blue: ColourRelease, green: ColourRelease): string[] {
  const [one, other] = [leaves(blue), leaves(green)];
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (path) => !['release', 'replicas'].includes(path) && one.get(path) !== other.get(path),
  );
}

/** A table for people. */
export function statusText(statuses: readonly EnvironmentStatus[]): string {
  const rows = statuses.flatMap(({ environment, slots }) =>
    slots.map(({ slot, role, share, image, replicas }) => [
      environment,
      slot,
      share === undefined ? role : `${role} ${share} %`,
      replicas === 1 ? '1 pod' : `${replicas} pods`,
      shortDigests(image),
    ]),
  );
  const notes = statuses.flatMap(({ environment, differs, waiting }) => [
    ...(differs.length > 0 ? [`${environment}: the colours differ in ${differs.join(', ')}`] : []),
    ...(waiting.length > 0
      ? [`${environment}: waits for the next release: ${waitingText(waiting)}`]
      : []),
  ]);
  return [...table(rows), ...notes].join('\n');
}
