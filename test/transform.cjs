'use strict';

const { createHash } = require('node:crypto');
const { buildSync, transformSync, version } = require('esbuild');

// jest compiles one file at a time and nothing is type-checked here: `npm run typecheck` does that.
const options = { format: 'cjs', target: 'node20', platform: 'node', sourcemap: 'external' };

/** execa and the fifteen packages that it is made of are ES modules, which jest cannot load one by one. */
const bundled = (file) =>
  buildSync({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'cjs',
    target: 'node20',
    platform: 'node',
  }).outputFiles[0].text;

module.exports = {
  getCacheKey: (source, file) =>
    createHash('sha256')
      .update(version + JSON.stringify(options) + file + source)
      .digest('hex'),
  process: (source, file) =>
    /\/execa\/index\.js$/.test(file)
      ? { code: bundled(file) }
      : transformSync(source, {
          ...options,
          loader: file.endsWith('.ts') ? 'ts' : 'js',
          sourcefile: file,
        }),
};
