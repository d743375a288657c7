'use strict';

// What starts npm, cdk8s, git again and again, linters or the scripts of CI, and what judges the check: npm run test:slow

module.exports = {
  ...require('../jest.config.cjs'),
  rootDir: '..',
  // Those that have a test for each state of an environment are run again, with all of the states.
  globals: { SEDA_EVERY_STATE: true },
  testMatch: [
    '<rootDir>/**/*.slow.ts',
    '<rootDir>/environments/{environments,frozen}.test.ts',
    '<rootDir>/policy/{argocd,files,policy}.test.ts',
    '<rootDir>/test/{check,docs,graph}.test.ts',
  ],
};
