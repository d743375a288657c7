'use strict';

const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');

// A render is over before optimised code would pay: V8 compiles a function only after 60 times the
// usual work, which saves a fifth of the CPU time of a synth. V8 13, of Node 24, has no such flag.
if (Number.parseInt(process.versions.v8, 10) < 13)
  v8.setFlagsFromString('--interrupt-budget=4000000');

/**
 * Runs a TypeScript file in this process: bundled by esbuild in memory, without type check, cache or
 * second process. Packages are loaded as they are. In the bundle `__dirname` is the folder of `file`.
 *
 * @param root folder from which messages name the files, wherever the command is given
 * @throws Error with one line per fault when the sources do not compile
 */
exports.runTypeScript = function runTypeScript(file, root = path.dirname(file)) {
  const { buildSync } = require('esbuild');
  let text;
  try {
    const options = {
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      absWorkingDir: root,
    };
    text = buildSync({ ...options, entryPoints: [file], write: false, logLevel: 'silent' })
      .outputFiles[0].text;
  } catch (error) {
    if (!error.errors) throw error;
    const faults = error.errors.map(({ location, text }) =>
      location ? `${location.file}:${location.line}: ${text}` : text,
    );
    throw new Error(faults.join('\n'));
  }
  return run(file, new vm.Script(Module.wrap(text), { filename: file })).exports;
};

/**
 * Runs a compiled file, with the code cache that `writeCodeCache` put beside it. V8 takes a cache only
 * for the same source, version and flags, and compiles as ever where it does not.
 */
exports.runCompiled = function runCompiled(file) {
  const cache = codeCache(file);
  const cachedData = fs.existsSync(cache) ? fs.readFileSync(cache) : undefined;
  return run(
    file,
    new vm.Script(Module.wrap(fs.readFileSync(file, 'utf8')), { filename: file, cachedData }),
  ).exports;
};

/** Runs a compiled file and what `use` does with its exports, and keeps the code of every function that was used. */
exports.writeCodeCache = async function writeCodeCache(file, use = () => {}) {
  const script = new vm.Script(Module.wrap(fs.readFileSync(file, 'utf8')), { filename: file });
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
