import { asyncScheduler, Subscription } from 'rxjs';
import { LockTimeoutError } from '../core/errors.js';
import type { Claim } from './Claim.js';
import type { RequestOptions } from './RequestOptions.js';

/** What a timer can wait, in milliseconds, some 25 days: a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;

/** Makes a waiting claim give up at a time or at a signal; unsubscribe it when the wait ends. */
export function limitWait(
  claim: Claim,
  lock: string,
  { waitTimeout = Infinity, signal }: RequestOptions,
): Subscription {
  const limit = new Subscription();
  if (waitTimeout <= LONGEST) {
    const late = () => claim.giveUp(new LockTimeoutError(lock, claim.mode, waitTimeout));
    limit.add(asyncScheduler.schedule(late, waitTimeout));
  }
  if (signal) {
    const abort = () => claim.giveUp(signal.reason);
    signal.addEventListener('abort', abort);
    limit.add(() => signal.removeEventListener('abort', abort));
  }
  return limit;
}
