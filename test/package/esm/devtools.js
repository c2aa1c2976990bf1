// Node gets the real tools, unless it is told that this is production.
import assert from 'node:assert/strict';
import { ReadWriteLock } from 'rxjs-rwlock';
import { inspectLock } from 'rxjs-rwlock/devtools';

const isProduction = process.execArgv.includes('--conditions=production');
const text = inspectLock(new ReadWriteLock({ name: 'settings' })).toString();
assert.match(text, isProduction ? /production/ : /^settings is free$/);
