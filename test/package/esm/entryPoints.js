import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const { exports } = createRequire(import.meta.url)('rxjs-rwlock/package.json');
// What the matchers for jest are added to.
globalThis.expect = { extend() {} };
// This project has no Angular: `npm run check:angular` makes projects that have it.
for (const entry of Object.keys(exports).filter(
  (path) => !path.endsWith('.json') && path !== './angular',
)) {
  const names = Object.keys(await import(entry.replace('.', 'rxjs-rwlock')));
  assert.ok(names.length > 0, `${entry} exports nothing`);
}
