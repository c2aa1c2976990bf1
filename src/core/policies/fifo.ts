import type { LockPolicy } from '../LockPolicy.js';

/**
 * Serves conflicting requests in the order of their asking; nobody is overtaken.
 *
 * A reader that asks behind a waiting writer waits, and neighbouring readers enter together. The
 * default policy.
 */
export const fifo: LockPolicy = (reader, writer) => reader.order < writer.order;
