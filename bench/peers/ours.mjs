// This package, through an operator and through a gate.
export default {
  'rxjs-rwlock, operator': {
    readWrite: true,
    async make(dist) {
      const { ReadWriteLock, withReadLock, withWriteLock } = await import(dist);
      const { EMPTY, NEVER, defer, of } = await import('rxjs');
      const lock = new ReadWriteLock();
      const operators = { read: withReadLock(lock), write: withWriteLock(lock) };
      const one = { read: of(1).pipe(operators.read), write: of(1).pipe(operators.write) };
      const never = NEVER.pipe(operators.write);
      return {
        run: (mode, work) =>
          void defer(() => work() ?? EMPTY)
            .pipe(operators[mode])
            .subscribe(),
        pair: (mode) => void one[mode].subscribe(),
        request: () => never.subscribe(),
        cancellable: () => never.subscribe(),
      };
    },
  },
  'rxjs-rwlock, gate': {
    readWrite: true,
    async make(dist) {
      const { ReadWriteLock } = await import(dist);
      const lock = new ReadWriteLock();
      const gates = { read: lock.reader, write: lock.writer };
      const requests = lock.writer.acquire();
      return {
        async run(mode, work) {
          const lease = await gates[mode].lease();
          const working = work();
          if (working) await working;
          lease.release();
        },
        pair: (mode) => void gates[mode].tryAcquire().release(),
        request: () => requests.subscribe(),
        cancellable: () => requests.subscribe(),
      };
    },
  },
};
