const assert = require('node:assert/strict');

const { exports: entryPoints } = require('rxjs-rwlock/package.json');
// What the matchers for jest are added to.
globalThis.expect = { extend() {} };
// This project has no Angular: `npm run check:angular` makes projects that have it.
for (const entry of Object.keys(entryPoints).filter(
  (path) => !path.endsWith('.json') && path !== './angular',
)) {
  const names = Object.keys(require(entry.replace('.', 'rxjs-rwlock')));
  assert.ok(names.length > 0, `${entry} exports nothing`);
}
