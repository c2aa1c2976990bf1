// What each part of `src` may import. Imports point down only and make no circle, and an import of a
// type counts as any other.

const folder = (name) => `^src/${name}/`;
const PUBLIC_NAMES = '^src/index[.]ts$';
const REMOTE = '^src/remote/index[.]ts$';
// How arguments are checked, and what is said of a wrong one.
const CHECKS = '^src/lock/checks[.]ts$';
const RXJS = '^node_modules/rxjs/dist/cjs/index[.]js$';
const RXJS_TESTING = '^node_modules/rxjs/dist/cjs/testing/index[.]js$';
const ANGULAR = '^(node_modules/)?@angular/(core|common)(/|$)';
const PG = '^(node_modules/)?(@types/)?pg(/|$)';

/** What a folder may import besides its own files. A folder that is missing here may import nothing. */
const mayImport = {
  // The layers.
  core: [],
  lock: [folder('core'), RXJS],
  operators: [folder('core'), folder('lock'), RXJS],
  many: [folder('core'), folder('lock'), RXJS],
  remote: [folder('core'), folder('lock'), folder('many'), RXJS],

  // The entry points. Only `testing` may import another one.
  state: [PUBLIC_NAMES, RXJS],
  // What looks into a lock needs what is inside of it.
  devtools: [PUBLIC_NAMES, folder('core'), folder('lock'), folder('many'), RXJS],
  testing: [PUBLIC_NAMES, REMOTE, folder('devtools'), RXJS, RXJS_TESTING],
  angular: [PUBLIC_NAMES, RXJS, ANGULAR],
  'web-locks': [PUBLIC_NAMES, REMOTE, CHECKS, RXJS],
  postgres: [PUBLIC_NAMES, REMOTE, CHECKS, RXJS, PG, '^crypto$'],
};

export default {
  forbidden: [
    {
      name: 'circle',
      comment: 'Files that import each other, directly or through others, are read as one file.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  allowed: [
    {
      from: { path: PUBLIC_NAMES },
      to: { path: ['core', 'lock', 'operators', 'many'].map(folder) },
    },
    ...Object.entries(mayImport).map(([name, others]) => ({
      from: { path: folder(name) },
      to: { path: [folder(name), ...others] },
    })),
  ],
  allowedSeverity: 'error',
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
