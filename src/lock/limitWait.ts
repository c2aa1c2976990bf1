import { asyncScheduler, Subscription } from 'rxjs';
import { LockTimeoutError } from '../core/errors.js';
import type { Claim } from './Claim.js';
import type { RequestOptions } from './RequestOptions.js';

/** What a timer can wait, in milliseconds, some 25 days: a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Makes a waiting claim give up at a time or at a signal.
 *
 * @returns what ends that, to be unsubscribed when the wait ends; nothing, where nothing limits it
 */
export function limitWait(
  claim: Claim,
  lock: string,
  { waitTimeout = Infinity, signal }: RequestOptions,
): Subscription | undefined {
  // An observer may have aborted while it was told of the request.
  if (signal?.aborted) claim.giveUp(signal.reason);
  if (claim.released || (waitTimeout > LONGEST && !signal)) return undefined;
  const limit = new Subscription();
  if (waitTimeout <= LONGEST) {
    const message = `${lock}: ${claim.mode} was not granted within ${waitTimeout} ms`;
    const late = () => claim.giveUp(new LockTimeoutError(message));
    limit.add(asyncScheduler.schedule(late, waitTimeout));
  }
  if (signal) {
    const abort = () => claim.giveUp(signal.reason);
    signal.addEventListener('abort', abort);
    limit.add(() => signal.removeEventListener('abort', abort));
  }
  return limit;
}
