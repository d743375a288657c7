'use strict';

// Tests against a real control plane: npm run e2e

module.exports = {
  ...require('../jest.config.cjs'),
  rootDir: '..',
  testMatch: ['<rootDir>/e2e/*.e2e.ts'],
  globalSetup: '<rootDir>/e2e/setup.ts',
  maxWorkers: 1,
  testTimeout: 900_000,
};
