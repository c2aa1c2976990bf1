import {
  HttpClient,
  HttpErrorResponse,
  type HttpEvent,
  type HttpHandlerFn,
  type HttpInterceptorFn,
  type HttpRequest,
} from '@angular/common/http';
import { Component, computed, inject, Injectable, signal } from '@angular/core';
import {
  BehaviorSubject,
  catchError,
  defer,
  EMPTY,
  filter,
  merge,
  type Observable,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { createLockToken, tokenRefreshInterceptor } from 'rxjs-rwlock/angular';
import { Journal } from '../shell/journal';
import type { Scene } from '../shell/scene';
import { after, personAfter } from '../shell/script';
import { staged } from '../shell/staged';

/** The tokens of the person who is signed in. */
@Injectable({ providedIn: 'root' })
class Session {
  readonly #access = signal<string | null>('access-0');
  readonly #refresh = signal('refresh-1');
  readonly access = this.#access.asReadonly();

  signIn(tokens: { access: string; refresh: string }): void {
    this.#access.set(tokens.access);
    this.#refresh.set(tokens.refresh);
  }

  signOut(): void {
    this.#access.set(null);
  }

  /** Exchanges the refresh token, which works once. */
  refresh(http: HttpClient): Observable<unknown> {
    return defer(() =>
      http.post<{ access: string; refresh: string }>(
        '/api/refresh',
        JSON.stringify(this.#refresh()),
        staged('Refresh', 1_000),
      ),
    ).pipe(
      tap((tokens) => this.signIn(tokens)),
      catchError((error: unknown) => {
        this.signOut();
        return throwError(() => error);
      }),
    );
  }
}

/** The snippet that is published in many places: a flag, and a subject for the new token. */
@Injectable({ providedIn: 'root' })
class PublishedRefresh {
  readonly #session = inject(Session);
  readonly #http = inject(HttpClient);
  #isRefreshing = false;
  readonly #token = new BehaviorSubject<string | null>(null);

  handle401(request: HttpRequest<unknown>, next: HttpHandlerFn): Observable<HttpEvent<unknown>> {
    if (this.#isRefreshing)
      return this.#token.pipe(
        filter((token) => token !== null),
        take(1),
        switchMap((token) => next(withToken(request, token))),
      );
    this.#isRefreshing = true;
    this.#token.next(null);
    return this.#session.refresh(this.#http).pipe(
      switchMap(() => {
        const token = this.#session.access();
        this.#isRefreshing = false;
        this.#token.next(token);
        return next(withToken(request, token));
      }),
      catchError((error: unknown) => {
        this.#isRefreshing = false;
        return throwError(() => error);
      }),
    );
  }
}

const publishedInterceptor: HttpInterceptorFn = (request, next) => {
  if (!request.url.startsWith('/api/tiles')) return next(request);
  const published = inject(PublishedRefresh);
  return next(withToken(request, inject(Session).access())).pipe(
    catchError((error: unknown) =>
      error instanceof HttpErrorResponse && error.status === 401
        ? published.handle401(request, next)
        : throwError(() => error),
    ),
  );
};

function withToken(request: HttpRequest<unknown>, token: string | null): HttpRequest<unknown> {
  return request.clone({ setHeaders: { Authorization: `Bearer ${token ?? ''}` } });
}

const SESSION = createLockToken('session');

const lockedInterceptor = tokenRefreshInterceptor({
  token: () => inject(Session).access(),
  refresh: (http) => inject(Session).refresh(http),
  matches: ({ url }) => url.startsWith('/api/tiles'),
  lock: SESSION,
});

const TILES = ['orders', 'invoices', 'messages', 'stock', 'team', 'alerts'] as const;
type Tile = (typeof TILES)[number];
type TileState = 'empty' | 'loading' | 'loaded' | 'failed' | 'closed';

/** Six tiles, each with a request of its own. */
@Injectable({ providedIn: 'root' })
class Dashboard {
  readonly #http = inject(HttpClient);
  readonly #tiles = signal(allTiles('empty'));
  readonly tiles = this.#tiles.asReadonly();

  /** Loads a tile. It is closed when this is unsubscribed. */
  load(tile: Tile, takes = 120): Observable<unknown> {
    return defer(() => {
      this.#set(tile, 'loading');
      return this.#http.get('/api/tiles', { params: { tile }, ...staged(`Load ${tile}`, takes) });
    }).pipe(
      tap({
        complete: () => this.#set(tile, 'loaded'),
        error: () => this.#set(tile, 'failed'),
        unsubscribe: () => this.#set(tile, 'closed'),
      }),
      catchError(() => EMPTY),
    );
  }

  #set(tile: Tile, state: TileState): void {
    this.#tiles.update((tiles) => ({ ...tiles, [tile]: state }));
  }
}

function allTiles(state: TileState): Readonly<Record<Tile, TileState>> {
  return Object.fromEntries(TILES.map((tile) => [tile, state])) as Record<Tile, TileState>;
}

@Component({
  selector: 'app-dashboard',
  template: `
    <ul>
      @for (tile of all; track tile) {
        <li [class]="tiles()[tile]">
          <strong>{{ tile }}</strong>
          <span>{{ tiles()[tile] }}</span>
        </li>
      }
    </ul>
    <p>{{ isSignedIn() ? 'Signed in.' : 'Signed out: please sign in again.' }}</p>
  `,
  styles: `
    ul {
      display: grid;
      grid-template-columns: repeat(3, 1fr);
      gap: 0.5rem;
      margin: 0;
      padding: 0;
      list-style: none;
    }
    li {
      display: grid;
      padding: 0.4rem 0.7rem;
      border: 1px solid var(--line);
      border-left-width: 4px;
      border-radius: 0.4rem;
    }
    span {
      color: var(--quiet);
      font-size: 0.8125rem;
    }
    .loading {
      border-style: dashed;
      border-left-style: solid;
    }
    .loaded {
      border-left-color: var(--right);
    }
    .failed {
      border-left-color: var(--wrong);
    }
    p {
      margin: 0.75rem 0 0;
    }
  `,
})
class DashboardView {
  protected readonly all = TILES;
  protected readonly tiles = inject(Dashboard).tiles;
  readonly #session = inject(Session);
  protected readonly isSignedIn = computed(() => this.#session.access() !== null);
}

const LEFT = 'The tile that began the refresh is closed';
const FAILS = 'The refresh fails';
const SIX = 'Six requests, nothing else';
const SLOW = 'One request is slow';

export const tokenRefresh: Scene = {
  path: 'token-refresh',
  title: 'Token refresh',
  problem:
    'Six requests find that the access token has expired, and the refresh token works only once: one refresh has to serve all six, whatever happens meanwhile.',
  steps: [
    'A dashboard loads six tiles with a token that has expired. The server answers each with 401.',
    'The refresh takes the server 1 s. It ends the old refresh token when it arrives.',
    'The choice below says what else happens.',
  ],
  upsets: [LEFT, FAILS, SIX, SLOW],
  lasts: 3_000,
  view: DashboardView,
  shows: 'Tiles',
  screen: () => {
    const { tiles } = inject(Dashboard);
    return computed(() => countsOf(tiles()));
  },
  script: (upset) => {
    const [dashboard, session, http] = [inject(Dashboard), inject(Session), inject(HttpClient)];
    const [first, ...others] = TILES;
    const load = (tiles: readonly Tile[]) => merge(...tiles.map((tile) => dashboard.load(tile)));
    switch (upset) {
      case LEFT:
        return merge(
          after(0, () => dashboard.load(first).pipe(takeUntil(timer(700)))),
          after(300, () => load(others)),
          personAfter(700, `Closes ${first}`, () => EMPTY),
        );
      case FAILS:
        session.signIn({ access: 'access-0', refresh: 'revoked' });
        return load(TILES);
      case SLOW:
        session.signIn({ access: 'access-1', refresh: 'refresh-1' });
        return merge(
          after(0, () => dashboard.load(first, 2_300)),
          personAfter(100, 'The token expires', () => http.post('/api/expire', null)),
          after(200, () => load(others)),
        );
      default:
        return load(TILES);
    }
  },
  verdict: (_, upset) => {
    const states = Object.values(inject(Dashboard).tiles());
    const ended = inject(Journal).ended();
    const hanging = states.filter((state) => state === 'loading').length;
    const refreshes = ended.filter((label) => label === 'Refresh').length;
    if (hanging > 0) return { isRight: false, text: `${hanging} tiles load for ever.` };
    if (refreshes !== 1) return { isRight: false, text: `${refreshes} refreshes were sent.` };
    if (upset === SLOW && ended.at(-1) !== `Load ${TILES[0]}`)
      return { isRight: false, text: 'The other five waited for the slow one.' };
    return { isRight: true, text: rightText(upset) };
  },
  without: {
    how: 'The snippet that is published in many places: a flag says that a refresh is under way, and a BehaviorSubject hands its token to those that wait.',
    code: `
if (this.#isRefreshing)
  return this.#token.pipe(
    filter((token) => token !== null),
    take(1),
    switchMap((token) => next(withToken(request, token))),
  );
this.#isRefreshing = true;
this.#token.next(null);
return this.#session.refresh(this.#http).pipe(`,
    providers: [],
    interceptors: [publishedInterceptor],
  },
  with: {
    how: 'The refresh holds the write lock, and a request holds the read lock while it reads the token, but not until its answer. The refresh belongs to no caller, so none can cancel it.',
    code: `
const SESSION = createLockToken('session');

const lockedInterceptor = tokenRefreshInterceptor({
  token: () => inject(Session).access(),
  refresh: (http) => inject(Session).refresh(http),
  matches: ({ url }) => url.startsWith('/api/tiles'),
  lock: SESSION,
});`,
    providers: [],
    interceptors: [lockedInterceptor],
    lock: () => inject(SESSION),
  },
};

function rightText(upset: string | undefined): string {
  switch (upset) {
    case LEFT:
      return 'One tile was closed, and the other five loaded after one refresh.';
    case FAILS:
      return 'All six tiles say that they failed, and the person can sign in again.';
    case SLOW:
      return 'The other five loaded after one refresh, without waiting for the slow one, since no request holds the lock until its answer.';
    default:
      return 'All six tiles loaded after one refresh.';
  }
}

/** As in “5 loaded, 1 closed”. */
function countsOf(tiles: Readonly<Record<Tile, TileState>>): string {
  const counts = new Map<TileState, number>();
  for (const state of Object.values(tiles))
    if (state !== 'empty') counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}
