import { config } from 'rxjs';

// A consumer that throws is reported by RxJS in a turn of its own. It is the fault of the test that it
// happens in, which may be over by then, so each waits for that turn.
const { setTimeout } = globalThis;
const errors: unknown[] = [];
config.onUnhandledError = (error) => errors.push(error);

afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve));
  if (errors.length > 0) throw errors.splice(0)[0];
});
