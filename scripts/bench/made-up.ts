import * as fs from 'node:fs';
import * as path from 'node:path';
import { stringify } from 'yaml';
import type { Release, SedaEnvironment } from '../../environments/environment';
import { releaseFile } from '../../environments/layout';
import { renderAll } from '../../environments/render';
import { podSettings } from '../../environments/settings';
import { production } from '../../test/first-day/production';
import { qa } from '../../test/first-day/qa';

/** Writes texts by path below `folder`. */
export function write(folder: string, files: Iterable<readonly [string, string]>): void {
  for (const [name, text] of files) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}

/** Twenty letters of which no other environment has the same, as Supabase names its projects. */
function projectRef(index: number): string {
  return [...String(index).padStart(20, '0')].map((digit) => 'abcdefghij'[Number(digit)]).join('');
}

/** Environments that exist nowhere: blue-green and rolling in turn, each with everything of its own. */
export function madeUp(count: number): SedaEnvironment[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `environment-${index}`;
    const template: SedaEnvironment = index % 2 === 0 ? production : qa;
    return {
      ...template,
      name,
      namespace: `seda-${name}`,
      domain: `${name}.seda.fm`,
      workload: `seda-api-${index}`,
      supabase: { kind: 'project', projectRef: projectRef(index) },
      imageFrom: undefined,
    };
  });
}

/** An image of a version; each has a digest of its own. */
function image(version: string): string {
  return `ghcr.io/seda-fm/seda-api:${version}@sha256:${version.replace(/\D/g, '').padEnd(64, 'a')}`;
}

/** What a made-up environment runs: 1.0.0, and in a pair `staged` beside it. */
export function releaseOf(environment: SedaEnvironment, staged?: string): Release {
  if (environment.rollout === 'rolling') return { image: image(staged ?? '1.0.0') };
  const revision = { ...podSettings(environment), image: image('1.0.0'), release: 1 };
  const green = staged === undefined ? { replicas: 0 } : { image: image(staged), release: 2 };
  return { active: 'blue', blue: revision, green: { ...revision, ...green } };
}

/** Writes the records of environments, as a checkout keeps them. */
export function writeRecords(
  folder: string,
  environments: readonly SedaEnvironment[],
  staged?: string,
): void {
  write(
    folder,
    environments.map((environment) => [
      releaseFile(environment),
      stringify(releaseOf(environment, staged), { aliasDuplicateObjects: false }),
    ]),
  );
}

/** What `main.ts` of a project with `count` environments does: from the records beside it to `CDK8S_OUTDIR`. */
export function synthMadeUp(count: number, records: string): void {
  write(process.env.CDK8S_OUTDIR!, renderAll(madeUp(count), records));
}
