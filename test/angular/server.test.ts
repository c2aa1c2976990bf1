import '@angular/compiler';
import { HttpBackend, HttpClient, provideHttpClient, withInterceptors } from '@angular/common/http';
import {
  Component,
  inject,
  InjectionToken,
  provideZonelessChangeDetection,
  resource,
  type Signal,
  type Type,
} from '@angular/core';
import { pendingUntilEvent, rxResource, toSignal } from '@angular/core/rxjs-interop';
import { bootstrapApplication, type BootstrapContext } from '@angular/platform-browser';
import { renderApplication } from '@angular/platform-server';
import { catchError, forkJoin, map, of, tap, timer } from 'rxjs';
import { type ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
import { createLockToken, injectLockState, tokenRefreshInterceptor } from 'rxjs-rwlock/angular';
import { REFRESH_LATENCY, type Session, TokenServer } from '../support/tokenServer.js';

// Nothing may be logged but what Angular says of itself.
const logged: string[] = [];
beforeAll(() => {
  const log = (...[text]: unknown[]) => {
    if (text !== 'Angular is running in development mode.') logged.push(String(text));
  };
  for (const method of ['log', 'info', 'warn', 'error'] as const)
    jest.spyOn(console, method).mockImplementation(log);
});
afterEach(() => {
  if (logged.length > 0) throw new Error(`logged: ${logged.splice(0).join()}`);
});

type Providers = NonNullable<Parameters<typeof bootstrapApplication>[1]>['providers'];

/** Renders a component as a server does, and returns the text of the page. */
async function render(type: Type<unknown>, providers: Providers = []): Promise<string> {
  const config = { providers: [provideZonelessChangeDetection(), ...providers] };
  const page = await renderApplication(
    (context: BootstrapContext) => bootstrapApplication(type, config, context),
    { document: '<html><body><app-root></app-root></body></html>', url: '/' },
  );
  return /<app-root[^>]*>(?:<!--.*?-->)*([^<]*)/.exec(page)?.[1] ?? page;
}

const LOCK = createLockToken('lock');

/** A writer holds the lock for a while, as a save does that something else has begun. */
const hold = (lock: ReadWriteLock) => timer(10).pipe(withWriteLock(lock)).subscribe();

/** Makes a component that shows a signal. */
function showing(make: (lock: ReadWriteLock) => Signal<unknown>): Type<unknown> {
  class Root {
    readonly value: Signal<unknown>;

    constructor() {
      const lock = inject(LOCK);
      hold(lock);
      this.value = make(lock);
    }
  }
  Component({ selector: 'app-root', template: '[{{ value() }}]' })(Root);
  return Root;
}

const gated = (lock: ReadWriteLock) => of('settings').pipe(withReadLock(lock));

describe('what waits for a lock, on a server', () => {
  it('M4: toSignal alone renders nothing, since Angular does not know of the wait', async () => {
    expect(await render(showing((lock) => toSignal(gated(lock))))).toBe('[]');
  });

  it.each<[string, (lock: ReadWriteLock) => Signal<unknown>]>([
    [
      'pendingUntilEvent() below the lock',
      (lock) => toSignal(gated(lock).pipe(pendingUntilEvent())),
    ],
    ['rxResource', (lock) => rxResource({ stream: () => gated(lock) }).value],
    [
      'resource, and a lease',
      (lock) =>
        resource({
          async loader({ abortSignal: signal }) {
            using _lease = await lock.reader.lease({ signal });
            return await Promise.resolve('settings');
          },
        }).value,
    ],
  ])('M4: %s renders what has waited', async (_, make) => {
    expect(await render(showing(make))).toBe('[settings]');
  });
});

describe('two users of one server', () => {
  const SESSION = new InjectionToken<Session>('session');
  // At module level, as an application has it.
  const auth = tokenRefreshInterceptor({
    token: () => inject(SESSION).access,
    refresh: (http) => {
      const session = inject(SESSION);
      return http
        .post<Session>('/refresh', session.refresh)
        .pipe(tap((fresh) => Object.assign(session, fresh)));
    },
  });

  class Root {
    readonly lock = inject(LOCK);
    readonly state = injectLockState(LOCK);
    readonly text: Signal<string | undefined>;

    constructor() {
      const http = inject(HttpClient);
      const session = inject(SESSION);
      const get = (url: string) =>
        http.get<string>(url).pipe(
          withReadLock(this.lock),
          map((body) => `${body} by ${String(session.access)}`),
          catchError((error: { status: number }) => of(`${url} ${error.status}`)),
        );
      this.text = toSignal(
        forkJoin([get('/a'), get('/b')]).pipe(
          map((texts) => texts.join()),
          pendingUntilEvent(),
        ),
      );
    }
  }
  Component({ selector: 'app-root', template: '{{ text() }}, {{ state().held.read }} held' })(Root);

  function visit(server: TokenServer): Promise<string> {
    return render(Root, [
      { provide: SESSION, useValue: server.session },
      provideHttpClient(withInterceptors([auth])),
      { provide: HttpBackend, useValue: server },
    ]);
  }

  it('M1, M3: one whose refresh stalls does not hold up another one, and shares nothing', async () => {
    const [slow, quick] = [new TokenServer(400), new TokenServer()];
    const order: string[] = [];
    const pages = [slow, quick].map(async (server, i) => {
      const page = await visit(server);
      order.push(i === 0 ? 'slow' : 'quick');
      return page;
    });
    expect(await Promise.all(pages)).toEqual([
      '/a by a3,/b by a3, 0 held',
      '/a by a3,/b by a3, 0 held',
    ]);
    expect(order).toEqual(['quick', 'slow']);
    for (const { log } of [slow, quick])
      expect(log.filter((line) => line.startsWith('/refresh'))).toEqual(['/refresh r2 200']);
  });

  it('M3: one whose refresh fails does not fail another one', async () => {
    const [poor, rich] = [new TokenServer(), new TokenServer(REFRESH_LATENCY * 2)];
    poor.failRefreshes(1);
    expect(await Promise.all([visit(poor), visit(rich)])).toEqual([
      '/a 503,/b 503, 0 held',
      '/a by a3,/b by a3, 0 held',
    ]);
  });
});
