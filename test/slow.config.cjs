'use strict';

// What starts npm, cdk8s, git again and again, ESLint or the scripts of CI: npm run test:slow

module.exports = {
  ...require('../jest.config.cjs'),
  rootDir: '..',
  testMatch: ['<rootDir>/test/*.slow.ts'],
};
