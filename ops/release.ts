import * as fs from 'node:fs';
import * as path from 'node:path';
import type * as Environments from '../environments';
import {
  isBlueGreen,
  type Release,
  type RollingRelease,
  type SedaEnvironment,
} from '../environments/environment';
import type { StepResult } from '../environments/release-steps';
import type { SecretValue } from '../environments/secret-values';
import type { WaitingSetting } from '../environments/waiting-setting';
import type { Migration } from '../lib';
import { argocdNotes, withRender, writeTree } from './dist';
import { loadModule, openProject, projectRoot } from './project';
import { editRecord, writeAtomically } from './record';
import { UsageError } from './usage-error';

/** What a person may say to a verb. */
export interface ReleaseOptions {
  readonly image?: string;
  readonly from?: string;
  readonly version?: string;
  readonly migration?: Migration;
  readonly skipOrder?: string;
  /** Promote a version that was rolled back. */
  readonly again?: boolean;
  /** Promote in the same commit. */
  readonly promote?: boolean;
  /** Say what would change, and change nothing. */
  readonly dryRun?: boolean;
}

/** What can be done to a record. */
export type Verb = 'stage' | 'promote' | 'rollback' | 'retire' | 'abort';

/** The records of a project, and the code that knows what they mean. */
export class Releases {
  readonly root: string;
  private readonly project: typeof Environments;

  constructor(cwd: string) {
    this.root = projectRoot(cwd);
    const file = 'environments/index.ts';
    if (!fs.existsSync(path.join(this.root, file)))
      throw new Error(
        `${this.root} has no environments/index.ts, which this command reads; in a project of other constructs use synth, check, diff and graph`,
      );
    this.project = loadModule<typeof Environments>(this.root, file);
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
    const read = this.project.readRelease(path.join(this.root, 'environments'), environment);
    if ('faults' in read) throw new Error(read.faults.join('\n'));
    return read;
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
    return this.project.waitingSettings(environment, this.read(environment).release);
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
    const { files, faults } = this.project.renderEnvironment(
      environment,
      this.project.steps.withSettingsOfToday({ environment, release }),
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
    if (verb !== 'stage') return steps[verb]({ environment, release, again: options.again });
    const source: Partial<RollingRelease> =
      options.from === undefined ? {} : this.serving(options.from);
    const {
      image = source.image,
      version = source.version,
      migration = source.migration,
      skipOrder,
    } = options;
    if (image === undefined)
      throw new UsageError(`nothing to stage: give --image REF or --from ENV`);
    const sourceImage =
      environment.imageFrom === undefined ? undefined : this.serving(environment.imageFrom).image;
    const input = { environment, release, image, version, migration, sourceImage, skipOrder };
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
    const files = this.project.renderAll(
      this.project.environments,
      path.join(this.root, 'environments'),
      new Map([[name, record]]),
    );
    return withRender(
      openProject(this.root),
      (folder) => (writeTree(folder, files), true),
      (rendered) => {
        const file = this.recordFile(environment);
        for (const change of [`changed  ${file}`, ...rendered!.changes]) print(change);
        if (options.dryRun) {
          print('nothing was written: this was a dry run');
          return { done: true };
        }
        writeAtomically(path.join(this.root, file), record);
        try {
          if (rendered!.changes.length > 0) rendered!.keep();
        } catch (error) {
          writeAtomically(path.join(this.root, file), text);
          throw error;
        }
        for (const note of argocdNotes(rendered!.changes)) print(note);
        return { done: true, next: `commit these files; ${result.next}` };
      },
    );
  }
}
