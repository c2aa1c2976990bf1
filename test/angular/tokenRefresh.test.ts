import '../support/testBed.js';
import {
  HttpBackend,
  HttpClient,
  type HttpErrorResponse,
  type HttpInterceptorFn,
  type HttpRequest,
  provideHttpClient,
  withInterceptors,
} from '@angular/common/http';
import { effect, inject, InjectionToken, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import {
  BehaviorSubject,
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  filter,
  ignoreElements,
  type Observable,
  of,
  switchMap,
  take,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type LockLike, ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
import { tokenRefreshInterceptor, type TokenRefreshOptions } from 'rxjs-rwlock/angular';
import { LATENCY, REFRESH_LATENCY, type Session, TokenServer } from '../support/tokenServer.js';

type Tokens = Pick<Session, 'access' | 'refresh'>;

/** An application with an interceptor, its server, and what its requests ended with. */
class App {
  readonly server = new TokenServer();
  readonly results: string[] = [];
  readonly client: HttpClient;
  readonly #scheduler: TestScheduler;

  constructor(interceptor: (server: TokenServer) => HttpInterceptorFn, scheduler: TestScheduler) {
    this.#scheduler = scheduler;
    TestBed.resetTestingModule().configureTestingModule({
      providers: [
        provideHttpClient(withInterceptors([interceptor(this.server)])),
        { provide: HttpBackend, useValue: this.server },
      ],
    });
    this.client = TestBed.inject(HttpClient);
  }

  get(url: string) {
    return this.client.get(url).subscribe({
      next: () => this.#tell(url, 'ok'),
      error: ({ status, name }: Partial<HttpErrorResponse>) => this.#tell(url, status ?? name),
    });
  }

  /** Makes several requests at once. */
  getMany(count: number) {
    return Array.from({ length: count }, (_, i) => this.get(`/${i + 1}`));
  }

  get refreshes(): number {
    return this.server.log.filter((line) => line.startsWith('/refresh')).length;
  }

  #tell(url: string, result: string | number | undefined) {
    this.results.push(`${url} ${String(result)} after ${this.#scheduler.now()}`);
  }
}

/** Runs a test in virtual time, to its end. */
function inTime(
  interceptor: (server: TokenServer) => HttpInterceptorFn,
  test: (app: App, scheduler: TestScheduler) => void,
): App {
  const scheduler = new TestScheduler(() => undefined);
  return scheduler.run(({ flush }) => {
    const app = new App(interceptor, scheduler);
    test(app, scheduler);
    flush();
    return app;
  });
}

const at = (ms: number, work: () => unknown) => timer(ms).subscribe(() => void work());

function withToken(request: HttpRequest<unknown>, token: string | null): HttpRequest<unknown> {
  return request.clone({ setHeaders: { Authorization: `Bearer ${String(token)}` } });
}

function refreshBy(http: HttpClient, session: Session): Observable<Tokens> {
  return http
    .post<Tokens>('/refresh', session.refresh)
    .pipe(tap((fresh) => Object.assign(session, fresh)));
}

function ours(options: Partial<TokenRefreshOptions> = {}) {
  return ({ session }: TokenServer) =>
    tokenRefreshInterceptor({
      token: () => session.access,
      refresh: (http) => refreshBy(http, session),
      ...options,
    });
}

/** What most answers on the web propose. */
function published({ session }: TokenServer): HttpInterceptorFn {
  let isRefreshing = false;
  const refreshed$ = new BehaviorSubject<string | null>(null);
  return (request, next) =>
    next(withToken(request, session.access)).pipe(
      catchError((error: HttpErrorResponse) => {
        if (error.status !== 401) return throwError(() => error);
        if (isRefreshing)
          return refreshed$.pipe(
            filter((token) => token !== null),
            take(1),
            switchMap((token) => next(withToken(request, token))),
          );
        isRefreshing = true;
        refreshed$.next(null);
        return refreshBy(new HttpClient({ handle: next }), session).pipe(
          switchMap(({ access }) => {
            isRefreshing = false;
            refreshed$.next(access);
            return next(withToken(request, access));
          }),
          catchError((failure: unknown) => {
            isRefreshing = false;
            return throwError(() => failure);
          }),
        );
      }),
    );
}

/** Requests read, the refresh writes, and looks again under the lock. */
function naive({ session }: TokenServer): HttpInterceptorFn {
  const lock = new ReadWriteLock();
  return (request, next) => {
    let used: string | null;
    const send = defer(() => {
      used = session.access;
      return next(withToken(request, used));
    }).pipe(withReadLock(lock));
    const http = new HttpClient({ handle: next });
    const refresh = defer(() => (session.access === used ? refreshBy(http, session) : EMPTY)).pipe(
      withWriteLock(lock),
      ignoreElements(),
    );
    return send.pipe(
      catchError((error: HttpErrorResponse) =>
        error.status === 401 ? concat(refresh, send) : throwError(() => error),
      ),
    );
  };
}

/** How six requests that get a 401, or a slow one and a quick one, end in an application. */
const upsets: Record<string, (app: App) => void> = {
  'six 401s': (app) => app.getMany(6),
  'the refresh fails'(app) {
    app.server.failRefreshes(9);
    app.getMany(6);
  },
  'the first caller leaves'(app) {
    const [first] = app.getMany(6);
    at(LATENCY + REFRESH_LATENCY / 2, () => first?.unsubscribe());
  },
  'a slow request'(app) {
    app.get('/slow?ms=1000');
    app.get('/quick');
  },
};

const interceptors = {
  'the published snippet': published,
  'the naive lock': naive,
  tokenRefreshInterceptor: ours(),
};

type Outcome = Record<string, number>;

/** How many requests end how, and at which time; what is missing hangs, or has been unsubscribed. */
const outcomes: Record<string, Record<keyof typeof interceptors, Outcome>> = {
  'six 401s': {
    'the published snippet': { 'ok after 40': 6, refreshes: 1 },
    'the naive lock': { 'ok after 40': 6, refreshes: 1 },
    tokenRefreshInterceptor: { 'ok after 40': 6, refreshes: 1 },
  },
  'the refresh fails': {
    // Five hang.
    'the published snippet': { '503 after 30': 1, refreshes: 1 },
    'the naive lock': {
      '503 after 30': 1,
      '503 after 50': 1,
      '503 after 70': 1,
      '503 after 90': 1,
      '503 after 110': 1,
      '503 after 130': 1,
      refreshes: 6,
    },
    tokenRefreshInterceptor: { '503 after 30': 6, refreshes: 1 },
  },
  'the first caller leaves': {
    // Five hang.
    'the published snippet': { refreshes: 1 },
    // The refresh is cut off after the server has replaced the token: five send the old one again.
    'the naive lock': {
      '403 after 40': 1,
      '403 after 60': 1,
      '403 after 80': 1,
      '403 after 100': 1,
      '403 after 120': 1,
      refreshes: 6,
    },
    tokenRefreshInterceptor: { 'ok after 40': 5, refreshes: 1 },
  },
  'a slow request': {
    // Its late 401 causes another refresh.
    'the published snippet': { 'quick ok after 40': 1, 'slow ok after 2020': 1, refreshes: 2 },
    'the naive lock': { 'quick ok after 1030': 1, 'slow ok after 2020': 1, refreshes: 1 },
    tokenRefreshInterceptor: { 'quick ok after 40': 1, 'slow ok after 2000': 1, refreshes: 1 },
  },
};

const every = Object.entries(outcomes).flatMap(([upset, expected]) =>
  Object.entries(interceptors).map(
    ([name, interceptor]) =>
      [upset, name, interceptor, expected[name as keyof typeof interceptors]] as const,
  ),
);

describe('the token-refresh interceptor and its alternatives', () => {
  it.each(every)('M3: %s, with %s', (upset, _, interceptor, expected) => {
    const { results, refreshes } = inTime(interceptor, upsets[upset] as (app: App) => void);
    const counts: Outcome = {};
    for (const result of results.map((line) => line.replace(/^\/(\d )?|\?ms=\d+/g, '')))
      counts[result] = (counts[result] ?? 0) + 1;
    expect({ ...counts, refreshes }).toEqual(expected);
  });
});

describe('the token-refresh interceptor', () => {
  it('M3: a late 401 with an old token is repeated without another refresh', () => {
    const { server, results } = inTime(ours(), (app) => {
      app.get('/late?ms=100');
      app.get('/a');
    });
    expect(server.log).toEqual([
      '/late?ms=100 a1 401',
      '/a a1 401',
      '/refresh r2 200',
      '/a a3 200',
      '/late?ms=100 a3 200',
    ]);
    expect(results).toEqual(['/a ok after 40', '/late?ms=100 ok after 200']);
  });

  it('M3: a request that is made during the refresh waits, and is sent once', () => {
    const { server } = inTime(ours(), (app) => {
      app.get('/a');
      at(LATENCY + 1, () => app.get('/b'));
    });
    expect(server.log).toEqual(['/a a1 401', '/refresh r2 200', '/a a3 200', '/b a3 200']);
  });

  it('M3: a 401 that comes after a failed refresh gets its error, a new request tries again', () => {
    const { server, results } = inTime(ours(), (app) => {
      app.server.failRefreshes(1);
      app.get('/late?ms=50');
      app.get('/a');
      at(60, () => app.get('/b'));
    });
    expect(results).toEqual(['/a 503 after 30', '/late?ms=50 503 after 50', '/b ok after 100']);
    expect(server.log.filter((line) => line.startsWith('/refresh'))).toEqual([
      '/refresh r2 503',
      '/refresh r2 200',
    ]);
  });

  it('M3: a refresh that nobody waits for any more is finished, and its token is used', () => {
    const { server, results } = inTime(ours(), (app) => {
      const all = app.getMany(2);
      at(LATENCY + 1, () => all.forEach((request) => request.unsubscribe()));
      at(LATENCY + 2, () => app.get('/a').unsubscribe());
      at(100, () => app.get('/b'));
    });
    expect(server.log.slice(2)).toEqual(['/refresh r2 200', '/b a3 200']);
    expect(results).toEqual(['/b ok after 110']);
  });

  it('M3: a request is repeated once only', () => {
    const { server, results } = inTime(ours({ refresh: () => of('nothing new') }), (app) => {
      app.get('/a');
    });
    expect(server.log).toEqual(['/a a1 401', '/a a1 401']);
    expect(results).toEqual(['/a 401 after 20']);
  });

  it('M3: a refresh that throws fails those that wait for it, and no later one', () => {
    let isBroken = true;
    const refresh = (server: TokenServer) => (http: HttpClient) => {
      if (isBroken) throw new TypeError('broken');
      return refreshBy(http, server.session);
    };
    const { results } = inTime(
      (server) => ours({ refresh: refresh(server) })(server),
      (app) => {
        app.getMany(2);
        at(20, () => {
          isBroken = false;
          app.get('/3');
        });
      },
    );
    expect(results).toEqual(['/1 TypeError after 10', '/2 TypeError after 10', '/3 ok after 60']);
  });

  it('M3: a token that stays null, as with cookies, is refreshed once for requests under way', () => {
    let isFresh = false;
    const { server, results } = inTime(
      () =>
        tokenRefreshInterceptor({
          token: () => null,
          refresh: () => timer(REFRESH_LATENCY).pipe(tap(() => (isFresh = true))),
          isExpired: ({ status }) => status === 401 && !isFresh,
        }),
      (app) => {
        app.getMany(3);
        app.get('/late?ms=100');
      },
    );
    // The server knows nothing of cookies.
    expect(results.slice(0, 3)).toEqual(['/1 401 after 40', '/2 401 after 40', '/3 401 after 40']);
    expect(server.log).toHaveLength(7);
  });

  it('M3: somebody who has logged out gets the 401, and no new token', () => {
    const { results, refreshes } = inTime(ours(), (app) => {
      app.get('/a');
      at(5, () => (app.server.session.access = null));
    });
    expect(results).toEqual(['/a 401 after 10']);
    expect(refreshes).toBe(0);
  });

  it('M3: a token that another tab has refreshed is used without another refresh', () => {
    const lock = new ReadWriteLock();
    const { results, server } = inTime(ours({ lock }), (app) => {
      app.get('/a');
      // The other tab has the lock, and the 401 comes meanwhile.
      at(5, () => {
        const lease = lock.writer.tryAcquire();
        at(15, () => {
          const { session } = app.server;
          refreshBy(new HttpClient(app.server), session).subscribe(() => lease?.release());
        });
      });
    });
    expect(server.log).toEqual(['/a a1 401', '/refresh r2 200', '/a a3 200']);
    expect(results).toEqual(['/a ok after 50']);
  });

  it.each<[string, (session: Session, http: HttpClient) => Observable<Tokens>]>([
    ['the client that it is given', (session, http) => refreshBy(http, session)],
    ['a client of its own', (session) => refreshBy(inject(HttpClient), session)],
    [
      'a client of its own, inside another Observable',
      (session) => {
        const http = inject(HttpClient);
        return of(1).pipe(concatMap(() => refreshBy(http, session)));
      },
    ],
  ])('M3: a refresh through %s does not wait for itself', (_, refresh) => {
    const { results, server } = inTime(
      ({ session }) => ours({ refresh: (http) => refresh(session, http) })({ session } as never),
      (app) => app.getMany(2),
    );
    expect(results).toEqual(['/1 ok after 40', '/2 ok after 40']);
    expect(server.log[2]).toBe('/refresh r2 200');
  });

  it('M3: a wait for a refresh that stalls ends after waitTimeout, and says for what', () => {
    const errors: string[] = [];
    const { results } = inTime(ours({ waitTimeout: 50, refresh: () => timer(1000) }), (app) => {
      app.get('/a');
      at(15, () =>
        app.client.get('/b').subscribe({ error: (error: Error) => errors.push(error.message) }),
      );
    });
    expect(results).toEqual(['/a LockTimeoutError after 60']);
    expect(errors).toEqual([
      'token: timed out after 50 ms waiting to acquire read "GET /b"; held by write "refresh"',
    ]);
  });

  it('M3: an effect that makes a request does not track the token', () => {
    const token = signal<string | null>('a2');
    let runs = 0;
    inTime(ours({ token }), (app) => {
      TestBed.runInInjectionContext(() =>
        effect(() => {
          runs++;
          app.get('/a');
        }),
      );
      TestBed.tick();
      token.set('a3');
      TestBed.tick();
    });
    expect(runs).toBe(1);
  });

  it('M3: it uses a lock that an injection token names', () => {
    const LOCK = new InjectionToken<LockLike>('lock', {
      providedIn: 'root',
      factory: () => new ReadWriteLock({ name: 'session' }),
    });
    const { results } = inTime(ours({ lock: LOCK }), (app) => {
      const lease = TestBed.inject(LOCK).writer.tryAcquire();
      app.get('/a');
      at(100, () => lease?.release());
    });
    expect(results).toEqual(['/a ok after 140']);
  });
});

describe('what the token-refresh interceptor sends a token to', () => {
  const sent = (url: string, options: Partial<TokenRefreshOptions> = {}) => {
    const { server } = inTime(ours(options), (app) => {
      app.server.session.access = 'a2';
      app.client.get(url).subscribe({ error: () => undefined });
    });
    return server.log;
  };

  it.each(['/a', 'a', './a', '?a', '/a?url=https://b.example/'])('M3: by default to %s', (url) => {
    expect(sent(url)).toEqual([`${url} a2 200`]);
  });

  it.each(['https://b.example/a', 'HTTPS://b.example/a', '//b.example/a', '/\\b.example/a'])(
    'M3: by default not to %s, which may be another server',
    (url) => {
      expect(sent(url)).toEqual([`${url} null 401`]);
    },
  );

  it('M3: to the requests that match', () => {
    const matches = ({ url }: HttpRequest<unknown>) => url.startsWith('https://a.example/');
    expect(sent('https://a.example/b', { matches })).toEqual(['https://a.example/b a2 200']);
    expect(sent('/b', { matches })).toEqual(['/b null 401']);
  });

  it('M3: as the application wants it', () => {
    const authorize = (request: HttpRequest<unknown>, token: string) =>
      request.clone({ setHeaders: { Authorization: `Bearer ${token.replace('2', '3')}` } });
    expect(sent('/b', { authorize, isExpired: () => false })).toEqual(['/b a3 401']);
  });
});

it.each<[string, object, string]>([
  ['no refresh', { token: () => null }, 'refresh must be a function, got undefined'],
  ['a string as the token', { token: 'a' }, 'token must be a function, got string'],
  ['null as a condition', { matches: null }, 'matches must be a function, got null'],
  ['a time that is none', { waitTimeout: NaN }, 'waitTimeout must be a number from 0, got NaN'],
  ['a time as a text', { waitTimeout: '5' }, 'waitTimeout must be a number, got "5"'],
  ['a name as the lock', { lock: 'token' }, 'must be a lock or a lease, got "token"'],
])('M3: given %s, the interceptor throws at once', (_, options, message) => {
  const good = { token: () => null, refresh: () => EMPTY };
  const all = 'token' in options ? options : { ...good, ...options };
  expect(() => tokenRefreshInterceptor(all as TokenRefreshOptions)).toThrow(message);
});
