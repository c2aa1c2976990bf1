// Lists what is measured. A work gets a peer and a number, and returns the nanoseconds (or bytes) per
// request.
import { setTimeout } from 'node:timers/promises';
import { measure } from 'mitata';

const MS = 1e6;
const nothing = () => undefined;

/** Acquires the lock for writing, and returns a function that releases it. */
async function hold(peer) {
  let release;
  const done = new Promise((resolve) => (release = resolve));
  peer.run('write', () => done);
  await setTimeout(5);
  return release;
}

/** Makes `n` requests for a held lock, releases it, and waits until the work of all is done. */
async function drained(peer, n, modeOf) {
  const release = await hold(peer);
  const start = performance.now();
  await times(n, (work) => {
    for (let i = 0; i < n; i++) peer.run(modeOf(i), work);
    release();
  });
  return ((performance.now() - start) * MS) / n;
}

/** Resolves when `use` has called its argument `n` times. */
const times = (n, use) =>
  new Promise((resolve) => {
    let left = n;
    use(() => {
      if (--left === 0) resolve();
    });
  });

/** Makes `n` requests for a held lock, and cancels them all. */
async function cancelled(peer, n) {
  const requests = shuffled(Array.from({ length: n }, () => peer.cancellable()));
  const start = performance.now();
  for (const request of requests) request.unsubscribe();
  if (requests[0].settled) await allRejected(requests.map(({ settled }) => settled));
  return ((performance.now() - start) * MS) / n;
}

async function allRejected(promises) {
  const outcomes = await Promise.allSettled(promises);
  if (outcomes.some(({ status }) => status === 'fulfilled')) throw new Error('not cancelled');
}

/** Returns the median of as many runs as fit into some time. The warm-up doesn't depend on `n`. */
async function repeated(n, once) {
  await within(150, 20, () => once(500));
  return median(await within(300, 50, () => once(n)));
}

async function within(milliseconds, times, once) {
  const end = performance.now() + milliseconds;
  const figures = [];
  do figures.push(await once());
  while (figures.length < times && performance.now() < end);
  return figures;
}

export function median(figures) {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];
}

/** Returns reads and writes in a fixed pseudo-random order; `percent` of them are writes. */
function mixOf(percent) {
  let seed = 1;
  return () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % 100 < percent ? 'write' : 'read';
  };
}

function shuffled(list) {
  let seed = 7;
  for (let i = list.length - 1; i > 0; i--) {
    seed = (seed * 48_271) % 2_147_483_647;
    const j = seed % (i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

/** Returns the nanoseconds per call. */
export async function timed(call, milliseconds = 250) {
  // Unless the first calls are quick, mitata times each call alone and counts its clock with it.
  await within(50, 1000, call);
  // The garbage collection that mitata makes by default lets V8 drop compiled code.
  const options = { min_cpu_time: milliseconds * MS, batch_samples: 1024, gc: false };
  return (await measure(call, options)).p50;
}

export const WORKS = {
  read: (peer) => timed(() => peer.pair('read')),
  write: (peer) => timed(() => peer.pair('write')),
  drain: (peer, n) => repeated(n, (some) => drained(peer, some, () => 'write')),
  mix: (peer, percent) => repeated(20_000, (some) => drained(peer, some, mixOf(percent))),
  async cancel(peer, n) {
    const release = await hold(peer);
    const figure = await repeated(n, (some) => cancelled(peer, some));
    // A cancelled request must not block a later one.
    release();
    await drained(peer, 1, () => 'write');
    return figure;
  },
  async heap(peer, n) {
    await hold(peer);
    const requests = new Array(n);
    for (let i = 0; i < 1000; i++) requests[i] = peer.request();
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 1000; i < n; i++) requests[i] = peer.request();
    globalThis.gc();
    const grown = process.memoryUsage().heapUsed - before;
    return grown / (requests.length - 1000);
  },
  /** Returns the ratio of two sides that are timed in turn, and the time of the first. */
  async ratio({ sides, useOthers }, amongOthers) {
    if (amongOthers) useOthers();
    const [ours, theirs] = sides();
    const turns = [];
    for (let turn = 0; turn < 9; turn++) {
      const time = await timed(ours, 50);
      turns.push([time / (await timed(theirs, 50)), time]);
    }
    return [0, 1].map((part) => median(turns.map((turn) => turn[part])));
  },
  /** Fails if a peer runs two writers at once, or a reader beside a writer. */
  async check(peer) {
    const at = { read: 0, write: 0 };
    await times(30, (done) => {
      const workOf = (mode) => async () => {
        at[mode]++;
        if (at.write > 1 || (at.write && at.read)) throw new Error('two at once');
        await setTimeout(1);
        at[mode]--;
        done();
      };
      for (const mode of Array.from({ length: 30 }, mixOf(40))) peer.run(mode, workOf(mode));
    });
    return 0;
  },
};
