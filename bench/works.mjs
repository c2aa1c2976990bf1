// What is measured. Each work gets a peer and a number, and gives nanoseconds (or bytes) a request.
import { setTimeout } from 'node:timers/promises';
import { measure } from 'mitata';

const nothing = () => undefined;

/** Asks for the lock to write, and gives what lets go of it. */
async function hold(peer) {
  let release;
  const done = new Promise((resolve) => (release = resolve));
  const held = peer.run('write', () => done);
  await setTimeout(5);
  return async () => {
    release();
    await held;
  };
}

async function waiters(peer, n, modeOf) {
  await drained(peer, 500, modeOf);
  return drained(peer, n, modeOf);
}

async function drained(peer, n, modeOf) {
  const letGo = await hold(peer);
  const start = process.hrtime.bigint();
  const waiting = Array.from({ length: n }, (_, i) => peer.run(modeOf(i), nothing));
  await letGo();
  await Promise.all(waiting);
  return Number(process.hrtime.bigint() - start) / n;
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

async function timed(call) {
  const result = call();
  const { p50 } = await measure(result instanceof Promise ? async () => await call() : call);
  return p50;
}

export const WORKS = {
  read: (peer) => timed(() => peer.pair('read')),
  write: (peer) => timed(() => peer.pair('write')),
  drain: (peer, n) => waiters(peer, n, () => 'write'),
  mix: (peer, percent) => waiters(peer, 20_000, mixOf(percent)),
  async cancel(peer, n) {
    if (!peer.waiter) throw new Error('not measured');
    await hold(peer);
    const waiters = shuffled(Array.from({ length: n }, () => peer.waiter()));
    const start = process.hrtime.bigint();
    for (const waiter of waiters) waiter.unsubscribe();
    return Number(process.hrtime.bigint() - start) / n;
  },
  async heap(peer, n) {
    if (!peer.waiter) throw new Error('not measured');
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
};

/** What RxJS itself takes: what an operator of ours is compared with. */
export async function yardsticks() {
  const { NEVER, finalize, identity, map, of } = await import('rxjs');
  const pipe = (operator) => {
    const piped = of(1).pipe(operator);
    const never = NEVER.pipe(operator);
    return {
      run: async (_, work) => work(),
      pair: () => void piped.subscribe(),
      waiter: () => never.subscribe(),
    };
  };
  return {
    'of(1) through finalize': pipe(finalize(nothing)),
    'of(1) through map(identity)': pipe(map(identity)),
  };
}
