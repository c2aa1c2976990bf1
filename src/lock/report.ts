import { asyncScheduler, throwError } from 'rxjs';

/**
 * Leaves the reporting to RxJS, which has one place for errors that nobody handles. Never throws.
 */
export function report(error: unknown): void {
  try {
    throwError(() => error).subscribe();
  } catch {
    // RxJS's deprecated synchronous error handling throws it here, in the middle of a transition.
    asyncScheduler.schedule(() => {
      throw error;
    });
  }
}

/** Runs what must not keep others from being served by what it throws. */
export function attempt(run: () => void): void {
  try {
    run();
  } catch (error) {
    report(error);
  }
}
