#!/usr/bin/env node
'use strict';

// The `seda` command. A checkout runs its sources; an installed package has only what was built.

const fs = require('node:fs');
const path = require('node:path');

const { runCompiled, tuneForOneRun, runTypeScript } = require('./load.cjs');

tuneForOneRun();

const source = path.join(__dirname, 'cli.ts');
const cli = fs.existsSync(source)
  ? runTypeScript(source)
  : runCompiled(path.join(__dirname, '../build/ops/cli.js'));
void cli.run(process.argv.slice(2), cli.ioOf(process)).then((code) => {
  process.exitCode = code;
});
