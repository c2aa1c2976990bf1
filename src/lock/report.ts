import { throwError } from 'rxjs';

/** Leaves the reporting to RxJS, which has one place for errors that nobody handles. */
export function report(error: unknown): void {
  throwError(() => error).subscribe();
}
