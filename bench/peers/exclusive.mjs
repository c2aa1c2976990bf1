// Other packages' locks and queues without a read mode. They treat every request as a write.
import { nothing, releasing, running, signalled } from './shapes.mjs';

export default {
  'async-mutex': {
    cannotCancel: 'timeout only',
    async make() {
      const { Semaphore } = await import('async-mutex');
      // Its `Mutex` wraps this, and is much slower.
      const lock = new Semaphore(1);
      return {
        ...releasing(async () => {
          const [, release] = await lock.acquire();
          return release;
        }),
        async pair() {
          await lock.acquire();
          lock.release();
        },
        request: () => lock.acquire(),
      };
    },
  },
  'async-sema': {
    cannotCancel: `can't cancel`,
    async make() {
      const { Sema } = (await import('async-sema')).default;
      const lock = new Sema(1);
      return {
        ...releasing(async () => {
          await lock.acquire();
          return () => lock.release();
        }),
        pair() {
          lock.tryAcquire();
          lock.release();
        },
        request: () => lock.acquire(),
      };
    },
  },
  'await-lock': {
    cannotCancel: 'timeout only',
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
        request: () => lock.acquireAsync(),
      };
    },
  },
  'async-lock': {
    cannotCancel: 'timeout only',
    async make() {
      const AsyncLock = (await import('async-lock')).default;
      const lock = new AsyncLock({ maxPending: Infinity });
      const called = (done) => done();
      return {
        ...running((_, work) => lock.acquire('key', work)),
        // With callbacks it creates no promise.
        pair: () => lock.acquire('key', called, nothing),
      };
    },
  },
  'p-queue': {
    async make() {
      const PQueue = (await import('p-queue')).default;
      const queue = new PQueue({ concurrency: 1 });
      return {
        ...running((_, work) => queue.add(work)),
        cancellable: signalled((signal) => queue.add(nothing, { signal })),
      };
    },
  },
};
