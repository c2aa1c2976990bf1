// Other packages' locks with a read mode and a write mode.
import { nothing, releasing, running, signalled } from './shapes.mjs';

export default {
  'async-rwlock': {
    readWrite: true,
    cannotCancel: 'timeout only',
    async make() {
      const { RWLock } = (await import('async-rwlock')).default;
      const lock = new RWLock();
      const request = (mode) => (mode === 'read' ? lock.readLock() : lock.writeLock());
      return {
        ...releasing(async (mode) => {
          await request(mode);
          return lock.unlock;
        }),
        async pair(mode) {
          await request(mode);
          lock.unlock();
        },
        request: () => lock.writeLock(),
      };
    },
  },
  rwlock: {
    readWrite: true,
    cannotCancel: 'timeout only',
    async make() {
      const Lock = (await import('rwlock')).default;
      const lock = new Lock();
      const request = (mode, granted) =>
        mode === 'read' ? lock.readLock(granted) : lock.writeLock(granted);
      return {
        run: (mode, work) =>
          request(mode, (release) => {
            const working = work();
            if (working) working.then(release);
            else release();
          }),
        pair: (mode) => request(mode, (release) => release()),
        request: () => lock.writeLock(nothing),
      };
    },
  },
  'readwrite-lock': {
    readWrite: true,
    cannotCancel: 'timeout only',
    async make() {
      const Lock = (await import('readwrite-lock')).default;
      const lock = new Lock({ maxPending: Infinity });
      return running((mode, work) =>
        mode === 'read' ? lock.acquireRead('key', work) : lock.acquireWrite('key', work),
      );
    },
  },
  '@esfx/async-readerwriterlock': {
    readWrite: true,
    async make() {
      const { AsyncReaderWriterLock } = await import('@esfx/async-readerwriterlock');
      const { CancelToken } = await import('@esfx/canceltoken');
      const lock = new AsyncReaderWriterLock();
      const handles = { read: lock.createReader(), write: lock.createWriter() };
      return {
        ...releasing(async (mode) => {
          const held = await lock[mode]();
          return () => held.unlock();
        }),
        // Using a handle again is its shortest way.
        async pair(mode) {
          await handles[mode].lock();
          handles[mode].unlock();
        },
        request: () => lock.write(),
        cancellable() {
          const source = CancelToken.source();
          const settled = lock.write(source.token);
          return { unsubscribe: () => source.cancel(), settled };
        },
      };
    },
  },
  mortice: {
    readWrite: true,
    async make() {
      // It needs Node 22 only for this function.
      Promise.withResolvers ??= withResolvers;
      const mortice = (await import('mortice')).default;
      const lock = mortice({ name: 'bench' });
      return {
        ...releasing((mode) => (mode === 'read' ? lock.readLock() : lock.writeLock())),
        cancellable: signalled((signal) => lock.writeLock({ signal })),
      };
    },
  },
  'readers-writer-lock': {
    readWrite: true,
    cannotCancel: `can't cancel`,
    async make() {
      const { RWLock } = (await import('readers-writer-lock')).default;
      const lock = new RWLock();
      return running((mode, work) => lock[mode](work));
    },
  },
};

function withResolvers() {
  let resolve, reject;
  const promise = new this((...settle) => ([resolve, reject] = settle));
  return { promise, resolve, reject };
}
