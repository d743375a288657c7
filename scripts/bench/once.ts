// One measurement of many.ts in a process of its own: once.ts MODE COUNT FOLDER writes COUNT environments
// below FOLDER and prints the CPU time of that, without what comes before, and the peak memory.

import * as path from 'node:path';
import { ApiObject, App } from 'cdk8s';
import { Construct } from 'constructs';
import { stringify } from 'yaml';
import { SedaChart } from '../../environments/chart';
import type { SedaEnvironment } from '../../environments/environment';
import { renderAll } from '../../environments/render';
import { fileGroupOf } from '../../lib/file-group';
import { madeUp, releaseOf, write, writeRecords } from './made-up';

function cpu(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Each mode returns the milliseconds of CPU time that it took. */
const MODES: {
  readonly [mode: string]: (environments: readonly SedaEnvironment[], folder: string) => number;
} = {
  /** As main.ts does it: from the records to the files, one App for each environment. */
  main(environments, folder) {
    const records = path.join(folder, 'records');
    writeRecords(records, environments);
    return cpu(() => write(folder, renderAll(environments, records)));
  },

  /** As a cdk8s project starts out: all charts in one App. */
  app: (environments, folder) =>
    cpu(() => {
      const app = new App({ outdir: folder });
      for (const environment of environments)
        new SedaChart(new Construct(app, environment.name), environment, releaseOf(environment));
      app.synth();
    }),

  /** Only text of the same objects, which are there already. */
  yaml(environments, folder) {
    const options = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;
    // As JSON until their turn comes: a thousand trees would keep the garbage collector busy.
    const waiting = environments.map((environment) => JSON.stringify(objectsOf(environment)));
    return waiting.reduce((sum, json) => {
      const files = Object.entries<object[]>(JSON.parse(json));
      return (
        sum +
        cpu(() =>
          write(
            folder,
            files.map(([name, objects]) => [
              name,
              objects.map((object) => stringify(object, options)).join('---\n'),
            ]),
          ),
        )
      );
    }, 0);
  },
};

function objectsOf(environment: SedaEnvironment): { [file: string]: object[] } {
  const app = new App();
  new SedaChart(app, environment, releaseOf(environment));
  const files: { [file: string]: object[] } = {};
  for (const object of app.node.findAll().filter((construct) => construct instanceof ApiObject)) {
    (files[`${environment.name}/${fileGroupOf(object)}.k8s.yaml`] ??= []).push(object.toJson());
  }
  return files;
}

const [mode, count, folder] = process.argv.slice(3) as [string, string, string];
const milliseconds = MODES[mode]!(madeUp(Number(count)), folder);
console.log(JSON.stringify({ milliseconds, mebibytes: process.resourceUsage().maxRSS / 1024 }));
