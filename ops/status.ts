import { type ColourRelease, isBlueGreen } from '../environments/environment';
import { shortDigests } from './digest';
import type { Releases } from './release';

/** One colour, or the one workload of a rolling environment. */
interface SlotStatus {
  readonly slot: string;
  readonly role: 'serves' | 'staged' | 'warm' | 'empty';
  readonly image: string;
  readonly replicas: number;
}

export interface EnvironmentStatus {
  readonly environment: string;
  readonly rollout: string;
  readonly slots: readonly SlotStatus[];
  /** Fields in which the colours differ, besides release and size. */
  readonly differs: readonly string[];
  /** Fields of the environment whose values no colour has yet; the next stage takes them along. */
  readonly waiting: readonly string[];
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
    const role =
      colour === release.active ? 'serves' : replicas === 0 ? 'empty' : newer ? 'staged' : 'warm';
    return { slot: colour, role, image, replicas };
  });
  return {
    environment: name,
    rollout,
    slots,
    differs: differs(release.blue, release.green),
    waiting: waiting(settings, [release.blue, release.green]),
  };
}

/** Values by their path. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (value === null || typeof value !== 'object') return [[path, value]];
  return Object.entries(value).flatMap(([key, entry]) =>
    leaves(entry, path === '' ? key : `${path}.${key}`),
  );
}

/** Paths of settings that neither colour has. */
function waiting(settings: object, colours: readonly ColourRelease[]): string[] {
  const held = colours.map((colour) => new Map(leaves(colour)));
  return leaves(settings)
    .filter(([path, value]) => held.every((colour) => colour.get(path) !== value))
    .map(([path]) => path);
}

function differs(blue: ColourRelease, green: ColourRelease): string[] {
  const [one, other] = [new Map(leaves(blue)), new Map(leaves(green))];
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (path) => !['release', 'replicas'].includes(path) && one.get(path) !== other.get(path),
  );
}

/** A table for people. */
export function statusText(statuses: readonly EnvironmentStatus[]): string {
  const rows = statuses.flatMap(({ environment, slots }) =>
    slots.map(({ slot, role, image, replicas }) => [
      environment,
      slot,
      role,
      replicas === 1 ? '1 pod' : `${replicas} pods`,
      shortDigests(image),
    ]),
  );
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const notes = statuses.flatMap(({ environment, differs, waiting }) => [
    ...(differs.length > 0 ? [`${environment}: the colours differ in ${differs.join(', ')}`] : []),
    ...(waiting.length > 0
      ? [`${environment}: no colour has these settings yet: ${waiting.join(', ')}`]
      : []),
  ]);
  return [...table, ...notes].join('\n');
}
