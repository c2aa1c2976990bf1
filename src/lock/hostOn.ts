import { type SchedulerLike, throwError } from 'rxjs';
import type { LockHost } from '../core/LockHost.js';

/** What a core needs of RxJS: where grants are delivered, and where errors nobody takes go. */
export function hostOn(scheduler: SchedulerLike | undefined): LockHost {
  return {
    grant(request) {
      if (scheduler) request.wait = scheduler.schedule(() => request.granted());
      else request.granted();
    },
    report,
  };
}

/** Leaves the reporting to RxJS, which has one place for errors that nobody handles. */
export function report(error: unknown): void {
  throwError(() => error).subscribe();
}
