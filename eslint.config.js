import jest from 'eslint-plugin-jest';
import rxjs from 'eslint-plugin-rxjs-x';
import tsdoc from 'eslint-plugin-tsdoc';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const otherImports = ['ImportExpression', 'TSImportEqualsDeclaration', 'TSImportType'].map(
  (selector) => ({ selector, message: 'Import by a declaration at the head of the file.' }),
);
const otherThanReExports = {
  selector: 'Program > :not(ExportNamedDeclaration[source], ExportAllDeclaration)',
  message: 'The list of public names has re-exports only.',
};

export default defineConfig(
  // These have an installation of their own: `npm run check:angular` and `npm run test:angular` check them.
  {
    ignores: [
      ...['**/dist/', 'docs/api/', 'coverage/', '**/.angular/'],
      ...['test/package/angular/', 'examples/angular/src/'],
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
      rxjs.configs.recommended,
    ],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'no-duplicate-imports': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        // `using _lease` is held by its name alone.
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { tsdoc },
    rules: { 'tsdoc/syntax': 'error' },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...otherImports] },
  },
  {
    files: ['src/index.ts'],
    rules: { 'no-restricted-syntax': ['error', ...otherImports, otherThanReExports] },
  },
  {
    // Angular's abstract classes stand for interfaces.
    files: ['src/angular/**/*.ts', 'test/angular/**/*.ts', 'test/support/tokenServer.ts'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  {
    // The core has neither timers nor I/O.
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'console', 'process'],
      ],
    },
  },
  {
    files: ['examples/angular/src/**/*.ts'],
    rules: {
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // Angular's abstract classes are interfaces by use.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    files: ['test/**/*.ts', 'examples/angular/test/*.ts'],
    extends: [jest.configs['flat/recommended'], jest.configs['flat/style']],
    rules: {
      // Calling back from anywhere, and failing with anything, is what is tested.
      'rxjs-x/no-implicit-any-catch': 'off',
      'rxjs-x/no-nested-subscribe': 'off',
      'rxjs-x/no-subscribe-in-pipe': 'off',
      'rxjs-x/throw-error': 'off',
      '@typescript-eslint/require-await': 'off',
      'jest/consistent-test-it': ['error', { fn: 'it' }],
      'jest/expect-expect': ['error', { assertFunctionNames: ['expect*', 'check*', 'fc.assert'] }],
      'jest/valid-title': [
        'error',
        // The titles of marble blocks come from their headings.
        { disallowedWords: ['should'], ignoreTypeOfDescribeName: true, ignoreTypeOfTestName: true },
      ],
    },
  },
);
