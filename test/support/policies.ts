import { fifo, phaseFair, readersFirst, writersFirst } from 'rxjs-rwlock';

/** Every policy that comes with the lock, by its name. */
export const POLICIES = { fifo, phaseFair, writersFirst, readersFirst };
