import { config } from 'rxjs';

// jest sets it to 100, which makes each error slow, and there is one in each `expect`.
Error.stackTraceLimit = 30;

// RxJS reports a consumer that throws in a turn of its own, when the test that caused it may be over.
// So each test waits for that turn, and fails if something has been reported.
const { setTimeout } = globalThis;
const errors: unknown[] = [];
config.onUnhandledError = (error) => errors.push(error);

afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve));
  if (errors.length > 0) throw errors.splice(0)[0];
});
