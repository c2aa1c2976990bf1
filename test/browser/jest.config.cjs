// The tests that need Chromium.
const { register } = require('esbuild-register/dist/node');

const { unregister } = register({ format: 'cjs' });
const { default: all } = require('../../jest.config.ts');
unregister();

module.exports = {
  ...all,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/browser/**/*.test.ts'],
  testPathIgnorePatterns: [],
  // A second Chromium would disturb what the first one measures.
  maxWorkers: 1,
  testTimeout: 120_000,
};
