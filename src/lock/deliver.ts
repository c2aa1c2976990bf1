import type { SchedulerLike } from 'rxjs';
import type { Claim } from './Claim.js';
import { attempt } from './report.js';

/** Tells a claim that it holds its lock: at once, or on the scheduler that grants are delivered on. */
export function deliver(claim: Claim, scheduler?: SchedulerLike): void {
  const { signal } = claim.options;
  // It has not heard of that yet: it may be this very abort that has let it in.
  if (signal?.aborted) claim.giveUp(signal.reason);
  else if (scheduler) deliverOn(scheduler, claim);
  else claim.granted();
}

function deliverOn(scheduler: SchedulerLike, claim: Claim): void {
  try {
    claim.wait = scheduler.schedule(() => {
      // What is thrown here must not reach the scheduler, which serves others as well.
      if (!claim.released) attempt(() => claim.granted());
    });
    // It may have been let go while the scheduler, which may be a gate, was told of it.
    if (claim.released) claim.endWait();
  } catch (error) {
    claim.giveUp(error);
  }
}
