import { createHash } from 'node:crypto';
import { type ApiObject, App } from 'cdk8s';
import { assemble } from '../../environments/assembly';
import type { Bundle, Bundles } from '../../environments/bundle';
import { SedaChart } from '../../environments/chart';
import { isBlueGreen, type Release, type SedaEnvironment } from '../../environments/environment';
import { freeze, parseFrozen } from '../../environments/frozen';
import { frozenFaults } from '../../environments/frozen-checks';
import { frozenFile } from '../../environments/frozen-name';
import { appFaults, type Colour, COLOURS, type Manifest } from '../../lib';
import { objectsOf as objectsOfApp } from '../../lib/manifests';
import { GATEWAY, placeholderPair, production } from '../fixtures';

/** A change of what is rendered. */
export interface Mutation {
  readonly name: string;
  /** It changes objects one by one, so it may stand for another constant of the library. */
  readonly isOfOne?: boolean;
  /** Changes objects, which are its own. The same colour serves as in the record. */
  readonly mutate: (objects: Manifest[], active: Colour) => Manifest[] | void;
}

/** What people have decided, and with what code it is rendered. */
export interface Commit {
  readonly environment: SedaEnvironment;
  readonly release: Release;
  /** What colours were given when they were staged. */
  readonly frozen: Bundles;
  /** Other constants of the library. */
  readonly code: readonly Mutation[];
  /** Edits of `dist/` by hand. */
  readonly hands: readonly Mutation[];
}

const renderings = new Map<string, string>();

/** What a commit renders; undefined where it is refused already at synthesis, or where mutations do not fit together. */
export function render(commit: Commit): Manifest[] | undefined {
  return fitting(() => objectsOf(commit));
}

/** A mutation misses what another took away. */
class Misfit extends Error {}

function mutated({ mutate }: Mutation, objects: Manifest[], release: Release): Manifest[] {
  try {
    return mutate(objects, activeOf(release)) ?? objects;
  } catch (error) {
    throw error instanceof TypeError ? new Misfit() : error;
  }
}

/** What mutations make together, unless they do not fit together. */
function fitting<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof Misfit) return undefined;
    throw error;
  }
}

function objectsOf(commit: Commit): Manifest[] | undefined {
  const { environment, release, frozen, hands } = commit;
  const code = commit.code.map(({ name }) => name);
  const key = createHash('sha1')
    .update(JSON.stringify([environment, release, frozen, code]))
    .digest('hex');
  let text = renderings.get(key);
  if (text === undefined) {
    if (renderings.size > 2000) renderings.clear();
    text = JSON.stringify(rendered(commit) ?? null);
    renderings.set(key, text);
  }
  const objects = JSON.parse(text) as Manifest[] | null;
  return objects === null
    ? undefined
    : hands.reduce((all, mutation) => mutated(mutation, all, release), objects).map(known);
}

const objectsByText = new Map<string, Manifest>();

/** The object that was rendered like this before: what did not change is compared by a look. */
function known(object: Manifest): Manifest {
  const text = JSON.stringify(object);
  const same = objectsByText.get(text) ?? object;
  if (objectsByText.size > 20_000) objectsByText.clear();
  objectsByText.set(text, same);
  return same;
}

function rendered(commit: Commit): Manifest[] | undefined {
  const { environment, release, frozen } = commit;
  const isAtOdds = COLOURS.some((colour) => {
    const bundle = frozen[colour];
    return (
      bundle !== undefined &&
      isBlueGreen(release) &&
      (release[colour].replicas === 0 ||
        frozenFaults(bundle, environment, release[colour], colour).length > 0)
    );
  });
  if (isAtOdds) return undefined;
  return withCode(commit, () => {
    const app = new App();
    new SedaChart(app, environment, release);
    if (appFaults(app).length > 0) return undefined;
    const { files, faults } = assemble(app, environment, release, frozen);
    return faults.length > 0 ? undefined : [...files.values()].flat();
  });
}

/** The colour that serves; without colours no object has any. */
function activeOf(release: Release): Colour {
  return isBlueGreen(release) ? release.active : 'blue';
}

/** The commit of a verb: what is staged is frozen with the code of the day. */
export function released(commit: Commit, release: Release): Partial<Commit> | undefined {
  const { environment, release: before, frozen } = commit;
  if (!isBlueGreen(release) || !isBlueGreen(before)) return { release };
  const changes = fitting(() =>
    withCode(commit, () => freeze(environment, before, release, frozen)),
  );
  if (changes === undefined) return undefined;
  const next: { [colour in Colour]?: Bundles[Colour] } = { ...frozen };
  for (const colour of COLOURS) {
    const file = frozenFile(environment, colour);
    if (!changes.has(file)) continue;
    const text = changes.get(file);
    delete next[colour];
    if (text === undefined) continue;
    const bundle = bundleFrom(file, text, environment, release, colour);
    if (bundle === undefined) return undefined;
    next[colour] = bundle;
  }
  return { release, frozen: next };
}

const bundles = new Map<string, Bundle>();

/** What a file of a colour says; whether it fits the record is asked of every commit. */
function bundleFrom(
  ...[file, text, environment, release, colour]: Parameters<typeof parseFrozen>
): Bundle | undefined {
  const held = bundles.get(text);
  if (held !== undefined) return held;
  const parsed = parseFrozen(file, text, environment, release, colour);
  if ('faults' in parsed) return undefined;
  if (bundles.size > 2000) bundles.clear();
  bundles.set(text, parsed.bundle);
  return parsed.bundle;
}

/** Classes of the objects that are rendered, whatever people decide. */
let classes: readonly ApiObject[] | undefined;

function classesOfObjects(): readonly ApiObject[] {
  const release = placeholderPair(production);
  const settings: readonly Partial<SedaEnvironment>[] = [
    { redis: { kind: 'local' } },
    { ingress: GATEWAY },
  ];
  const autoscaling = { minReplicas: 2, maxReplicas: 4 };
  const objects = settings.flatMap((change) => {
    const app = new App();
    const { blue } = release;
    new SedaChart(
      app,
      { ...production, ...change },
      { ...release, blue: { ...blue, autoscaling } },
    );
    return objectsOfApp(app);
  });
  return [...new Set(objects.map((object) => Object.getPrototypeOf(object) as ApiObject))];
}

/** Renders as if the library had other constants. */
function withCode<T>({ code, release }: Commit, run: () => T): T {
  if (code.length === 0) return run();
  classes ??= classesOfObjects();
  let inside = 0;
  const originals = classes.map((one) => one.toJson);
  for (const [index, one] of classes.entries())
    one.toJson = function (this: ApiObject) {
      inside += 1;
      const object = structuredClone(originals[index]!.call(this)) as Manifest;
      inside -= 1;
      // A class calls that which it extends, which makes half an object.
      if (inside === 0) for (const mutation of code) mutated(mutation, [object], release);
      return object;
    };
  try {
    return run();
  } finally {
    for (const [index, one] of classes.entries()) one.toJson = originals[index]!;
  }
}
