import { asyncScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';

/** Runs a function in virtual time, and whatever it has scheduled. */
export function testing(
  run: (helpers: { wait: (time: number, then: () => void) => void; now: () => number }) => void,
): void {
  new TestScheduler(() => undefined).run(() =>
    run({
      wait: (time, then) => void asyncScheduler.schedule(then, time),
      now: () => asyncScheduler.now(),
    }),
  );
}
