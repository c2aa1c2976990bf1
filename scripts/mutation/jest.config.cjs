const { register } = require('esbuild-register/dist/node');

const { unregister } = register({ format: 'cjs' });
const { default: all } = require('../../jest.config.ts');
unregister();

module.exports = {
  ...all,
  rootDir: '../..',
  testMatch: ['<rootDir>/scripts/mutation/everyTest.cjs'],
  // A promise of a lock that no longer grants is never settled, so don't wait for it long.
  testTimeout: 500,
};
