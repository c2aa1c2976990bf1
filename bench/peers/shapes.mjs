// Code that the peers share. See index.mjs.

/** For locks that return a release: `acquire(mode)` resolves with it. */
export const releasing = (acquire) => ({
  async run(mode, work) {
    const release = await acquire(mode);
    const working = work();
    if (working) await working;
    release();
  },
  async pair(mode) {
    (await acquire(mode))();
  },
  request: () => acquire('write'),
});

/** For locks that run a function. */
export const running = (run) => ({
  run,
  pair: (mode) => run(mode, nothing),
  request: () => run('write', nothing),
});

/** For requests that take an `AbortSignal`: `request(signal)` resolves when it is granted. */
export const signalled = (request) => () => {
  const controller = new AbortController();
  const settled = request(controller.signal);
  return { unsubscribe: () => controller.abort(), settled };
};

export const nothing = () => undefined;
