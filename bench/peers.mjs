// Every peer in one shape: `run` does some synchronous work under the lock and tells when it is done;
// `pair` takes the lock and gives it back where nobody else wants it; `waiter`, where a peer can
// cancel, asks to write and gives back a subscription to the request.
const deferred = () => {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
};

/** For locks that hand out a release: `acquire(mode)` promises it. */
const releasing = (acquire) => ({
  async run(mode, work) {
    const release = await acquire(mode);
    await work();
    release();
  },
  async pair(mode) {
    (await acquire(mode))();
  },
});

/** For locks that run a function. */
const running = (run) => ({ run, pair: (mode) => run(mode, () => undefined) });

const ours = async () => {
  const { ReadWriteLock, withReadLock, withWriteLock } = await import('../dist/esm/index.js');
  const { EMPTY, NEVER, defer, of } = await import('rxjs');
  return { ReadWriteLock, withReadLock, withWriteLock, EMPTY, NEVER, defer, of };
};

export const PEERS = {
  'rxjs-rwlock, operator': {
    readWrite: true,
    async make() {
      const { ReadWriteLock, withReadLock, withWriteLock, EMPTY, NEVER, defer, of } = await ours();
      const lock = new ReadWriteLock();
      const operators = { read: withReadLock(lock), write: withWriteLock(lock) };
      const one = { read: of(1).pipe(operators.read), write: of(1).pipe(operators.write) };
      const never = NEVER.pipe(operators.write);
      return {
        run: (mode, work) =>
          new Promise((resolve, reject) => {
            const source = defer(() => work() ?? EMPTY);
            source.pipe(operators[mode]).subscribe({ error: reject, complete: resolve });
          }),
        pair: (mode) => void one[mode].subscribe(),
        waiter: () => never.subscribe(),
      };
    },
  },
  'rxjs-rwlock, gate': {
    readWrite: true,
    async make() {
      const { ReadWriteLock } = await ours();
      const lock = new ReadWriteLock();
      const gates = { read: lock.reader, write: lock.writer };
      const asked = lock.writer.acquire();
      return {
        async run(mode, work) {
          const lease = await gates[mode].lease();
          await work();
          lease.release();
        },
        pair: (mode) => void gates[mode].tryAcquire().release(),
        waiter: () => asked.subscribe(),
      };
    },
  },
  'async-rwlock': {
    readWrite: true,
    async make() {
      const { RWLock } = (await import('async-rwlock')).default;
      const lock = new RWLock();
      return releasing(async (mode) => {
        await (mode === 'read' ? lock.readLock() : lock.writeLock());
        return () => lock.unlock();
      });
    },
  },
  rwlock: {
    readWrite: true,
    async make() {
      const Lock = (await import('rwlock')).default;
      const lock = new Lock();
      const ask = (mode, granted) =>
        mode === 'read' ? lock.readLock(granted) : lock.writeLock(granted);
      return {
        run: (mode, work) =>
          new Promise((resolve) => {
            ask(mode, (release) => {
              const done = () => (release(), resolve());
              const promise = work();
              if (promise) promise.then(done);
              else done();
            });
          }),
        pair: (mode) => ask(mode, (release) => release()),
      };
    },
  },
  'readwrite-lock': {
    readWrite: true,
    async make() {
      const Lock = (await import('readwrite-lock')).default;
      const lock = new Lock({ maxPending: Infinity });
      return running((mode, work) =>
        mode === 'read'
          ? lock.acquireRead('key', async () => work())
          : lock.acquireWrite('key', async () => work()),
      );
    },
  },
  '@esfx/async-readerwriterlock': {
    readWrite: true,
    async make() {
      const { AsyncReaderWriterLock } = await import('@esfx/async-readerwriterlock');
      const lock = new AsyncReaderWriterLock();
      return releasing(async (mode) => {
        const held = await lock[mode]();
        return () => held.unlock();
      });
    },
  },
  mortice: {
    readWrite: true,
    async make() {
      const mortice = (await import('mortice')).default;
      const lock = mortice({ name: 'bench' });
      return releasing((mode) => (mode === 'read' ? lock.readLock() : lock.writeLock()));
    },
  },
  'readers-writer-lock': {
    readWrite: true,
    async make() {
      const { RWLock } = (await import('readers-writer-lock')).default;
      const lock = new RWLock();
      return running((mode, work) => lock[mode](async () => work()));
    },
  },
  'async-mutex': {
    async make() {
      const { Mutex } = await import('async-mutex');
      const lock = new Mutex();
      return releasing(() => lock.acquire());
    },
  },
  'async-sema': {
    async make() {
      const { Sema } = (await import('async-sema')).default;
      const lock = new Sema(1);
      return releasing(async () => {
        await lock.acquire();
        return () => lock.release();
      });
    },
  },
  'await-lock': {
    async make() {
      const AwaitLock = (await import('await-lock')).default;
      const lock = new AwaitLock();
      return {
        ...releasing(async () => {
          await lock.acquireAsync();
          return () => lock.release();
        }),
        pair() {
          lock.tryAcquire();
          lock.release();
        },
      };
    },
  },
  'async-lock': {
    async make() {
      const AsyncLock = (await import('async-lock')).default;
      const lock = new AsyncLock({ maxPending: Infinity });
      return running((_, work) => lock.acquire('key', async () => work()));
    },
  },
  'p-queue': {
    async make() {
      const PQueue = (await import('p-queue')).default;
      const queue = new PQueue({ concurrency: 1 });
      return running((_, work) => queue.add(async () => work()));
    },
  },
  'effect, semaphore': {
    async make() {
      const { Effect, Semaphore } = await import('effect');
      const semaphore = Semaphore.makeUnsafe(1);
      return running((_, work) =>
        Effect.runPromise(semaphore.withPermits(1)(Effect.promise(async () => work()))),
      );
    },
  },
  'effect, TxReentrantLock': {
    readWrite: true,
    async make() {
      const { Effect, TxReentrantLock } = await import('effect');
      const lock = await Effect.runPromise(TxReentrantLock.make());
      const under = { read: TxReentrantLock.withReadLock, write: TxReentrantLock.withWriteLock };
      return running((mode, work) =>
        Effect.runPromise(
          under[mode](
            lock,
            Effect.promise(async () => work()),
          ),
        ),
      );
    },
  },
  'Subject + concatMap': {
    async make() {
      const { Subject, concatMap, defer, finalize, from } = await import('rxjs');
      const jobs = new Subject();
      jobs.pipe(concatMap((job) => job)).subscribe();
      return running((_, work) => {
        const { promise, resolve } = deferred();
        jobs.next(defer(() => from(work() ?? [undefined])).pipe(finalize(resolve)));
        return promise;
      });
    },
  },
  'BehaviorSubject flag': {
    async make() {
      const { BehaviorSubject, defer, filter, finalize, from, switchMap, take } =
        await import('rxjs');
      const busy = new BehaviorSubject(false);
      return running((_, work) => {
        const { promise, resolve } = deferred();
        busy
          .pipe(
            filter((is) => !is),
            take(1),
            switchMap(() => {
              busy.next(true);
              return defer(() => from(work() ?? [undefined]));
            }),
            finalize(() => (busy.next(false), resolve())),
          )
          .subscribe();
        return promise;
      });
    },
  },
};
