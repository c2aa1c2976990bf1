/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const config: Config = {
  testEnvironment: 'node',
  // Jest keeps a core for itself, which on two cores is half of them.
  maxWorkers: '100%',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // They have a configuration of their own.
  testPathIgnorePatterns: ['<rootDir>/test/browser/'],
  setupFilesAfterEnv: ['<rootDir>/test/support/unhandled.ts'],
  transform: {
    '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.jest.json' }],
    '^.+\\.mjs$': '<rootDir>/test/support/esmTransform.js',
  },
  // The packages of Angular.
  transformIgnorePatterns: ['/node_modules/.*(?<!\\.mjs)$'],
  // In the context of a test each look at a global is slow; as a parameter of the module it is not.
  sandboxInjectedGlobals: ['Object', 'Symbol'],
  moduleNameMapper: {
    // One file, which loads in a tenth of the time of the two hundred modules.
    '^rxjs$': '<rootDir>/node_modules/rxjs/dist/bundles/rxjs.umd.js',
    '^rxjs/testing$': '<rootDir>/test/support/rxjsTesting.ts',
    '^rxjs-rwlock$': '<rootDir>/src/index.ts',
    '^rxjs-rwlock/angular$': '<rootDir>/src/angular/index.ts',
    '^rxjs-rwlock/devtools$': '<rootDir>/src/devtools/index.ts',
    '^rxjs-rwlock/state$': '<rootDir>/src/state/index.ts',
    '^rxjs-rwlock/testing$': '<rootDir>/src/testing/index.ts',
    '^rxjs-rwlock/testing/jest$': '<rootDir>/src/testing/jest.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};

export default config;
