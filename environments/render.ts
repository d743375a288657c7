import * as fs from 'node:fs';
import { App } from 'cdk8s';
import { appFaults } from '../lib';
import { checkedFiles } from '../lib/manifests';
import { isBlueGreen, SedaChart } from './chart';
import { composeFile } from './compose';
import type { Release, SedaEnvironment } from './environment';
import { parseRelease, readRelease, releaseFile } from './release';
import { listFaults } from './validate';

/** Text by path below `dist/`. */
export type Files = Map<string, string>;

/** The files of one environment, or what is wrong with it. One App each: cdk8s walks a whole App for every chart. */
export function renderEnvironment(environment: SedaEnvironment, release: Release): { files: Files; faults: string[] } {
  const app = new App();
  new SedaChart(app, environment, release);
  const faults = appFaults(app).map((fault) => `${environment.name}/${fault}`);
  const files: Files = new Map();
  if (faults.length > 0) return { files, faults };

  for (const [file, text] of checkedFiles(app)) files.set(`${environment.name}/${file}`, text);
  if (environment.database.kind === 'local' && !isBlueGreen(release)) {
    files.set(`${environment.name}/compose.yaml`, composeFile(environment, release));
  }
  return { files, faults };
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
  for (const environment of environments) {
    const text = records.get(environment.name);
    const read = text === undefined ? readRelease(folder, environment) : parseRelease(`environments/${releaseFile(environment)}`, text, environment);
    if ('faults' in read) {
      faults.push(...read.faults);
      continue;
    }
    const rendered = renderEnvironment(environment, read.release);
    faults.push(...rendered.faults);
    for (const [file, text] of rendered.files) files.set(file, text);
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return files;
}
