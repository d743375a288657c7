// Generates imports/<group>.ts from the CRDs listed in cdk8s.yaml, which it takes from their
// URLs or, with --crds DIR (or SEDA_CRDS=DIR), from files named <group>_<plural>.yaml.

import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';

const ROOT = join(import.meta.dirname, '..');
const IMPORTS = join(ROOT, 'imports');
const NESTED = new Set(['items', 'additionalProperties', 'not', 'allOf', 'anyOf', 'oneOf']);

async function download(url) {
  const response = await fetch(url).catch(({ cause, message }) => {
    const fault = `${new URL(url).host} is out of reach (${cause?.code ?? message})`;
    throw new Error(`${fault}; pass --crds DIR to read the CRDs from a folder`);
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.text();
}

async function load(source, folder) {
  const [name, url] = source.split(':=');
  if (!URL.canParse(url)) throw new Error(`cdk8s.yaml: ${source} is not of the form NAME:=URL`);
  const [plural, ...group] = name.split('.');
  const origin = folder ? join(folder, `${group.join('.')}_${plural}.yaml`) : url;
  if (folder && !existsSync(origin)) throw new Error(`${origin} does not exist`);

  const documents = parseAllDocuments(folder ? readFileSync(origin, 'utf8') : await download(url));
  const [broken] = documents.flatMap(({ errors }) => errors);
  if (broken) throw new Error(`${origin}: ${broken.message}`);
  const crd = documents
    .map((document) => document.toJS())
    .find((object) => object?.metadata?.name === name);
  if (crd?.kind !== 'CustomResourceDefinition')
    throw new Error(`${origin} holds no CRD named ${name}`);
  return reduce(crd);
}

// Keeps what decides the types, and one version: cdk8s names the class of the first
// version after its kind alone.
function reduce({ apiVersion, kind, metadata: { name }, spec }) {
  const served = (spec?.versions ?? []).filter((version) => version.served);
  const [newest] = served.sort((a, b) =>
    rank(b.name).localeCompare(rank(a.name), 'en', { numeric: true }),
  );
  const schema = newest?.schema?.openAPIV3Schema;
  if (!schema?.properties) throw new Error(`${name} serves no version with a schema`);
  const version = { ...newest, storage: true, schema: { openAPIV3Schema: withoutTexts(schema) } };
  return { apiVersion, kind, metadata: { name }, spec: { ...spec, versions: [version] } };
}

// A key that puts v2alpha1 before v1beta1 before v1 before v2, and any other form before all.
function rank(version) {
  const [, major = 0, stage = 'stable', minor = 0] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(
    version,
  ) ?? ['', 0, ''];
  return `${stage} ${major} ${minor}`;
}

// `description` is a text in a schema, but the name of a field under `properties`.
function withoutTexts(schema) {
  if (Array.isArray(schema)) return schema.map(withoutTexts);
  if (schema === null || typeof schema !== 'object') return schema;
  const clean = {};
  for (const [key, value] of Object.entries(schema)) {
    const fields = key === 'properties' && Object.entries(value);
    if (fields)
      clean[key] = Object.fromEntries(fields.map(([name, field]) => [name, withoutTexts(field)]));
    else if (key !== 'description') clean[key] = NESTED.has(key) ? withoutTexts(value) : value;
  }
  return clean;
}

function generate(crds, scratch) {
  const input = join(scratch, 'crds.yaml');
  const output = join(scratch, 'imports');
  // All in one file: a second import of the same group would overwrite the first.
  writeFileSync(input, crds.map((crd) => JSON.stringify(crd)).join('\n---\n'));
  const args = [
    'import',
    input,
    '--output',
    output,
    '--language',
    'typescript',
    '--no-save',
    '--no-check-upgrade',
  ];
  const options = {
    cwd: ROOT,
    stdio: 'pipe',
    env: { ...process.env, CDK8S_CHECK_UPGRADE: 'false' },
  };
  try {
    execFileSync(join(ROOT, 'node_modules/.bin/cdk8s'), args, options);
  } catch ({ stderr, message }) {
    const [reason] = String(stderr || message).split(/\n +at /); // the rest is a stack trace
    throw new Error(`cdk8s import failed: ${reason.replace(/\s+/g, ' ')}`);
  }
  return output;
}

function replaceWith(output) {
  for (const file of readdirSync(IMPORTS)) if (file.endsWith('.ts')) rmSync(join(IMPORTS, file));
  cpSync(output, IMPORTS, { recursive: true });
}

async function main() {
  const { values } = parseArgs({
    options: { crds: { type: 'string', default: process.env.SEDA_CRDS } },
  });
  if (values.crds && !existsSync(values.crds))
    throw new Error(`folder ${values.crds} does not exist`);

  const sources = parse(readFileSync(join(ROOT, 'cdk8s.yaml'), 'utf8'))?.imports;
  if (!Array.isArray(sources)) throw new Error('cdk8s.yaml has no list of imports');
  const loaded = await Promise.allSettled(sources.map((source) => load(source, values.crds)));
  const faults = loaded.filter(({ status }) => status === 'rejected');
  if (faults.length > 0) throw new AggregateError(faults.map(({ reason }) => reason));

  const scratch = mkdtempSync(join(tmpdir(), 'import-'));
  process.on('exit', () => rmSync(scratch, { recursive: true }));
  replaceWith(
    generate(
      loaded.map(({ value }) => value),
      scratch,
    ),
  );
}

main().catch((error) => {
  // A set, because all sources on a host that is out of reach have the same fault.
  const messages = new Set(
    (error.errors ?? [error]).map(({ message }) => message.replace(/:?\n[^]*/, '')),
  );
  for (const message of messages) console.error(`import: ${message}`);
  process.exitCode = 1;
});
