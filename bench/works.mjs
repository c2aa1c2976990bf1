// What is measured. Each work gets a peer and a number, and gives nanoseconds (or bytes) a request.
import { setTimeout } from 'node:timers/promises';
import { measure } from 'mitata';

const MS = 1e6;
const nothing = () => undefined;

/** Asks for the lock to write, and gives what lets go of it. */
async function hold(peer) {
  let letGo;
  const done = new Promise((resolve) => (letGo = resolve));
  peer.run('write', () => done);
  await setTimeout(5);
  return letGo;
}

/** Asks `n` times, behind somebody who holds, and ends when the work of all has been done. */
async function drained(peer, n, modeOf) {
  const letGo = await hold(peer);
  const start = performance.now();
  await times(n, (work) => {
    for (let i = 0; i < n; i++) peer.run(modeOf(i), work);
    letGo();
  });
  return ((performance.now() - start) * MS) / n;
}

/** A promise that is fulfilled when what is given to `use` has been called `n` times. */
const times = (n, use) =>
  new Promise((resolve) => {
    let left = n;
    use(() => {
      if (--left === 0) resolve();
    });
  });

/** Asks `n` times, behind somebody who holds, and withdraws all of it. */
async function withdrawn(peer, n) {
  const requests = shuffled(Array.from({ length: n }, () => peer.cancellable()));
  const start = performance.now();
  for (const request of requests) request.unsubscribe();
  if (requests[0].settled) await allRejected(requests.map(({ settled }) => settled));
  return ((performance.now() - start) * MS) / n;
}

async function allRejected(promises) {
  const outcomes = await Promise.allSettled(promises);
  if (outcomes.some(({ status }) => status === 'fulfilled')) throw new Error('not withdrawn');
}

/** The median of what fits into some time. Whatever `n` is, it begins equally warm. */
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

/** Reads and writes in a fixed pseudo-random order, so many in a hundred of them writes. */
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

/** Nanoseconds a call. */
export async function timed(call, milliseconds = 250) {
  // mitata times calls one by one, and its clock with them, unless the first few are quick.
  for (let i = 0; i < 1000; i++) await call();
  const { p50 } = await measure(call, { min_cpu_time: milliseconds * MS });
  return p50;
}

export const WORKS = {
  read: (peer) => timed(() => peer.pair('read')),
  write: (peer) => timed(() => peer.pair('write')),
  drain: (peer, n) => repeated(n, (some) => drained(peer, some, () => 'write')),
  mix: (peer, percent) => repeated(20_000, (some) => drained(peer, some, mixOf(percent))),
  async cancel(peer, n) {
    const letGo = await hold(peer);
    const figure = await repeated(n, (some) => withdrawn(peer, some));
    // Those withdrawn must not be in anybody's way.
    letGo();
    await drained(peer, 1, () => 'write');
    return figure;
  },
  async heap(peer, n) {
    await hold(peer);
    const waiters = new Array(n);
    for (let i = 0; i < 1000; i++) waiters[i] = peer.waiter();
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 1000; i < n; i++) waiters[i] = peer.waiter();
    globalThis.gc();
    const grown = process.memoryUsage().heapUsed - before;
    return grown / (waiters.length - 1000);
  },
  ratio: (subject, among) => subject.ratio(among === 1),
  /** Whether a peer keeps its word: no two writers at once, no reader beside a writer. */
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
