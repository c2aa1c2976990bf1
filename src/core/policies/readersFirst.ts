import type { LockPolicy } from '../LockPolicy.js';

/**
 * Lets a reader in whenever no writer holds, past every waiting writer.
 *
 * Writers may starve: as long as reads overlap, none enters. Choose it where reads must never wait
 * for a write that has not begun.
 */
export const readersFirst: LockPolicy = () => true;
