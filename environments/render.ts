import * as fs from 'node:fs';
import { App } from 'cdk8s';
import { appFaults, imageFaults } from '../lib';
import { checkName, checkWholeNumber } from '../lib/checks';
import type { Manifest } from '../lib/manifests';
import { yamlText } from '../lib/yaml-text';
import { renderArgoCd, type Target } from './argocd';
import { assemble, type Assembly } from './assembly';
import type { Bundles } from './bundle';
import { SedaChart } from './chart';
import { composeFile } from './compose';
import { isBlueGreen, type Release, type SedaEnvironment } from './environment';
import { fieldFaults, isEnvironment } from './fields';
import { type FileChanges, readFrozen } from './frozen';
import { repositoryFaults } from './image';
import { COMPOSE_FOLDER, releaseFile } from './layout';
import { preview } from './preview';
import { parseRelease, readRelease } from './release';
import { isOnDeveloperMachine } from './settings';
import { listFaults } from './validate';
import { wayInFaults } from './ways-in';
import { ValidationError } from './validation-error';

/** Text by path below `dist/`. */
export type Files = Map<string, string>;

/**
 * The objects of one environment and its files, or what is wrong with it. One App each: cdk8s walks a whole App for
 * every chart.
 *
 * @param frozen the bundles of colours that stay as they were staged
 */
export function renderEnvironment(
  environment: SedaEnvironment,
  release: Release,
  frozen: Bundles = {},
): { objects: Manifest[]; readonly files: Files; faults: string[] } {
  const wrong = fieldFaults(environment);
  if (wrong.length > 0) return { objects: [], files: new Map(), faults: wrong };
  const app = new App();
  new SedaChart(app, environment, release);
  const faults = appFaults(app).map((fault) => `${environment.name}/${fault}`);
  if (faults.length > 0) return { objects: [], files: new Map(), faults };

  const { files: manifests, faults: apart } = assemble(app, environment, release, frozen);
  faults.push(...wayInFaults(environment, release, frozen), ...apart);
  if (faults.length > 0) return { objects: [], files: new Map(), faults };
  return {
    objects: [...manifests.values()].flat(),
    // Most ask for the objects alone, and their text takes as long as they do.
    get files() {
      return filesOf(environment, release, manifests);
    },
    faults,
  };
}

function filesOf(
  environment: SedaEnvironment,
  release: Release,
  manifests: Assembly['files'],
): Files {
  const files: Files = new Map();
  for (const [file, objects] of manifests)
    files.set(`${environment.name}/${file}`, yamlText(objects));
  if (isOnDeveloperMachine(environment) && !isBlueGreen(release))
    files.set(`${COMPOSE_FOLDER}/${environment.name}.yaml`, composeFile(environment, release));
  return files;
}

/**
 * Everything below `dist/`.
 *
 * @param folder where the release records are
 * @param changes texts that stand for the files in the folder, by file name
 * @throws ValidationError with every fault of every environment, one a line
 */
export function renderAll(
  environments: readonly SedaEnvironment[],
  folder: string,
  changes: FileChanges = new Map(),
): Files {
  const named = environments.filter((environment) => typeof environment?.name === 'string');
  const faults = listFaults(named, fs.readdirSync(folder));
  const files: Files = new Map();
  const targets: Target[] = [];
  for (const environment of environments) {
    if (!isEnvironment(environment)) {
      faults.push(...fieldFaults(environment));
      continue;
    }
    const text = changes.get(releaseFile(environment));
    const read =
      text === undefined
        ? readRelease(folder, environment)
        : parseRelease(`environments/${releaseFile(environment)}`, text, environment);
    if ('faults' in read) {
      faults.push(...fieldFaults(environment), ...read.faults);
      continue;
    }
    const held = isBlueGreen(read.release)
      ? readFrozen(folder, environment, read.release, changes)
      : { frozen: {}, faults: [] };
    const rendered = renderEnvironment(environment, read.release, held.frozen);
    faults.push(...held.faults, ...rendered.faults);
    // A name that is none, or another one's, would be said again, by everything that is named after it.
    const isNamed = checkName('name', environment.name).length === 0;
    const isOwn = !targets.some((target) => target.environment.name === environment.name);
    if (isNamed && isOwn) targets.push({ environment, objects: rendered.objects });
    for (const [file, text] of rendered.files) files.set(file, text);
  }
  const argocd = renderArgoCd(targets);
  faults.push(...argocd.faults);
  if (faults.length > 0) throw new ValidationError(faults);
  for (const [file, text] of argocd.files) files.set(file, text);
  return files;
}

/**
 * The files of the preview of a pull request.
 *
 * @param like the environment that it resembles; qa where none is named
 * @throws ValidationError with every fault, one a line
 */
export function renderPreview(pullRequest: number, image: string, like?: SedaEnvironment): Files {
  const inputs = [
    ...checkWholeNumber('pull request', pullRequest, 1, 9_999_999),
    // A tag that moves would leave the YAML, and with it the pods, as they were.
    ...imageFaults(image, true).map((problem) => `image ${problem}`),
    // Nobody reviews the branch of a preview.
    ...repositoryFaults({}, image).map((problem) => `image ${problem}`),
  ];
  const { files, faults } =
    inputs.length > 0
      ? { files: new Map(), faults: inputs }
      : renderEnvironment(preview(pullRequest, like), { image });
  if (faults.length > 0) throw new ValidationError(faults);
  return files;
}
