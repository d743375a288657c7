import * as path from 'node:path';
import * as v from 'valibot';
import { isMap } from 'yaml';
import { COLOURS, imageFaults, MIGRATIONS, revisionFaults, versionFaults } from '../lib';
import { checkWholeNumber, fault, oneLine } from '../lib/checks';
import { POD_SETTINGS } from '../lib/pod-shapes';
import { object, optional, unknownKey } from '../lib/shape';
import { getsTraffic, weightFaults } from '../lib/traffic';
import { repositoryFaults } from './image';
import { releaseFile } from './layout';
import { readDocument, readText } from './record-text';
import {
  canShare,
  isBlueGreen,
  type Release,
  type RollingRelease,
  type SedaEnvironment,
} from './environment';

const migration = v.optional(v.picklist(MIGRATIONS as ['expand', 'contract', 'none']));
const quantities = v.record(v.string(), v.string());
const revision = v.strictObject({
  release: v.number(),
  image: v.string(),
  version: v.optional(v.string()),
  migration,
  imagePullPolicy: v.optional(v.picklist(['Always', 'IfNotPresent'])),
  replicas: v.number(),
  autoscaling: v.optional(
    v.strictObject({
      minReplicas: v.number(),
      maxReplicas: v.number(),
      targetCpuPercent: v.optional(v.number()),
    }),
  ),
  config: v.record(v.string(), v.string()),
  notCredentials: v.optional(v.array(v.string())),
  resources: v.strictObject({ requests: quantities, limits: quantities }),
  writablePaths: v.optional(quantities),
  secretVersion: v.optional(v.number()),
  secretKeys: v.optional(v.record(v.string(), v.string())),
  // Its fields are those of the library, which checks them below.
  pod: v.optional(v.looseObject({})),
  skippedOrder: v.optional(v.string()),
});
const SCHEMAS = {
  rolling: v.strictObject({
    image: v.string(),
    version: v.optional(v.string()),
    migration,
    previous: v.optional(v.string()),
    previousVersion: v.optional(v.string()),
    previousMigration: migration,
    rolledBack: v.optional(v.boolean()),
    skippedOrder: v.optional(v.string()),
  }),
  'blue-green': v.strictObject({
    active: v.picklist(COLOURS as ['blue', 'green']),
    blue: revision,
    green: revision,
    weights: v.optional(v.strictObject({ blue: v.number(), green: v.number() })),
    expandedIn: v.optional(v.number()),
    rolledBack: v.optional(v.boolean()),
  }),
};

/** A record with its text, or everything that is wrong with it. */
export type ReadRelease =
  { readonly release: Release; readonly text: string } | { readonly faults: readonly string[] };

/** Reads the record of an environment from `folder`. Never throws: a broken record is a list of faults. */
export function readRelease(folder: string, environment: SedaEnvironment): ReadRelease {
  const label = `environments/${releaseFile(environment)}`;
  const file = path.join(folder, releaseFile(environment));
  const read = readText(file, label, `the record of what ${environment.name} runs`);
  return 'faults' in read ? read : parseRelease(label, read.text, environment);
}

/** Checks the text of a record: as YAML, by shape, then value by value. Faults carry file, line and path. */
export function parseRelease(
  label: string,
  text: string,
  environment: SedaEnvironment,
): ReadRelease {
  const read = readDocument(label, text);
  if ('faults' in read) return read;
  const { document, where } = read;
  if (!isMap(document.contents)) {
    const required = Object.entries(SCHEMAS[environment.rollout].entries).filter(
      ([, { type }]) => type !== 'optional',
    );
    const keys = required.map(([key]) => key).join(', ');
    return {
      faults: [`${where([])}: is not a record, expected the keys ${keys}; restore it from git`],
    };
  }

  const parsed = v.safeParse(SCHEMAS[environment.rollout], document.toJS());
  if (!parsed.success)
    return {
      faults: parsed.issues.map(
        (issue) => `${where(keysOf(issue))}: ${oneLine(shapeFault(issue, environment.rollout))}`,
      ),
    };

  const release = parsed.output as Release;
  const found = valueFaults(release, environment).map(
    ([keys, message]) => `${where(keys)}: ${oneLine(message)}`,
  );
  return found.length > 0 ? { faults: found } : { release, text };
}

function valueFaults(release: Release, environment: SedaEnvironment): [string[], string][] {
  const { imageFrom, replicas, autoscaling } = environment;
  const requireDigest = imageFrom !== undefined;
  const foreign = (path: string, image: string) =>
    repositoryFaults(environment, image).map((problem) => `${path} ${problem}`);
  if (!isBlueGreen(release)) {
    return [
      ...previousFaults(release),
      ...foreign('image', release.image).map((message): [string[], string] => [['image'], message]),
      ...(['image', 'previous'] as const)
        .filter((key) => release[key] !== undefined)
        .flatMap((key) =>
          imageFaults(release[key], requireDigest).map((problem): [string[], string] => [
            [key],
            `${key} ${problem}`,
          ]),
        ),
      ...(['version', 'previousVersion'] as const)
        .filter((key) => release[key] !== undefined)
        .flatMap((key) =>
          versionFaults(key, release[key]).map((message): [string[], string] => [[key], message]),
        ),
    ];
  }
  const disruptionBudget = replicas > 1 || autoscaling !== undefined;
  const shapes = COLOURS.flatMap((colour) =>
    optional(object(POD_SETTINGS)).faults(`${colour}.pod`, release[colour].pod),
  ).map(({ message }) => message);
  if (shapes.length > 0) return shapes.map(located);
  const messages = [
    ...COLOURS.flatMap((colour) => foreign(`${colour}.image`, release[colour].image)),
    ...COLOURS.flatMap((colour) =>
      revisionFaults(colour, release[colour], {
        requireDigest,
        disruptionBudget,
        idle: !getsTraffic(release, colour),
      }),
    ),
    ...weightFaults(release),
    ...(release.weights === undefined || canShare(environment)
      ? []
      : [
          fault(
            'weights',
            'share requests, which the ingress of the environment cannot',
            environment.ingress?.kind ?? 'no ingress',
            'gateway-api',
            `remove weights, or choose a Gateway in environments/${environment.name}.ts`,
          ),
        ]),
    ...(release.expandedIn === undefined
      ? []
      : checkWholeNumber('expandedIn', release.expandedIn, 0, 999999)),
  ];
  return messages.map(located);
}

/** A message with the path that it begins with. */
function located(message: string): [string[], string] {
  return [message.split(' ', 1)[0]!.split('.'), message];
}

/** What a rollback would bring back must be something else, and be there. */
function previousFaults({ image, previous, rolledBack }: RollingRelease): [string[], string][] {
  return [
    ...(previous === image
      ? [
          [
            ['previous'],
            'previous is the image itself, expected the one before it; remove it',
          ] satisfies [string[], string],
        ]
      : []),
    ...(rolledBack && previous === undefined
      ? [
          [
            ['rolledBack'],
            'rolledBack says that the previous image is the newer one, expected the key previous; remove it or restore the record from git',
          ] satisfies [string[], string],
        ]
      : []),
  ];
}

type Issue = v.BaseIssue<unknown>;

function keysOf(issue: Issue): (string | number)[] {
  return (issue.path ?? []).map(({ key }) => key as string | number);
}

/** The keys that a record may have where an issue is. */
function knownKeys(rollout: SedaEnvironment['rollout'], path: readonly PropertyKey[]): string[] {
  let schema: unknown = SCHEMAS[rollout];
  for (const key of path) {
    const { entries } = unwrapped(schema);
    schema = entries?.[String(key)];
  }
  return Object.keys(unwrapped(schema).entries ?? {});
}

/** A schema, or what an optional one is about. */
function unwrapped(schema: unknown): { readonly entries?: { readonly [key: string]: unknown } } {
  const { wrapped } = (schema ?? {}) as { readonly wrapped?: unknown };
  return (wrapped ?? schema ?? {}) as object;
}

function shapeFault(issue: Issue, rollout: SedaEnvironment['rollout']): string {
  const path = keysOf(issue);
  const keys = path.join('.');
  if (issue.expected === 'never')
    return unknownKey(keys, String(path.at(-1)), knownKeys(rollout, path.slice(0, -1)));
  if (issue.received === 'undefined') return `${keys} is missing; add it`;
  return `${keys} is of the wrong kind, got ${issue.received}, expected ${issue.expected}; correct it`;
}
