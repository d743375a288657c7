// Makes build/: the library and the command as an installed package has them, the app of this repository
// as one file without dependencies, and the licences of what is bundled into them. A build that fails
// leaves the one before as it is.

import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build, transform } from 'esbuild';
import { notices } from './notices.mjs';

const ROOT = join(import.meta.dirname, '..');
const BUILD = join(ROOT, 'build');
const SCRATCH = '.new-';

const BUNDLE = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifyWhitespace: true,
  minifySyntax: true,
  minifyIdentifiers: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'silent',
};

/** lib/ and what it reaches of imports/, with types. */
async function library(folder) {
  await compile(folder);
  return ownKubernetesTypes(folder);
}

async function compile(folder) {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  try {
    await promisify(execFile)(
      process.execPath,
      [tsc, '--project', 'tsconfig.build.json', '--outDir', folder, '--pretty', 'false'],
      { cwd: ROOT },
    );
  } catch ({ stdout, message }) {
    throw new Error(stdout?.trim() || message);
  }
}

const KUBERNETES = 'cdk8s-plus-27/lib/imports/k8s';

/**
 * Puts the one file of cdk8s-plus-27 that lib/ uses into the package, with its types: as a dependency it would bring
 * `backport`, a tool of its maintainers with over a hundred packages, and `overrides` do not reach another project.
 *
 * @returns the file
 */
async function ownKubernetesTypes(folder) {
  const file = join('node_modules', KUBERNETES);
  const { code } = await transform(readFileSync(join(ROOT, `${file}.js`), 'utf8'), {
    legalComments: 'none',
  });
  writeFileSync(join(folder, 'imports/k8s.js'), code);
  cpSync(join(ROOT, `${file}.d.ts`), join(folder, 'imports/k8s.d.ts'));
  for (const name of readdirSync(join(folder, 'lib'))) {
    const compiled = join(folder, 'lib', name);
    const text = readFileSync(compiled, 'utf8');
    if (text.includes(KUBERNETES))
      writeFileSync(compiled, text.replaceAll(KUBERNETES, '../imports/k8s'));
  }
  return [`${file}.js`];
}

/** What talks to a cluster, draws or has the schemas, by its path below ops/: files of their own, which a synth does not load. */
const APART = {
  'check/schema': 'check/schema.ts',
  deploy: 'deploy/index.ts',
  'deploy/rollback': 'deploy/rollback.ts',
  doctor: 'doctor/index.ts',
  health: 'health.ts',
  secrets: 'secrets/index.ts',
  graph: 'graph/index.ts',
};

/** The sources ask for them from ops/ or a folder in it; in the bundle `own` they lie beside it, or one folder up. */
const apart = (own) => ({
  name: 'apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\.?\// }, ({ path, kind }) => {
      const name = path.replace(/^\.\.?\//, '');
      return kind === 'dynamic-import' && name in APART
        ? { path: `${own.includes('/') ? '..' : '.'}/${name}`, external: true }
        : undefined;
    }),
});

/** One file for the rest, because a command that reads commander's ten starts later. */
async function command(folder) {
  // Loaded by require: the script of the command has no loader of ES modules.
  const lazy = (name) => ({
    external: ['yaml'],
    plugins: [apart(name)],
    supported: { 'dynamic-import': false },
  });
  const inputs = [];
  for (const [name, entry] of Object.entries({ cli: 'cli.ts', ...APART })) {
    const outfile = join(folder, 'ops', `${name}.js`);
    inputs.push(...(await bundle(`ops/${entry}`, outfile, { ...lazy(name), ...MAPPED })));
    nameSources(outfile, join(BUILD, 'ops', name));
  }
  return inputs;
}

/** A stack names functions as the sources do; ops/load.cjs reads the map for their lines when there is a stack to print. */
const MAPPED = { minifyIdentifiers: false, sourcemap: 'external', sourcesContent: false };

/** Sources as they are seen from where the file will be in the end. */
function nameSources(outfile, final) {
  const map = JSON.parse(readFileSync(`${outfile}.map`, 'utf8'));
  map.sources = map.sources.map((source) =>
    relative(dirname(final), resolve(dirname(outfile), source)),
  );
  writeFileSync(`${outfile}.map`, JSON.stringify(map));
}

async function app(folder) {
  // cdk8s brings a copy of yaml of its own, of the same version; test/package.slow.ts compares what comes out.
  const inputs = await bundle('main.ts', join(folder, 'app/main.js'), {
    alias: { yaml: join(ROOT, 'node_modules/yaml') },
  });
  writeFileSync(
    join(folder, 'app/cdk8s.yaml'),
    'language: typescript\napp: node main.js\noutput: dist\n',
  );
  const records = readdirSync(join(ROOT, 'environments')).filter((name) =>
    /\.(release|blue|green)\.yaml$/.test(name),
  );
  mkdirSync(join(folder, 'app/environments'));
  for (const name of records)
    cpSync(join(ROOT, 'environments', name), join(folder, 'app/environments', name));
  return inputs;
}

/** A render in a process of its own, after which V8 has compiled what a render uses. */
async function codeCaches(folder) {
  const code = `
    const { writeCodeCache } = require(${JSON.stringify(join(ROOT, 'ops/load.cjs'))});
    (async () => {
      await writeCodeCache(${JSON.stringify(join(folder, 'ops/cli.js'))}, (cli) => cli.run(['synth', '--check'], cli.ioOf(process)));
      process.env.CDK8S_OUTDIR = 'dist';
      await writeCodeCache(${JSON.stringify(join(folder, 'app/main.js'))});
      process.exitCode = 0;
    })();`;
  // The command finds its loader two folders up, as in an installed package.
  await promisify(execFile)(process.execPath, ['-e', code], { cwd: join(folder, 'app') });
  rmSync(join(folder, 'app/dist'), { recursive: true, force: true });
}

/** The files that went into the bundle. */
async function bundle(entry, outfile, options) {
  try {
    const { metafile } = await build({ ...BUNDLE, ...options, entryPoints: [entry], outfile });
    return Object.keys(metafile.inputs);
  } catch ({ errors, message }) {
    const faults = errors?.map(({ location, text }) =>
      location ? `${location.file}:${location.line}: ${text}` : text,
    );
    throw new Error(faults?.join('\n') ?? message);
  }
}

function replaceWith(fresh) {
  for (const name of readdirSync(BUILD))
    if (!name.startsWith(SCRATCH)) rmSync(join(BUILD, name), { recursive: true });
  for (const name of readdirSync(fresh)) renameSync(join(fresh, name), join(BUILD, name));
}

async function main() {
  mkdirSync(BUILD, { recursive: true });
  const fresh = mkdtempSync(join(BUILD, SCRATCH));
  process.on('exit', () => rmSync(fresh, { recursive: true, force: true }));
  const results = await Promise.allSettled([library(fresh), command(fresh), app(fresh)]);
  const faults = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
  if (faults.length > 0) throw new AggregateError(faults);
  const inputs = results.flatMap(({ value }) => value ?? []);
  writeFileSync(join(fresh, 'THIRD_PARTY_NOTICES.txt'), notices(ROOT, inputs));
  replaceWith(fresh);
  await codeCaches(BUILD);
}

main().catch((error) => {
  // A set, because a fault of lib/ is one of all three.
  const lines = new Set((error.errors ?? [error]).flatMap(({ message }) => message.split('\n')));
  for (const line of lines) console.error(`build: ${line}`);
  process.exitCode = 1;
});
