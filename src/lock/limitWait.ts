import { fromEvent, Subscription, timer } from 'rxjs';
import { LockTimeoutError } from '../core/errors.js';
import { refusal } from '../core/refusals.js';
import type { Claim } from './Claim.js';

/** What a timer can wait, in milliseconds, some 25 days: a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Makes a waiting claim give up at a time or at a signal.
 *
 * @returns what ends that, to be unsubscribed when the wait ends; nothing, where nothing limits it
 */
export function limitWait(claim: Claim): Subscription | undefined {
  const { waitTimeout = Infinity, signal } = claim.options;
  const inTime = waitTimeout <= LONGEST;
  if (!(inTime || signal)) return undefined;
  // It may have been let in just now, and not been told.
  const giveUp = (why: () => unknown) => claim.isWaiting && claim.giveUp(why());
  const tooLate = () =>
    refusal(LockTimeoutError, claim.gate.name, claim.mode, `within ${waitTimeout} ms`);
  const limits = new Subscription();
  if (inTime) limits.add(timer(waitTimeout).subscribe(() => giveUp(tooLate)));
  if (signal) limits.add(fromEvent(signal, 'abort').subscribe(() => giveUp(() => signal.reason)));
  return limits;
}
