import { renderArgoCd, type Previews, PREVIEWS } from '../../environments/argocd';
import {
  type BlueGreenRelease,
  isBlueGreen,
  type Release,
  type SedaEnvironment,
} from '../../environments/environment';
import {
  abort,
  promote,
  type PromoteInput,
  retire,
  rollback,
  type StageInput,
  type StepInput,
  type StepResult,
} from '../../environments/release-steps';
import { type Files, renderEnvironment } from '../../environments/render';
import type { Manifest } from '../../lib';
import { after, image, staged } from '../fixtures';
import type { Change, Tree } from './tree';

/** A repository: what people decide, and the records of what runs. A `Tree` is made of it as `seda synth` does. */
export interface World {
  readonly environments: readonly SedaEnvironment[];
  readonly releases: { readonly [environment: string]: Release };
  readonly previews?: Previews;
}

/** An edit of the source. */
export type Edit = (world: World) => World;

const rendered = new Map<string, { files: Files; objects: readonly Manifest[] }>();

/** Each environment is rendered once for each of its settings and records. */
function environmentOf(environment: SedaEnvironment, release: Release) {
  const key = JSON.stringify([environment, release]);
  let known = rendered.get(key);
  if (known === undefined) {
    const { files, objects, faults } = renderEnvironment(environment, release);
    if (faults.length > 0) throw new Error(faults.join('\n'));
    rendered.set(key, (known = { files, objects }));
  }
  return known;
}

const argocd = new Map<string, Files>();

/** Everything below `dist/`. */
export function renderWorld({ environments, releases, previews = PREVIEWS }: World): Tree {
  const targets = environments.map((environment) => ({
    environment,
    ...environmentOf(environment, releases[environment.name]!),
  }));
  const key = JSON.stringify([environments, releases, previews]);
  let told = argocd.get(key);
  if (told === undefined) {
    const { files, faults } = renderArgoCd(targets, previews);
    if (faults.length > 0) throw new Error(faults.join('\n'));
    argocd.set(key, (told = files));
  }
  return new Map([...targets.flatMap(({ files }) => [...files]), ...told].sort());
}

/** Renders the source again after an edit. */
export const rerenders =
  (...edits: readonly Edit[]): Change =>
  (tree, world) => {
    if (world === undefined) throw new Error('what is edited has no source');
    const next = renderWorld(edits.reduce((at, edit) => edit(at), world));
    tree.clear();
    for (const [file, text] of next) tree.set(file, text);
  };

/** An edit of `environments/<name>.ts`. */
export const decides =
  (name: string, change: Partial<SedaEnvironment>): Edit =>
  (world) => ({
    ...world,
    environments: world.environments.map((one) =>
      one.name === name ? { ...one, ...change } : one,
    ),
  });

/** An edit of `environments/<name>.release.yaml` by hand. */
export const records =
  (name: string, change: (release: Release) => Release): Edit =>
  (world) => ({
    ...world,
    releases: { ...world.releases, [name]: change(world.releases[name]!) },
  });

/** The same, of a pair. */
export const recordsPair = (change: (release: BlueGreenRelease) => BlueGreenRelease): Edit =>
  records('production', (release) => {
    if (!isBlueGreen(release)) throw new Error('production is a pair');
    return change(release);
  });

/** One more environment. */
export const founds =
  (environment: SedaEnvironment, release: Release): Edit =>
  (world) => ({
    ...world,
    environments: [...world.environments, environment],
    releases: { ...world.releases, [environment.name]: release },
  });

/** One environment less. */
export const closes =
  (name: string): Edit =>
  (world) => ({ ...world, environments: world.environments.filter((one) => one.name !== name) });

const verb =
  (name: string, step: (input: StepInput) => StepResult): Edit =>
  (world) =>
    records(name, (release) =>
      after(step({ environment: world.environments.find((one) => one.name === name)!, release })),
    )(world);

/** `seda release stage`. */
export const stages =
  (name: string, version: string, options: Partial<StageInput> = {}): Edit =>
  (world) =>
    records(name, (release) =>
      staged(
        world.environments.find((one) => one.name === name)!,
        release,
        version,
        options,
      ),
    )(world);

/** A version goes all the way to where production may take it from. */
export const arrives =
  (version: string, options: Partial<StageInput> = {}): Edit =>
  (world) =>
    stages('sandbox', version, options)(stages('qa', version, options)(world));

/** `seda release promote`. */
export const promotes = (name = 'production', options: Partial<PromoteInput> = {}): Edit =>
  verb(name, (input) => promote({ ...input, ...options }));

/** `seda release rollback`. */
export const rollsBack = (name = 'production'): Edit => verb(name, rollback);

/** `seda release retire`. */
export const retires = (name = 'production'): Edit => verb(name, retire);

/** `seda release abort`. */
export const aborts = (name = 'production'): Edit => verb(name, abort);

export { image };
