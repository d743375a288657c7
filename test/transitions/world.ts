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
  shift,
  type StageInput,
  type StepInput,
  type StepResult,
} from '../../environments/release-steps';
import type { Bundle, Bundles } from '../../environments/bundle';
import { freeze, parseFrozen } from '../../environments/frozen';
import { frozenFile } from '../../environments/frozen-name';
import { type Files, renderEnvironment } from '../../environments/render';
import { type Colour, COLOURS, type Manifest } from '../../lib';
import { after, image, staged } from '../fixtures';
import { all, type Change, type Tree } from './tree';

/** A repository: what people decide, and the records of what runs. A `Tree` is made of it as `seda synth` does. */
export interface World {
  readonly environments: readonly SedaEnvironment[];
  readonly releases: { readonly [environment: string]: Release };
  /** What was rendered of the colours of production when they were staged. */
  readonly frozen?: Bundles;
  readonly previews?: Previews;
}

/** An edit of the source. */
export type Edit = (world: World) => World;

const rendered = new Map<string, { files: Files; objects: readonly Manifest[] }>();

/** Each environment is rendered once for each of its settings and records. */
function environmentOf(environment: SedaEnvironment, release: Release, bundles: Bundles) {
  const frozen = isBlueGreen(release) ? bundles : {};
  const key = JSON.stringify([environment, release, frozen]);
  let known = rendered.get(key);
  if (known === undefined) {
    const { files, objects, faults } = renderEnvironment(environment, release, frozen);
    if (faults.length > 0) throw new Error(faults.join('\n'));
    rendered.set(key, (known = { files, objects }));
  }
  return known;
}

const argocd = new Map<string, Files>();

/** Everything below `dist/`. */
export function renderWorld({
  environments,
  releases,
  frozen = {},
  previews = PREVIEWS,
}: World): Tree {
  const targets = environments.map((environment) => ({
    environment,
    ...environmentOf(environment, releases[environment.name]!, frozen),
  }));
  const key = JSON.stringify([environments, releases, frozen, previews]);
  let told = argocd.get(key);
  if (told === undefined) {
    const { files, faults } = renderArgoCd(targets, previews);
    if (faults.length > 0) throw new Error(faults.join('\n'));
    argocd.set(key, (told = files));
  }
  return new Map([...targets.flatMap(({ files }) => [...files]), ...told].sort());
}

/** A tree; where synth refuses the source, one that no check takes for manifests. */
function attempt(render: () => Tree): Tree {
  try {
    return render();
  } catch (error) {
    return new Map([['production/refused-by-synth.yaml', (error as Error).message]]);
  }
}

/** Renders the source again after an edit. */
export const rerenders =
  (...edits: readonly Edit[]): Change =>
  (tree, world) => {
    if (world === undefined) throw new Error('what is edited has no source');
    const next = attempt(() => renderWorld(edits.reduce((at, edit) => edit(at), world)));
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

/** The record of an environment becomes another one. */
const recorded = (world: World, name: string, release: Release): World => ({
  ...world,
  releases: { ...world.releases, [name]: release },
});

/** An edit of `environments/<name>.release.yaml` by hand, and of the file of each colour that it changes. */
export const records =
  (name: string, change: (release: Release) => Release): Edit =>
  (world) => {
    const before = world.releases[name]!;
    const after = change(before);
    const next = recorded(world, name, after);
    if (!isBlueGreen(before) || !isBlueGreen(after)) return next;
    const frozen = Object.entries(world.frozen ?? {}).filter(
      ([colour]) =>
        JSON.stringify(before[colour as Colour]) === JSON.stringify(after[colour as Colour]),
    );
    return { ...next, frozen: Object.fromEntries(frozen) };
  };

const bundles = new Map<string, Bundle>();

/** What a verb does: the record changes, and with it what is frozen. */
function steps(
  name: string,
  step: (environment: SedaEnvironment, release: Release) => Release,
): Edit {
  return (world) => {
    const environment = world.environments.find((one) => one.name === name)!;
    const before = world.releases[name]!;
    const after = step(environment, before);
    const next = recorded(world, name, after);
    if (!isBlueGreen(before) || !isBlueGreen(after)) return next;
    const frozen: { [colour in Colour]?: Bundle } = { ...world.frozen };
    const changes = freeze(environment, before, after, frozen);
    for (const colour of COLOURS) {
      const file = frozenFile(environment, colour);
      if (!changes.has(file)) continue;
      const text = changes.get(file);
      if (text === undefined) delete frozen[colour];
      else frozen[colour] = bundleIn(file, text, environment, after, colour);
    }
    return { ...next, frozen };
  };
}

function bundleIn(
  file: string,
  text: string,
  environment: SedaEnvironment,
  release: BlueGreenRelease,
  colour: Colour,
): Bundle {
  const known = bundles.get(text);
  if (known) return known;
  const read = parseFrozen(file, text, environment, release, colour);
  if ('faults' in read) throw new Error(read.faults.join('\n'));
  bundles.set(text, read.bundle);
  return read.bundle;
}

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

const verb = (name: string, step: (input: StepInput) => StepResult): Edit =>
  steps(name, (environment, release) => after(step({ environment, release })));

/** `seda release stage`. */
export const stages = (name: string, version: string, options: Partial<StageInput> = {}): Edit =>
  steps(name, (environment, release) => staged(environment, release, version, options));

/** Manual changes in the commit that stages 1.5.0 in production. */
export const whileStaging = (...changes: readonly Change[]): Change =>
  all(rerenders(stages('production', '1.5.0')), ...changes);

/** A version goes all the way to where production may take it from. */
export const arrives =
  (version: string, options: Partial<StageInput> = {}): Edit =>
  (world) =>
    stages('sandbox', version, options)(stages('qa', version, options)(world));

/** `seda release promote`. */
export const promotes = (name = 'production', options: Partial<PromoteInput> = {}): Edit =>
  verb(name, (input) => promote({ ...input, ...options }));

/** `seda release shift`. */
export const shifts = (percent: number): Edit =>
  verb('production', (input) => shift({ ...input, percent }));

/** `seda release rollback`. */
export const rollsBack = (name = 'production'): Edit => verb(name, rollback);

/** `seda release retire`. */
export const retires = (name = 'production'): Edit => verb(name, retire);

/** `seda release abort`. */
export const aborts = (name = 'production'): Edit => verb(name, abort);

export { image };
