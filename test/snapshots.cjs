'use strict';

const path = require('node:path');

const FOLDER = path.join(__dirname, '..', '__snapshots__');
const ROOT = path.join(__dirname, '..');

// All snapshots are in one top-level folder, in the shape of the tree of tests.
module.exports = {
  resolveSnapshotPath: (test, extension) =>
    path.join(FOLDER, path.relative(ROOT, test) + extension),
  resolveTestPath: (snapshot, extension) =>
    path.join(ROOT, path.relative(FOLDER, snapshot).slice(0, -extension.length)),
  testPathForConsistencyCheck: path.join(ROOT, 'lib', 'example.test.ts'),
};
