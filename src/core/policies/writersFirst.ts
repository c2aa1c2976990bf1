import type { LockPolicy } from '../LockPolicy.js';

/**
 * Lets a waiting writer go before every waiting reader; among themselves writers go in order.
 *
 * Readers may starve: as long as writers keep coming, none enters. Choose it where a write makes
 * all earlier reads worthless.
 */
export const writersFirst: LockPolicy = () => false;
