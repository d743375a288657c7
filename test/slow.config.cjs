'use strict';

// What starts npm, cdk8s, git again and again, linters or the scripts of CI, and what judges the check: npm run test:slow

module.exports = {
  ...require('../jest.config.cjs'),
  rootDir: '..',
  testMatch: ['<rootDir>/**/*.slow.ts'],
};
