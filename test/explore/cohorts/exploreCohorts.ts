import { everyState, type Found } from '../explore.js';
import { Run } from './Run.js';
import type { Terms } from './steps.js';

/**
 * Makes every step of clients in two processes, and compares the remote locks with the reference.
 *
 * @param depth - how many steps are made at most
 */
export function exploreCohorts(terms: Terms, depth?: number): Found {
  const { stackTraceLimit } = Error;
  // Most of the time would go into the stacks of the errors that clients get.
  Error.stackTraceLimit = 0;
  try {
    return everyState(Run.from(terms), depth);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
