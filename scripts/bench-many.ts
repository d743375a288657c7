// One measurement of bench.mjs in a process of its own: bench-many.ts MODE COUNT FOLDER writes COUNT
// environments below FOLDER and prints the CPU time of that, without what comes before, and the peak memory.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { ApiObject, App } from 'cdk8s';
import { Construct } from 'constructs';
import { stringify } from 'yaml';
import { SedaChart } from '../environments/chart';
import type { Release, SedaEnvironment } from '../environments/environment';
import { production } from '../environments/production';
import { qa } from '../environments/qa';
import { releaseFile } from '../environments/release';
import { renderAll } from '../environments/render';
import { podSettings } from '../environments/settings';
import { fileGroupOf } from '../lib/file-group';

const IMAGE = `ghcr.io/seda-fm/seda-api:1.0.0@sha256:${'1'.repeat(64)}`;

/** Blue-green and rolling in turn, each with names of its own. */
function environmentOf(index: number): SedaEnvironment {
  const name = `environment-${index}`;
  const template: SedaEnvironment = index % 2 === 0 ? production : qa;
  return {
    ...template,
    name,
    namespace: `seda-${name}`,
    domain: `${name}.seda.fm`,
    workload: `seda-api-${index}`,
    imageFrom: undefined,
  };
}

function releaseOf(environment: SedaEnvironment): Release {
  if (environment.rollout === 'rolling') return { image: IMAGE };
  const revision = { ...podSettings(environment), image: IMAGE, release: 1 };
  return { active: 'blue', blue: revision, green: { ...revision, replicas: 0 } };
}

function write(folder: string, files: Iterable<readonly [string, string]>): void {
  for (const [name, text] of files) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}

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
    write(
      records,
      environments.map((environment) => [
        releaseFile(environment),
        stringify(releaseOf(environment), { aliasDuplicateObjects: false }),
      ]),
    );
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
const milliseconds = MODES[mode]!(
  Array.from({ length: Number(count) }, (_, index) => environmentOf(index)),
  folder,
);
console.log(JSON.stringify({ milliseconds, mebibytes: process.resourceUsage().maxRSS / 1024 }));
