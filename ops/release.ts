import * as fs from 'node:fs';
import * as path from 'node:path';
import type * as Environments from '../environments';
import {
  isBlueGreen,
  type Release,
  type RollingRelease,
  type SedaEnvironment,
} from '../environments/environment';
import type { Bundles } from '../environments/bundle';
import type { FileChanges } from '../environments/frozen';
import type { StepResult } from '../environments/release-steps';
import type { SecretValue } from '../environments/secret-values';
import type { WaitingSetting } from '../environments/waiting-setting';
import type { Migration } from '../lib';
import { argocdNotes, undoLeftovers, withRender, writeTree } from './dist';
import { loadModule, openProject, projectRoot } from './project';
import { editRecord } from './record';
import { UsageError } from './usage-error';

/** What a person may say to a verb. */
export interface ReleaseOptions {
  readonly image?: string;
  readonly from?: string;
  readonly version?: string;
  readonly migration?: Migration;
  readonly skipOrder?: string;
  /** Promote, or shift to, a version that was rolled back. */
  readonly again?: boolean;
  /** What a shift gives the newer release, in percent of the requests. */
  readonly percent?: number;
  /** Promote in the same commit. */
  readonly promote?: boolean;
  /** Say what would change, and change nothing. */
  readonly dryRun?: boolean;
}

/** What can be done to a record. */
export type Verb = 'stage' | 'shift' | 'promote' | 'rollback' | 'retire' | 'abort';

/** The records of a project, and the code that knows what they mean. */
export class Releases {
  readonly root: string;
  private readonly project: typeof Environments;

  constructor(cwd: string) {
    this.root = projectRoot(cwd);
    undoLeftovers(this.root);
    const file = 'environments/index.ts';
    if (!fs.existsSync(path.join(this.root, file)))
      throw new Error(
        `${this.root} has no environments/index.ts, which this command reads; in a project of other constructs use synth, check, diff and graph`,
      );
    this.project = loadModule<typeof Environments>(this.root, file);
  }

  /** Where the records and the frozen bundles are. */
  private get folder(): string {
    return path.join(this.root, 'environments');
  }

  names(): string[] {
    return this.project.environments.map(({ name }) => name);
  }

  /** @throws Error that names the environments there are */
  environment(name: string): SedaEnvironment {
    const found = this.project.environments.find((environment) => environment.name === name);
    if (!found)
      throw new UsageError(
        `unknown environment "${name}", expected one of ${this.names().join(', ')}`,
      );
    return found;
  }

  /** @throws Error with every fault of the record */
  read(environment: SedaEnvironment): { readonly text: string; readonly release: Release } {
    const read = this.project.readRelease(this.folder, environment);
    if ('faults' in read) throw new Error(read.faults.join('\n'));
    return read;
  }

  /**
   * The bundles of its colours that are frozen.
   *
   * @throws Error with every fault of their files
   */
  private frozen(environment: SedaEnvironment, release: Release): Bundles {
    if (!isBlueGreen(release)) return {};
    const { frozen, faults } = this.project.readFrozen(this.folder, environment, release);
    if (faults.length > 0) throw new Error(faults.join('\n'));
    return frozen;
  }

  private frozenAfter(environment: SedaEnvironment, before: Release, after: Release): FileChanges {
    return isBlueGreen(before) && isBlueGreen(after)
      ? this.project.freeze(environment, before, after, this.frozen(environment, before))
      : new Map();
  }

  /** One line for each file of the folder of records that changes. */
  private changesOf(changes: FileChanges): string[] {
    return [...changes].map(([file, text]) => {
      const exists = fs.existsSync(path.join(this.folder, file));
      const verb = text === undefined ? 'removed ' : exists ? 'changed ' : 'added   ';
      return `${verb} environments/${file}`;
    });
  }

  /** Path of the record of an environment below the root. */
  recordFile(environment: SedaEnvironment): string {
    return `environments/${this.project.releaseFile(environment)}`;
  }

  /** How people call what a record names: by its version, which is normally the tag of the image. */
  versionOf({ image, version }: Pick<RollingRelease, 'image' | 'version'>): string {
    return this.project.versionOf(image, version);
  }

  /** What an environment runs for its users. */
  private serving(name: string): Pick<RollingRelease, 'image' | 'version' | 'migration'> {
    const { release } = this.read(this.environment(name));
    return isBlueGreen(release) ? release[release.active] : release;
  }

  /** Where the API answers its readiness probe. */
  get readinessPath(): string {
    return this.project.API.health.readiness;
  }

  settings(environment: SedaEnvironment): ReturnType<typeof Environments.podSettings> {
    return this.project.podSettings(environment);
  }

  /** Settings of the environment that wait for its next release. */
  waiting(environment: SedaEnvironment): WaitingSetting[] {
    const { release } = this.read(environment);
    return this.project.waitingSettings(environment, release, this.frozen(environment, release));
  }

  /** What a person must know of the values of an environment's secrets, by key. */
  secretValues(environment: SedaEnvironment): { readonly [key: string]: SecretValue } {
    return this.project.secretValues(environment);
  }

  /**
   * The files of an environment as its sources are, with the settings of today staged.
   *
   * @throws Error with every fault of the environment
   */
  upcoming(environment: SedaEnvironment): ReadonlyMap<string, string> {
    const { release } = this.read(environment);
    const frozen = this.frozen(environment, release);
    const active = isBlueGreen(release) ? release.active : 'blue';
    const { files, faults } = this.project.renderEnvironment(
      environment,
      this.project.steps.withSettingsOfToday({ environment, release }),
      frozen[active] === undefined ? {} : { [active]: frozen[active] },
    );
    if (faults.length > 0) throw new Error(faults.join('\n'));
    return files;
  }

  /** What a verb would do to the record. */
  step(
    verb: Verb,
    environment: SedaEnvironment,
    release: Release,
    options: ReleaseOptions,
  ): StepResult {
    const { steps } = this.project;
    const { again, percent } = options;
    if (verb === 'shift') return steps.shift({ environment, release, again, percent: percent! });
    if (verb !== 'stage') return steps[verb]({ environment, release, again });
    const source: Partial<RollingRelease> =
      options.from === undefined ? {} : this.serving(options.from);
    const {
      image = source.image,
      version = source.version,
      migration = source.migration,
      skipOrder,
    } = options;
    if (image === undefined || image === '')
      throw new UsageError(`nothing to stage: give --image REF or --from ENV`);
    if (version === '') throw new UsageError('--version is empty; leave it out, or give a version');
    const sourceImage =
      environment.imageFrom === undefined ? undefined : this.serving(environment.imageFrom).image;
    const outdated = isBlueGreen(release)
      ? this.project.outdatedColours(environment, release, this.frozen(environment, release))
      : [];
    const named = { image, version, migration, sourceImage, skipOrder };
    const input = { environment, release, outdated, ...named };
    return options.promote ? steps.stageAndPromote(input) : steps.stage(input);
  }

  /**
   * Carries a verb out: record and `dist/` change together, and not at all when a fault is found.
   *
   * @returns what to do next, where something was written
   */
  run(
    verb: Verb,
    name: string,
    options: ReleaseOptions,
    print: (line: string) => void,
  ): { readonly done: boolean; readonly next?: string } {
    const environment = this.environment(name);
    const { text, release } = this.read(environment);
    const result = this.step(verb, environment, release, options);
    print(result.sentence);
    if (result.kind !== 'done') return { done: result.kind === 'nothing' };

    const record = editRecord(text, result.release as never);
    const changes: FileChanges = new Map([
      [this.project.releaseFile(environment), record],
      ...this.frozenAfter(environment, release, result.release),
    ]);
    const files = this.project.renderAll(this.project.environments, this.folder, changes);
    return withRender(
      openProject(this.root),
      (folder) => (writeTree(folder, files), true),
      (rendered) => {
        for (const change of [...this.changesOf(changes), ...rendered!.changes]) print(change);
        if (options.dryRun) {
          print('nothing was written: this was a dry run');
          return { done: true };
        }
        rendered!.keep(
          new Map([...changes].map(([file, content]) => [`environments/${file}`, content])),
        );
        for (const note of argocdNotes(rendered!.changes)) print(note);
        return { done: true, next: `commit these files; ${result.next}` };
      },
    );
  }
}
