import { asyncScheduler, throwError } from 'rxjs';

/**
 * Runs code of others. What it throws is reported by RxJS in a later turn, as every unhandled error
 * is, and does not reach the caller.
 */
export function attempt(run: () => void): void {
  try {
    run();
  } catch (error) {
    // RxJS's deprecated synchronous error handling would throw it here.
    asyncScheduler.schedule(() => throwError(() => error).subscribe());
  }
}
