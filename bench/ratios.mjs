// Lists the pairs of calls that are timed in turn in one process: a call of this package and one of
// RxJS, or the lock of a key and a plain lock.
import * as rxjs from 'rxjs';
import { useOtherOperators } from './otherOperators.mjs';

const { NEVER, Subject, concat, identity, map, mergeMap, of, range } = rxjs;

const one = of(1);
const mapped = map(identity);

/** By name: the two sides, and the largest ratios allowed, alone and among other operators. */
export const RATIOS = Object.fromEntries([
  ...inBothModes('`of(1)`', 'map', [0.95, 1], (locked) => [
    subscribing(one.pipe(locked())),
    subscribing(one.pipe(mapped)),
  ]),
  ...inBothModes('`of(1)` mapped', 'map', [1.2, 1.2], (locked) => [
    subscribing(one.pipe(mapped, locked())),
    subscribing(one.pipe(mapped, mapped)),
  ]),
  ...inBothModes('a Subject, unsubscribed', 'map', [1.15, 1.15], (locked) => [
    unsubscribing(new Subject().pipe(locked())),
    unsubscribing(new Subject().pipe(mapped)),
  ]),
  ...inBothModes('100,000 values', 'map', [0.45, 0.45], (locked) => [
    subscribing(range(0, 1e5).pipe(locked())),
    subscribing(range(0, 1e5).pipe(mapped)),
  ]),
  ...inBothModes('with a function', 'mergeMap', [2, 2], (locked) => [
    subscribing(one.pipe(locked(() => of(1)))),
    subscribing(one.pipe(mergeMap(() => of(1)))),
  ]),
  ...['reader', 'writer'].map((gate) => [
    `pair: ${gate} / \`of(1)\` through map`,
    comparison([0.25, 0.22], ({ ReadWriteLock }) => [
      acquiring(new ReadWriteLock()[gate]),
      subscribing(one.pipe(mapped)),
    ]),
  ]),
  // What the devtools build on: a trace, while it is subscribed and after that.
  againstUntraced('`of(1)`: traced / untraced', [3, 3], (trace) => trace.subscribe()),
  againstUntraced('`of(1)`: traced before / untraced', [1.1, 1.1], (trace) =>
    trace.subscribe().unsubscribe(),
  ),
  againstPlainLock('pair: a key / a lock', acquiring, (locks) => locks.for('a').writer),
  againstPlainLock('pair: two keys / a lock', acquiring, (locks, allOf) =>
    allOf(locks.for('a').writer, locks.for('b').writer),
  ),
  ...['reader', 'writer'].map((gate) => [
    `pair: ${gate}: remote, lease in hand / local`,
    comparison(
      [],
      ({ ReadWriteLock, RemoteReadWriteLock }) => {
        const cohort = { grants: Infinity, time: Infinity, linger: Infinity };
        const grant = { token: 1n, tokens: Infinity };
        const hold = () => concat(of(grant), NEVER);
        const remote = new RemoteReadWriteLock({ hold }, { cohort });
        // This gets the lease, which is never released.
        remote.writer.acquire().subscribe().unsubscribe();
        return [acquiring(remote[gate]), acquiring(new ReadWriteLock()[gate])];
      },
      'remote',
    ),
  ]),
  againstPlainLock('wait and grant: a key / a lock', waiting, (locks) => locks.for('a').writer),
]);

/** Compares two sides, which may need another entry point. */
function comparison(bounds, sidesOf, entry) {
  return {
    bounds,
    async make(dist) {
      const ours = await import(dist);
      const more = entry && (await import(dist.replace('index.js', `${entry}/index.js`)));
      return {
        sides: () => sidesOf({ ...ours, ...more }),
        useOthers: () => useOtherOperators(rxjs, ours),
      };
    },
  };
}

function inBothModes(what, rival, bounds, sidesOf) {
  return ['withReadLock', 'withWriteLock'].map((name) => [
    `${what}: ${name} / ${rival}`,
    comparison(bounds, (ours) =>
      sidesOf((...project) => ours[name](new ours.ReadWriteLock(), ...project)),
    ),
  ]);
}

function againstPlainLock(name, call, gateOf) {
  const sidesOf = ({ KeyedReadWriteLock, ReadWriteLock, allOf }) => [
    call(gateOf(new KeyedReadWriteLock(), allOf)),
    call(new ReadWriteLock().writer),
  ];
  return [name, comparison([], sidesOf)];
}

function againstUntraced(name, bounds, watch) {
  const sidesOf = ({ ReadWriteLock, traceLock, withWriteLock }) => {
    const traced = new ReadWriteLock();
    watch(traceLock(traced));
    return [traced, new ReadWriteLock()].map((lock) => subscribing(one.pipe(withWriteLock(lock))));
  };
  return [name, comparison(bounds, sidesOf)];
}

function subscribing(source) {
  return () => void source.subscribe();
}

function unsubscribing(source) {
  return () => source.subscribe().unsubscribe();
}

function acquiring(gate) {
  return () => gate.tryAcquire().release();
}

/** Makes a request that waits, is granted and is released. */
function waiting(gate) {
  const requests = gate.acquire();
  return () => {
    const lease = gate.tryAcquire();
    const request = requests.subscribe();
    lease.release();
    request.unsubscribe();
  };
}
