'use strict';

// Runs a TypeScript file, e.g. as the app of a cdk8s.yaml: node ops/run.cjs main.ts

const path = require('node:path');
const { isInputError, runTypeScript, sourceStack, tuneForOneRun } = require('./load.cjs');

tuneForOneRun();

function fail(error) {
  console.error(isInputError(error) ? error.message : error?.stack ? sourceStack(error) : error);
  process.exitCode = 1;
}

process.on('uncaughtException', fail);
try {
  runTypeScript(path.resolve(process.argv[2]));
} catch (error) {
  fail(error);
}
