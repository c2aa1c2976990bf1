// The tests of the example, in Chromium. `npm run test:angular` builds before what they open.
const browser = require('../../../test/browser/jest.config.cjs');

module.exports = {
  ...browser,
  rootDir: '../../..',
  testMatch: ['<rootDir>/examples/angular/test/*.test.ts'],
};
