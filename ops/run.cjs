'use strict';

// The `app` command of cdk8s.yaml: node ops/run.cjs main.ts

const path = require('node:path');
const { runTypeScript } = require('./load.cjs');

try {
  runTypeScript(path.resolve(process.argv[2]));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
