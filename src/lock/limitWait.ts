import { fromEvent, Subscription, timer } from 'rxjs';
import { LockTimeoutError } from '../core/errors.js';
import { refusal } from '../core/refusals.js';
import { WAITING } from '../core/Request.js';
import type { Claim } from './Claim.js';

/** What a timer can wait, in milliseconds, some 25 days: a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;

/** Makes a waiting claim give up at a time or at a signal, where its options say so. */
export function limitWait(claim: Claim): void {
  const { waitTimeout = Infinity, signal } = claim.options;
  const inTime = waitTimeout <= LONGEST;
  // An observer may have aborted while it was told of the request.
  if (signal?.aborted) claim.giveUp(signal.reason);
  if (claim.released || !(inTime || signal)) return;
  const limits = new Subscription();
  const tooLate = () =>
    refusal(LockTimeoutError, claim.gate.name, claim.mode, `within ${waitTimeout} ms`);
  if (inTime) limits.add(timer(waitTimeout).subscribe(() => claim.giveUp(tooLate())));
  if (signal) limits.add(fromEvent(signal, 'abort').subscribe(() => claim.giveUp(signal.reason)));
  // A signal of somebody's own may call back in when it is listened to, and so end the wait.
  if (claim.phase === WAITING) claim.wait = limits;
  else limits.unsubscribe();
}
