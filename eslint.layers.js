/**
 * What each layer of `src` may import: its own files, the folders and files of `src` named
 * here, and these packages. Imports point down only, and nothing imports `testing`.
 */
const layers = {
  core: { sources: [], packages: [] },
  lock: { sources: ['core/'], packages: ['rxjs'] },
  operators: { sources: ['core/', 'lock/'], packages: ['rxjs'] },
  many: { sources: ['core/', 'lock/'], packages: ['rxjs'] },
  testing: { sources: ['index.js'], packages: ['rxjs', 'rxjs/testing'] },
};

// One block for each depth, as `no-restricted-imports` sees the text of an import and not the
// file it leads to; one rule in each block, as a later block replaces an earlier one's.
const depths = [1, 2];

function layer(folder, depth, { sources, packages }) {
  const own = ['\\./', ...(depth > 1 ? [`(\\.\\./){1,${depth - 1}}(?!\\.)`] : [])];
  const below = sources.map((source) => '../'.repeat(depth) + source);
  const allowed = [
    ...own,
    ...below.map(literally),
    ...packages.map((name) => `${literally(name)}$`),
  ];
  return imports(`src/${folder}/${'*/'.repeat(depth - 1)}*.ts`, allowed);
}

function imports(files, allowed) {
  const elsewhere = `^(?!${allowed.join('|')})|[^.]/\\.\\.|^\\./\\.`;
  return {
    files: [files],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: elsewhere, message: 'This layer must not import that one.' }] },
      ],
    },
  };
}

const literally = (text) => text.replaceAll('.', '\\.');

export default [
  imports('src/*.ts', ['\\./(?!testing/)']),
  ...Object.entries(layers).flatMap(([folder, may]) =>
    depths.map((depth) => layer(folder, depth, may)),
  ),
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...['ImportExpression', 'TSImportEqualsDeclaration', 'TSImportType'].map((selector) => ({
          selector,
          message: 'Only import declarations, so that the layers can be checked.',
        })),
      ],
    },
  },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'console', 'process'],
      ],
    },
  },
];
