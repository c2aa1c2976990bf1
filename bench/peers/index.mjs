// Every peer in one shape, made anew in each process:
//
// - `run(mode, work)` asks, works when it is its turn, and lets go: at once, or when the promise that
//   `work` returns is fulfilled;
// - `pair(mode)` takes the lock and gives it back where nobody else wants it, in the shortest way the
//   peer has;
// - `waiter()` asks to write while another holds, and gives back what such a request consists of;
// - `cancellable()` does so too, and gives back how to withdraw it: `unsubscribe()`, and `settled`, a
//   promise to be rejected, where it is withdrawn only some time after.
//
// A peer has `cannotCancel`, which says why, in place of `cancellable()`.
import byHand from './byHand.mjs';
import effect from './effect.mjs';
import exclusive from './exclusive.mjs';
import ours from './ours.mjs';
import readWrite from './readWrite.mjs';

export const PEERS = { ...ours, ...readWrite, ...exclusive, ...effect, ...byHand };

export const isOurs = (name) => name.startsWith('rxjs-rwlock');
