// Every peer in one shape, made anew in each process:
//
// - `run(mode, work)` requests the lock, works once it is granted, and releases it: at once, or when
//   the promise that `work` returns is fulfilled;
// - `pair(mode)` acquires and releases a free lock, in the shortest way the peer has;
// - `request()` requests a held lock for writing, and returns what such a request consists of;
// - `cancellable()` does so too, and returns how to cancel it: `unsubscribe()`, and `settled`, a
//   promise to be rejected, where it is cancelled only some time after.
//
// A peer that can't cancel has `cannotCancel`, which says why, in place of `cancellable()`.
// `make(dist)` makes it; `dist` is the build of this package.
import byHand from './byHand.mjs';
import effect from './effect.mjs';
import exclusive from './exclusive.mjs';
import ours from './ours.mjs';
import readWrite from './readWrite.mjs';

export const PEERS = { ...ours, ...readWrite, ...exclusive, ...effect, ...byHand };

export const isOurs = (name) => name.startsWith('rxjs-rwlock');
