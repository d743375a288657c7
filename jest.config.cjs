'use strict';

module.exports = {
  testMatch: ['<rootDir>/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
  transform: { '\\.[jt]s$': '<rootDir>/test/transform.cjs' },
  transformIgnorePatterns: ['/node_modules/(?!execa/)'],
  snapshotResolver: '<rootDir>/test/snapshots.cjs',
  // An end for what hangs, far above what any test takes: how fast a machine is decides nothing.
  testTimeout: 300_000,
  // jest leaves one core free, which on two cores is half of them.
  maxWorkers: '100%',
  // Snapshots are read in reviews: YAML as it is, without escapes.
  snapshotFormat: { escapeString: false, printBasicPrototype: false },
};
