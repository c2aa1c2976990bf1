// All peers in one shape. Each process makes its peer anew:
//
// - `run(mode, work)` requests the lock, calls `work` once it is granted, and releases it: at once, or
//   when the promise that `work` returns is fulfilled;
// - `pair(mode)` acquires and releases a free lock, in the shortest way that the peer has;
// - `request()` requests a held lock for writing, and returns the request;
// - `cancellable()` does so, too, and returns `unsubscribe()`, which cancels the request, and `settled`, a
//   promise that rejects then, if the peer has one.
//
// A peer that can't cancel a request has `cannotCancel`, which says why, in place of `cancellable()`.
// `make(dist)` makes the peer; `dist` is the build of this package.
import byHand from './byHand.mjs';
import effect from './effect.mjs';
import exclusive from './exclusive.mjs';
import ours from './ours.mjs';
import readWrite from './readWrite.mjs';

export const PEERS = { ...ours, ...readWrite, ...exclusive, ...effect, ...byHand };

export const isOurs = (name) => name.startsWith('rxjs-rwlock');
