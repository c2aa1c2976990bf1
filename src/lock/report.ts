import { throwError } from 'rxjs';

/** Leaves the reporting to RxJS, which has one place for errors that nobody handles. */
export function report(error: unknown): void {
  throwError(() => error).subscribe();
}

/** Runs what must not keep others from being served by what it throws. */
export function attempt(run: () => void): void {
  try {
    run();
  } catch (error) {
    report(error);
  }
}
