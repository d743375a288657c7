import * as fs from 'node:fs';
import * as path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { RESERVED_FOLDERS } from '../../environments/layout';
import { compare, cpu, type Plan, ROOT, type Row, rounds, run, scratch } from './measure';
import { COPY, copyRepository } from './repository';

/** A render beside kustomize, which only copies what the render wrote, and beside Node alone. */
export async function render(plan: Plan): Promise<Row[]> {
  await copyRepository();
  const kubectl = await findKubectl();
  const folders = kubectl === undefined ? [] : await kustomizations(kubectl);
  const samples = await rounds(plan, {
    source: () => cpu(['node', 'ops/seda.cjs', 'synth'], COPY),
    built: await installBuilt(),
    node: () => cpu(['node', '-e', '0'], COPY),
    kustomize: async () => {
      let sum = 0;
      for (const folder of folders) sum += await cpu([kubectl!, 'kustomize', folder], COPY);
      return sum;
    },
  });
  const { source, built, node, kustomize } = samples;
  const beside = (what: string, ours: number[], limit: number): Row =>
    kubectl === undefined
      ? { what, skipped: 'kubectl is not installed, and npm run e2e has not built one' }
      : compare(what, ours, 'kubectl kustomize, run for each', kustomize, limit);
  return [
    beside('all environments from TypeScript', source, 1.5),
    beside('all environments from the built package', built, 1),
    compare('all environments from the built package', built, 'node -e 0', node, 3),
  ];
}

/** The app through cdk8s' own command, beside the command of cdk8s' template. */
export async function cli(plan: Plan): Promise<Row[]> {
  await copyRepository();
  const { ours, template } = await rounds(plan, {
    ours: () => cpu(['npx', 'cdk8s', 'synth'], COPY),
    template: () => cpu(['npx', 'cdk8s', 'synth', '--app', 'npx ts-node main.ts'], COPY),
  });
  return [compare('cdk8s synth', ours, 'cdk8s synth of the template (ts-node)', template, 0.3)];
}

/** The kubectl of the machine, or the one that `npm run e2e` built. */
async function findKubectl(): Promise<string | undefined> {
  const cache = path.join(ROOT, 'e2e/.cache');
  const built = (fs.existsSync(cache) ? fs.readdirSync(cache) : [])
    .map((name) => path.join(cache, name, 'kubectl'))
    .filter((file) => fs.existsSync(file));
  for (const kubectl of ['kubectl', ...built]) {
    const works = await run([kubectl, 'version', '--client'], ROOT).catch(() => undefined);
    if (works !== undefined) return kubectl;
  }
  return undefined;
}

/** A kustomization for each environment that emits what the render wrote. */
async function kustomizations(kubectl: string): Promise<string[]> {
  const dist = path.join(COPY, 'dist');
  const environments = fs.readdirSync(dist).filter((name) => !RESERVED_FOLDERS.has(name));
  return Promise.all(
    environments.map(async (name) => {
      const folder = path.join(scratch, 'kustomize', name);
      fs.cpSync(path.join(dist, name), folder, { recursive: true });
      const files = fs.readdirSync(folder);
      const written = files.map((file) => fs.readFileSync(path.join(folder, file), 'utf8'));
      fs.writeFileSync(
        path.join(folder, 'kustomization.yaml'),
        JSON.stringify({ resources: files }),
      );
      const emitted = await run([kubectl, 'kustomize', folder], COPY);
      if (!isDeepStrictEqual(objects(emitted), objects(written.join('---\n'))))
        throw new Error(`kubectl kustomize does not emit the objects of dist/${name}`);
      return folder;
    }),
  );
}

function objects(text: string): { [id: string]: unknown } {
  const documents = parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS());
  return Object.fromEntries(
    documents.map((object) => [
      [object.apiVersion, object.kind, object.metadata.namespace, object.metadata.name].join(' '),
      object,
    ]),
  );
}

/** The package as npm installs it, with the built app of this repository beside it. */
async function installBuilt(): Promise<() => Promise<number>> {
  const project = path.join(scratch, 'project');
  const installed = path.join(project, 'node_modules/@seda-fm/manifests');
  await run(['npm', 'run', 'build'], COPY);
  fs.cpSync(path.join(COPY, 'build/app'), project, { recursive: true });
  const { files, bin, dependencies, peerDependencies } = JSON.parse(
    fs.readFileSync(path.join(COPY, 'package.json'), 'utf8'),
  );
  for (const file of ['package.json', ...files])
    fs.cpSync(path.join(COPY, file), path.join(installed, file), { recursive: true });
  for (const name of Object.keys({ ...dependencies, ...peerDependencies }))
    fs.symlinkSync(path.join(ROOT, 'node_modules', name), path.join(project, 'node_modules', name));
  return () => cpu(['node', path.join(installed, bin.seda), 'synth'], project);
}
