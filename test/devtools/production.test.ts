import { ReadWriteLock } from 'rxjs-rwlock';
import * as devtools from 'rxjs-rwlock/devtools';
import * as stub from '../../src/devtools/production.js';

const production: typeof devtools = stub;

describe('what a production build gets in place of the tools', () => {
  it('N5: has the same names', () => {
    expect(Object.keys(production).sort()).toEqual(Object.keys(devtools).sort());
  });

  it('N5: watches nothing, until it is unsubscribed', () => {
    const lock = new ReadWriteLock();
    const locks = [lock];
    const told = jest.fn();
    const watches = [
      production.watchDeadlocks({ locks }).subscribe({ next: told, complete: told }),
      production.slowLocks({ locks, heldFor: 0, queue: 0 }).subscribe({ next: told }),
      production.markPerformance(lock),
    ];
    lock.writer.tryAcquire();
    lock.writer.acquire().subscribe();
    expect([...lock.core.table.observers()]).toEqual([]);
    expect(watches.map(({ closed }) => closed)).toEqual([false, false, false]);
    for (const watch of watches) watch.unsubscribe();
    expect(told).not.toHaveBeenCalled();
  });

  it('N5: sees nothing, and says why', () => {
    const lock = new ReadWriteLock();
    lock.writer.tryAcquire();
    const seen = production.inspectLock(lock);
    expect([seen.leases, seen.waiting]).toEqual([[], []]);
    expect(seen.toString()).toContain('production');
    const timeline = production.timelineOf('a trace', []);
    expect(timeline).toEqual({ title: 'a trace', end: 0, lanes: [] });
    expect(production.drawTimeline(timeline)).toMatch(/^<svg .*production.*<\/svg>\n$/);
  });
});
