'use strict';

const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');

exports.version = require('../package.json').version;

/**
 * For a process that runs one command: a render is over before optimised code would pay. V8 compiles a function only
 * after 60 times the usual work, which saves a fifth of the CPU time of a synth. V8 12, of Node 22, has no such flag.
 */
exports.tuneForOneRun = function tuneForOneRun() {
  if (Number.parseInt(process.versions.v8, 10) < 12)
    v8.setFlagsFromString('--interrupt-budget=4000000');
};

/** Bundles that run in this process, by their entry. */
const bundles = new Map();

const OPTIONS = {
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  write: false,
  logLevel: 'silent',
};

/**
 * Runs a TypeScript file in this process: bundled by esbuild in memory, without type check, cache or
 * second process. Packages are loaded as they are. In the bundle `__dirname` is the folder of `file`.
 *
 * @param root folder from which messages name the files, wherever the command is given
 * @throws Error with one line for each problem when the sources do not compile
 */
exports.runTypeScript = function runTypeScript(file, root = path.dirname(file)) {
  const { buildSync } = require('esbuild');
  let built;
  try {
    built = buildSync({ ...OPTIONS, entryPoints: [file], absWorkingDir: root });
  } catch (error) {
    if (!error.errors) throw error;
    throw inputError(error.errors.map(explained).map(located).join('\n'));
  }
  const meta = built.warnings.filter(({ id }) => id === 'empty-import-meta');
  if (meta.length > 0) {
    const text =
      'import.meta does not exist here, because the app runs as CommonJS; use __dirname or __filename';
    throw inputError(meta.map(({ location }) => located({ location, text })).join('\n'));
  }
  bundles.set(file, undefined);
  return run(file, new vm.Script(Module.wrap(built.outputFiles[0].text), { filename: file }))
    .exports;
};

/** An error of what was given, which is said without a stack. */
function inputError(message) {
  return Object.assign(new Error(message), { name: 'InputError' });
}

/** False for an error of the program itself, whose stack is needed. */
exports.isInputError = function isInputError(error) {
  return (
    ['InputError', 'PropsError', 'ValidationError'].includes(error?.name) ||
    // What cdk8s throws for what validations of constructs have found.
    /^Validation failed with the following errors:/.test(error?.message)
  );
};

/** esbuild names a format that nobody here has chosen. */
function explained({ location, text }) {
  return /^Top-level await/.test(text)
    ? {
        location,
        text: 'await stands outside of a function, where an app that runs as CommonJS has none; put it into one: async function main() { ... } main();',
      }
    : { location, text };
}

function located({ location, text }) {
  return location ? `${location.file}:${location.line}: ${text}` : text;
}

/**
 * The stack of an error, with the lines of the sources in place of those of a bundle. What was built has a map beside it;
 * anything else is bundled once more, with a map, because a run without errors has no use for one.
 */
exports.sourceStack = function sourceStack(error) {
  return error.stack.replace(/(\/[^\s():]+\.[tj]s):(\d+):(\d+)/g, (place, file, line, column) => {
    if (!bundles.has(file) && !fs.existsSync(`${file}.map`)) return place;
    const entry = sourceMap(file).findEntry(Number(line) - 1, Number(column) - 1);
    if (entry.originalSource === undefined) return place;
    const source = path.resolve(path.dirname(file), entry.originalSource);
    const near = path.relative(process.cwd(), source);
    return `${near.startsWith('..') ? source : near}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
};

function sourceMap(file) {
  if (bundles.get(file) !== undefined) return bundles.get(file);
  let text;
  if (fs.existsSync(`${file}.map`)) {
    text = fs.readFileSync(`${file}.map`, 'utf8');
  } else {
    const { outputFiles } = require('esbuild').buildSync({
      ...OPTIONS,
      entryPoints: [file],
      sourcemap: 'external',
      outdir: path.dirname(file),
    });
    ({ text } = outputFiles.find((output) => output.path.endsWith('.map')));
  }
  const map = new Module.SourceMap(JSON.parse(text));
  bundles.set(file, map);
  return map;
}

/**
 * Runs a compiled file, with the code cache that `writeCodeCache` put beside it. V8 takes a cache only
 * for the same source, version and flags, and compiles as ever where it does not.
 */
exports.runCompiled = function runCompiled(file) {
  const cache = codeCache(file);
  const cachedData = fs.existsSync(cache) ? fs.readFileSync(cache) : undefined;
  return run(file, compiled(file, cachedData)).exports;
};

/** A bundle is one line, so that the wrapper before it would shift every column. */
function compiled(file, cachedData) {
  const columnOffset = -Module.wrapper[0].length;
  const text = Module.wrap(fs.readFileSync(file, 'utf8'));
  return new vm.Script(text, { filename: file, columnOffset, cachedData });
}

/** Runs a compiled file and what `use` does with its exports, and keeps the code of every function that was used. */
exports.writeCodeCache = async function writeCodeCache(file, use = () => {}) {
  exports.tuneForOneRun();
  const script = compiled(file);
  await use(run(file, script).exports);
  fs.writeFileSync(codeCache(file), script.createCachedData());
};

function codeCache(file) {
  return `${file}.cache`;
}

/** As Node runs a CommonJS module. */
function run(file, script) {
  const module = new Module(file);
  module.filename = file;
  module.paths = Module._nodeModulePaths(path.dirname(fs.realpathSync(file)));
  script
    .runInThisContext()
    .call(
      module.exports,
      module.exports,
      module.require.bind(module),
      module,
      file,
      path.dirname(file),
    );
  return module;
}
