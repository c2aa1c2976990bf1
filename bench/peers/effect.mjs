// The two locks of effect. Interrupting a fiber cancels its request.
export default {
  'effect, semaphore': {
    async make() {
      const { Effect, Semaphore } = await import('effect');
      const semaphore = Semaphore.makeUnsafe(1);
      return fibers(Effect, () => semaphore.withPermits(1));
    },
  },
  'effect, TxReentrantLock': {
    readWrite: true,
    async make() {
      const { Effect, TxReentrantLock } = await import('effect');
      const lock = await Effect.runPromise(TxReentrantLock.make());
      const { withReadLock, withWriteLock } = TxReentrantLock;
      return fibers(
        Effect,
        (mode) => (effect) =>
          mode === 'read' ? withReadLock(lock, effect) : withWriteLock(lock, effect),
      );
    },
  },
};

function fibers(Effect, underOf) {
  const under = { read: underOf('read'), write: underOf('write') };
  const one = { read: under.read(Effect.void), write: under.write(Effect.void) };
  const never = under.write(Effect.never);
  return {
    run: (mode, work) => Effect.runPromise(under[mode](Effect.suspend(() => effectOf(work())))),
    pair: (mode) => Effect.runSync(one[mode]),
    request: () => Effect.runFork(never),
    cancellable() {
      const fiber = Effect.runFork(never);
      return { unsubscribe: () => fiber.interruptUnsafe(), settled: exitOf(fiber) };
    },
  };

  function effectOf(working) {
    return working ? Effect.promise(() => working) : Effect.void;
  }
}

/** Rejects if the fiber ends without having been granted the lock. */
const exitOf = (fiber) =>
  new Promise((resolve, reject) =>
    fiber.addObserver((exit) => (exit._tag === 'Success' ? resolve() : reject(exit.cause))),
  );
