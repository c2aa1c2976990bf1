// What the shapes of peers have in common. See index.mjs.

/** For locks that hand out a release: `acquire(mode)` promises it. */
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
  waiter: () => acquire('write'),
});

/** For locks that run a function. */
export const running = (run) => ({
  run,
  pair: (mode) => run(mode, nothing),
  waiter: () => run('write', nothing),
});

/** For requests that take an `AbortSignal`: `ask(signal)` promises that they are granted or not. */
export const signalled = (ask) => () => {
  const controller = new AbortController();
  const settled = ask(controller.signal);
  return { unsubscribe: () => controller.abort(), settled };
};

export const nothing = () => undefined;
