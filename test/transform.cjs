'use strict';

const { createHash } = require('node:crypto');
const { transformSync, version } = require('esbuild');

// jest compiles one file at a time and nothing is type-checked here: `npm run typecheck` does that.
const options = { format: 'cjs', target: 'node20', platform: 'node', sourcemap: 'inline' };

module.exports = {
  getCacheKey: (source, file) => createHash('sha256').update(version + file + source).digest('hex'),
  process: (source, file) => ({
    code: transformSync(source, { ...options, loader: file.endsWith('.ts') ? 'ts' : 'js', sourcefile: file }).code,
  }),
};
