const { register } = require('esbuild-register/dist/node');

const { unregister } = register({ format: 'cjs' });
const { default: all } = require('../../jest.config.ts');
unregister();

module.exports = {
  ...all,
  rootDir: '../..',
  testMatch: ['<rootDir>/scripts/mutation/everyTest.cjs'],
  // A mutant that grants nobody leaves promises open: there is no need to wait for them for long.
  testTimeout: 500,
};
