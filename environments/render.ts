import * as fs from 'node:fs';
import { App } from 'cdk8s';
import { appFaults, imageFaults } from '../lib';
import { checkWholeNumber } from '../lib/checks';
import { checkedFiles } from '../lib/manifests';
import { renderArgoCd, type Target } from './argocd';
import { isBlueGreen, SedaChart } from './chart';
import { composeFile } from './compose';
import type { Release, SedaEnvironment } from './environment';
import { preview } from './preview';
import { parseRelease, readRelease, releaseFile } from './release';
import { isOnDeveloperMachine } from './settings';
import { listFaults } from './validate';

/** Text by path below `dist/`. */
export type Files = Map<string, string>;

/** The files of one environment, or what is wrong with it. One App each: cdk8s walks a whole App for every chart. */
export function renderEnvironment(environment: SedaEnvironment, release: Release): { app: App; files: Files; faults: string[] } {
  const app = new App();
  new SedaChart(app, environment, release);
  const faults = appFaults(app).map((fault) => `${environment.name}/${fault}`);
  const files: Files = new Map();
  if (faults.length > 0) return { app, files, faults };

  for (const [file, text] of checkedFiles(app)) files.set(`${environment.name}/${file}`, text);
  if (isOnDeveloperMachine(environment) && !isBlueGreen(release)) {
    files.set(`${environment.name}/compose.yaml`, composeFile(environment, release));
  }
  return { app, files, faults };
}

/**
 * Everything below `dist/`.
 *
 * @param folder where the release records are
 * @param records texts that stand for the records in the folder, by environment
 * @throws Error with every fault of every environment, one a line
 */
export function renderAll(environments: readonly SedaEnvironment[], folder: string, records: ReadonlyMap<string, string> = new Map()): Files {
  const faults = listFaults(environments, fs.readdirSync(folder));
  const files: Files = new Map();
  const targets: Target[] = [];
  for (const environment of environments) {
    const text = records.get(environment.name);
    const read = text === undefined ? readRelease(folder, environment) : parseRelease(`environments/${releaseFile(environment)}`, text, environment);
    if ('faults' in read) {
      faults.push(...read.faults);
      continue;
    }
    const rendered = renderEnvironment(environment, read.release);
    faults.push(...rendered.faults);
    targets.push({ environment, ...(rendered.faults.length > 0 ? {} : { app: rendered.app }) });
    for (const [file, text] of rendered.files) files.set(file, text);
  }
  const argocd = renderArgoCd(targets);
  faults.push(...argocd.faults);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  for (const [file, text] of argocd.files) files.set(file, text);
  return files;
}

/**
 * The files of the preview of a pull request.
 *
 * @throws Error with every fault, one a line
 */
export function renderPreview(pullRequest: number, image: string): Files {
  const inputs = [
    ...checkWholeNumber('pull request', pullRequest, 1, 9_999_999),
    // A tag that moves would leave the YAML, and with it the pods, as they were.
    ...imageFaults(image, true).map((problem) => `image ${problem}`),
  ];
  const { files, faults } = inputs.length > 0 ? { files: new Map(), faults: inputs } : renderEnvironment(preview(pullRequest), { image });
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return files;
}
