import {
  asyncScheduler,
  concat,
  concatMap,
  defer,
  delay,
  endWith,
  first,
  from,
  ignoreElements,
  map,
  merge,
  type Observable,
  of,
  scan,
  tap,
  timeout,
  timer,
} from 'rxjs';
import { type LockEvent, ReadWriteLock, traceLock } from 'rxjs-rwlock';
import { Server } from './Server.js';
import type { Way } from './ways.js';

export const TEXT = 'One writer at a time';
export const VIEWS = ['view 1', 'view 2'];

/** What is known when all is saved and shown. */
export interface Run {
  readonly server: Server;
  /** The text in the editor, and when its last key was hit. */
  readonly typed: string;
  readonly typedAt: number;
  /** What each view has shown. */
  readonly shown: ReadonlyMap<string, readonly string[]>;
  readonly events: readonly LockEvent[];
}

/** Hits a key every 60 ms, and takes a little longer for a space. */
export function type(text: string): Observable<string> {
  return from(text).pipe(
    concatMap((key) => of(key).pipe(delay(key === ' ' ? 150 : 60))),
    scan((typed, key) => typed + key, ''),
  );
}

/** Saves the edits in one way, and reads on until all is saved and shown. Emits what happened. */
export function run(
  way: Way,
  edits: Observable<string>,
  show: (text: string) => void = () => {},
): Observable<Run> {
  return defer(() => {
    const document = { server: new Server(), lock: new ReadWriteLock() };
    const { server, lock } = document;
    const shown = new Map(VIEWS.map((name) => [name, [] as string[]]));
    const views = VIEWS.map((name) =>
      way.view(document, name).pipe(
        tap((text) => shown.get(name)?.push(text)),
        tap(show),
      ),
    );
    let [typed, typedAt] = ['', NaN];
    const typing = edits.pipe(tap((text) => ([typed, typedAt] = [text, asyncScheduler.now()])));
    const events: LockEvent[] = [];
    traceLock(lock).subscribe((event) => events.push(event));
    return merge(
      ...views,
      concat(
        way.autosave(document, typing),
        server.busy.pipe(first((saves) => saves === 0)),
        // By then the views have requested their last reads, and the lock may be closed behind them.
        timer(0).pipe(tap(() => lock.complete())),
      ),
    ).pipe(
      // A lock that forgets a request must not hang the program.
      timeout({ each: 30_000 }),
      ignoreElements(),
      endWith(null),
      map(() => ({ server, typed, typedAt, shown, events })),
    );
  });
}
