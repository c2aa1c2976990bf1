const { ReadWriteLock, withReadLock, withWriteLock } = require('rxjs-rwlock');
const { inspectLock } = require('rxjs-rwlock/devtools');
const { Subject, of } = require('rxjs');

it('holds back a reader until the writer is done', () => {
  const lock = new ReadWriteLock();
  const writing = new Subject();
  const seen = [];

  writing.pipe(withWriteLock(lock)).subscribe();
  of('read')
    .pipe(withReadLock(lock))
    .subscribe((value) => seen.push(value));
  expect(seen).toEqual([]);

  writing.complete();
  expect(seen).toEqual(['read']);
});

it('gets the real tools', () => {
  const lock = new ReadWriteLock({ name: 'settings' });
  expect(inspectLock(lock).toString()).toBe('settings is free');
});
