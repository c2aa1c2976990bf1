import { distinctUntilChanged, map, type Observable, switchMap } from 'rxjs';
import {
  latest,
  type ReadWriteLock,
  withGate,
  withLiveReadLock,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import type { Server } from './Server.js';

export interface Document {
  readonly server: Server;
  readonly lock: ReadWriteLock;
}

/** A way to keep a document saved, and views of it up to date. */
export interface Way {
  /** Saves the text after each edit. */
  autosave(document: Document, edits: Observable<string>): Observable<unknown>;
  /** Emits the stored text, again and again. */
  view(document: Document, label: string): Observable<string>;
}

/** By hand: the saves wait in a row, and the views starve. */
const everyEdit: Way = {
  autosave: ({ server, lock }, edits) =>
    edits.pipe(withWriteLock(lock, (text) => server.save(text))),
  view: viewByVersion,
};

/** By hand: each edit cuts off the save before it. */
const newestEdit: Way = {
  autosave: ({ server, lock }, edits) =>
    edits.pipe(switchMap((text) => server.save(text).pipe(withWriteLock(lock)))),
  view: viewByVersion,
};

/** What this library has for it. */
const coalesced: Way = {
  autosave: ({ server, lock }, edits) =>
    edits.pipe(withGate(latest(lock.writer), (text) => server.save(text))),
  view: ({ server, lock }, label) => server.read().pipe(withLiveReadLock(lock, { label })),
};

/** By their names in the report. */
export const ways = { 'every edit': everyEdit, 'newest edit': newestEdit, latest: coalesced };

/** Reads for each new version of the lock: the end of a write cuts off the read that waits. */
function viewByVersion({ server, lock }: Document, label: string): Observable<string> {
  return lock.pipe(
    map(({ version }) => version),
    distinctUntilChanged(),
    switchMap(() => server.read().pipe(withReadLock(lock, { label }))),
  );
}
