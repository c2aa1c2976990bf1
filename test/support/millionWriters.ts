import { of } from 'rxjs';
import { withWriteLock } from 'rxjs-rwlock';
import { busyLock } from './states.js';

// Prints how many of a million waiting synchronous sources have run, and the version of their lock.

const { lock, lease } = busyLock();
const source = of(1).pipe(withWriteLock(lock));
let run = 0;
for (let i = 0; i < 1_000_000; i++) source.subscribe(() => run++);
lease.release();
console.log(JSON.stringify([run, lock.state.version]));
