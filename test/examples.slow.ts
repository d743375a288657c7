import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../lib/manifests';
import { calledOf } from '../lib/kubernetes/identity';
import { schemaFaults } from '../ops/check/schema';
import { driftFaults } from '../policy/faults';
import { rules } from '../policy/rules';
import { checks } from '../policy/table';
import { commandsOf } from './documents';
import { EXAMPLES, folderOf } from './examples';
import { ROOT, seda } from './kit';
import { blocksOfPage } from './story';

function objectsOf(name: string): Manifest[] {
  const dist = path.join(folderOf(name), 'dist');
  return fs
    .readdirSync(dist)
    .flatMap((file) => parseAllDocuments(fs.readFileSync(path.join(dist, file), 'utf8')))
    .map((document) => document.toJS() as Manifest);
}

/** Rows of the policy that an example need not satisfy. */
const ACCEPTED: readonly number[] = [
  ...[26, 42, 52, 54, 58, 68], // policy/waivers.ts has the reasons, for environments
  20, // the images do not exist, and have no digest
  45, // labels of a whole chart are a choice of its team
  57, // people make the Secret
  67, // a Namespace follows the version of its cluster
  ...[9, 17, 21, 27, 61], // the CronJob is as short as Pod Security "restricted" allows
];

/** What is wrong with objects by the policies and the schemas of this repository. */
function exampleFaults(objects: readonly Manifest[]): string[] {
  const judges = [...checks.filter(({ row }) => !ACCEPTED.includes(row)), ...rules];
  return [
    ...judges.flatMap(({ name, check }) =>
      check(objects).map(({ object, problem }) => `${name}: ${object} ${problem}`),
    ),
    // No CronJob is rendered here, so there is no schema of one; kubeconform has it.
    ...objects
      .filter(({ kind }) => kind !== 'CronJob')
      .flatMap((object) => schemaFaults(object).map((fault) => `${calledOf(object)}: ${fault}`)),
    ...objects.flatMap((object) => driftFaults(object, calledOf(object))),
  ];
}

test('examples/README.md names every example and prints what it says', async () => {
  const page = fs.readFileSync(path.join(ROOT, 'examples/README.md'), 'utf8');
  const named = [...page.matchAll(/^\| \[[\w-]+\]\(([\w-]+)\/main\.ts\)/gm)].map(
    ([, name]) => name,
  );
  const folders = fs
    .readdirSync(path.join(ROOT, 'examples'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory());
  expect(named).toEqual(EXAMPLES);
  expect(folders.map(({ name }) => name).sort()).toEqual([...EXAMPLES].sort());

  const [enter, render] = blocksOfPage('examples/README.md').flatMap(commandsOf);
  const cwd = path.join(ROOT, enter!.command.replace(/^cd /, ''));
  const words = render!.command.replace(/^npx seda /, '').split(' ');
  expect((await seda(words, { cwd })).stdout).toBe(`${render!.output}\n`);
});

describe.each(EXAMPLES)('examples/%s', (name) => {
  test('renders what is committed', async () => {
    const { code, stdout, stderr } = await seda('synth --check', { cwd: folderOf(name) });
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'dist/ is up to date\n',
      stderr: '',
    });
  });

  test('renders what the policies and the schemas allow', () => {
    expect(objectsOf(name).length).toBeGreaterThan(5);
    expect(exampleFaults(objectsOf(name))).toEqual([]);
  });
});

test('fails when an example renders what the policies or the schemas refuse', () => {
  const objects = objectsOf('rolling');
  const deployment = objects.find(({ kind }) => kind === 'Deployment')!;
  deployment.spec.replica = 2;
  objects.find(({ kind }) => kind === 'Service')!.spec.selector = { app: 'other' };
  expect(exampleFaults(objects)).toEqual([
    'row-49 Service with pods: Service/notes-api selects no pods',
    'Deployment/notes-api: spec.replica is not a field of apps/v1 Deployment',
  ]);
});
