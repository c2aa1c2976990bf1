// Node gets the real tools, unless it is told that this is production.
const assert = require('node:assert/strict');
const { ReadWriteLock } = require('rxjs-rwlock');
const { inspectLock } = require('rxjs-rwlock/devtools');

const isProduction = process.execArgv.includes('--conditions=production');
const text = inspectLock(new ReadWriteLock({ name: 'settings' })).toString();
assert.match(text, isProduction ? /production/ : /^settings is free$/);
