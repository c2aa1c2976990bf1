import {
  concat,
  distinctUntilChanged,
  fromEvent,
  map,
  merge,
  NEVER,
  type Observable,
  of,
  ReplaySubject,
  share,
  tap,
} from 'rxjs';

/** What tells a page that it goes into the back/forward cache, and comes back: its window. */
export type PageEvents = Pick<EventTarget, 'addEventListener' | 'removeEventListener'>;

/**
 * Whether a page is in the browser's back/forward cache: at once, and after each change.
 *
 * @remarks
 * A page in there is frozen, and may be shown again, or thrown away without a word. Chromium takes
 * its locks and its requests away when another tab makes a new request; but tabs that wait already
 * would wait for minutes.
 *
 * @param page - the window; a worker has no such events, and Node has no events at all
 */
export function pageIsCached(page: PageEvents | undefined): Observable<boolean> {
  if (!page) return concat(of(false), NEVER);
  const shown = fromEvent<PageTransitionEvent>(page, 'pageshow');
  const hidden = fromEvent<PageTransitionEvent>(page, 'pagehide');
  const changes = merge(hidden, shown).pipe(
    map((event) => event.type === 'pagehide' && event.persisted),
  );
  let isCached = false;
  return concat(of(false), changes).pipe(
    // A page is also shown when it has loaded.
    distinctUntilChanged(),
    tap((is) => (isCached = is)),
    share({
      connector: () => new ReplaySubject(1),
      // What is lost on the way into the cache is requested again at once: that must not forget it.
      resetOnRefCountZero: () => (isCached ? shown : of(0)),
    }),
  );
}
