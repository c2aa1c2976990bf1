import { isPlatformBrowser } from '@angular/common';
import { HttpClient, provideHttpClient, withFetch, withInterceptors } from '@angular/common/http';
import {
  type ApplicationRef,
  Component,
  computed,
  DestroyRef,
  effect,
  inject,
  Injectable,
  InjectionToken,
  PLATFORM_ID,
  signal,
} from '@angular/core';
import { toObservable } from '@angular/core/rxjs-interop';
import { bootstrapApplication } from '@angular/platform-browser';
import { del, get, set } from 'idb-keyval';
import {
  catchError,
  concatMap,
  defer,
  EMPTY,
  filter,
  merge,
  type Observable,
  of,
  switchMap,
  tap,
  throwError,
} from 'rxjs';
import { type LockLike, ReadWriteLock } from 'rxjs-rwlock';
import { tokenRefreshInterceptor } from 'rxjs-rwlock/angular';
import { WebReadWriteLock } from 'rxjs-rwlock/web-locks';
import { Journal } from '../shell/journal';
import type { Scene } from '../shell/scene';
import { after, personAfter } from '../shell/script';
import { staged, stagedInterceptor, WORLD } from '../shell/staged';
import { type Tab, TabFrame, Tabs, type TabState } from '../shell/tab';

interface Tokens {
  readonly access: string;
  /** It works once. */
  readonly refresh: string;
}

/** What is stored at the beginning of a run. */
const EXPIRED: Tokens = { access: 'access-0', refresh: 'refresh-1' };

/** The tokens of the person who is signed in: in IndexedDB for all tabs, and the copy of this tab. */
@Injectable({ providedIn: 'root' })
class Session {
  readonly #key = inject(WORLD);
  readonly #copy = signal<Tokens | null>(EXPIRED);
  readonly access = computed(() => this.#copy()?.access ?? null);

  /** Looks at what is stored, and exchanges the refresh token unless another tab has done so. */
  refresh(http: HttpClient): Observable<unknown> {
    return defer(() => get<Tokens>(this.#key)).pipe(
      switchMap((stored = EXPIRED) =>
        stored.access === this.access() ? this.#exchange(stored, http) : of(stored),
      ),
      tap((tokens) => this.#copy.set(tokens)),
      catchError((error: unknown) => {
        this.#copy.set(null);
        return throwError(() => error);
      }),
    );
  }

  /** Completes when the new tokens are stored, so that the lock is held until then. */
  #exchange({ refresh }: Tokens, http: HttpClient): Observable<Tokens> {
    return http
      .post<Tokens>('/api/refresh', JSON.stringify(refresh), staged('Refresh', 1_000))
      .pipe(concatMap((tokens) => set(this.#key, tokens).then(() => tokens)));
  }
}

const options = {
  token: () => inject(Session).access(),
  refresh: (http: HttpClient) => inject(Session).refresh(http),
  matches: ({ url }: { url: string }) => url.startsWith('/api/tiles'),
};

const alone = tokenRefreshInterceptor(options);

/** One lock for all tabs. On a server, or in a page without Web Locks, it is one for this page. */
const SESSION = new InjectionToken<LockLike>('session', {
  factory: () =>
    isPlatformBrowser(inject(PLATFORM_ID)) && 'locks' in navigator
      ? new WebReadWriteLock(`session ${inject(WORLD)}`)
      : new ReadWriteLock(),
});

const together = tokenRefreshInterceptor({ ...options, lock: SESSION });

/** The tab that this page is. */
const TAB = new InjectionToken<Tab>('tab');

/** What a person sees in a tab. */
@Component({
  selector: 'app-root',
  template: `
    <p role="status">{{ words() }}</p>
    <button type="button" [disabled]="state() === 'loading'" (click)="load()">Load</button>
  `,
  styles: `
    :host {
      display: block;
      padding: 0.5rem 0.75rem;
    }
    p {
      margin: 0 0 0.5rem;
    }
  `,
})
class TabView {
  readonly #http = inject(HttpClient);
  readonly #session = inject(Session);
  protected readonly state = signal<TabState>('not loaded');
  protected readonly words = computed(() =>
    this.state() === 'signed out' ? 'Please sign in again.' : `Orders: ${this.state()}`,
  );

  constructor() {
    const tab = inject(TAB);
    tab.load = () => this.load();
    effect(() => tab.state.set(this.state()));
  }

  protected load(): void {
    this.state.set('loading');
    this.#http.get('/api/tiles', { params: { tile: 'orders' }, ...staged('Load', 120) }).subscribe({
      complete: () => this.state.set('loaded'),
      error: () => this.state.set(this.#session.access() === null ? 'signed out' : 'not loaded'),
    });
  }
}

/** Starts the page in a tab. */
export function startTab(tab: Tab): Promise<ApplicationRef> {
  const interceptors = [tab.sharesLock ? together : alone, stagedInterceptor];
  return bootstrapApplication(TabView, {
    providers: [
      { provide: TAB, useValue: tab },
      { provide: WORLD, useValue: tab.world },
      { provide: Journal, useValue: tab },
      provideHttpClient(withFetch(), withInterceptors(interceptors)),
    ],
  });
}

const SHARES_LOCK = new InjectionToken<boolean>('whether the tabs share a lock');

@Component({
  selector: 'app-tabs',
  imports: [TabFrame],
  template: `
    @for (tab of tabs.all(); track tab) {
      <figure>
        <figcaption>{{ tab.name }} tab</figcaption>
        @if (tab.state() === 'closed') {
          <p>Closed.</p>
        } @else {
          <iframe src="/tab" [title]="tab.name + ' tab'" [appTab]="tab"></iframe>
        }
      </figure>
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr));
      gap: 0.75rem;
    }
    figure {
      margin: 0;
    }
    figcaption {
      font-weight: 600;
    }
    iframe {
      display: block;
      box-sizing: border-box;
      width: 100%;
      height: 7.5rem;
      border: 1px solid var(--line);
      border-radius: 0.4rem;
    }
    p {
      margin: 0.5rem 0;
      color: var(--quiet);
    }
  `,
})
class TabsView {
  protected readonly tabs = inject(Tabs);

  constructor() {
    const world = inject(WORLD);
    this.tabs.open(['First', 'Second', 'Third'], inject(SHARES_LOCK));
    inject(DestroyRef).onDestroy(() => void del(world));
  }
}

export const tabs: Scene = {
  path: 'tabs',
  title: 'Tabs',
  problem:
    'Three tabs find that the access token has expired, and the refresh token works only once: one refresh has to serve all of them, also if a tab is closed while it waits.',
  steps: [
    'Three tabs load the orders with a token that has expired, one soon after the other. The server answers each with 401.',
    'The refresh takes the server 1 s. It ends the old refresh token when it arrives.',
    'The second tab is closed meanwhile.',
    'The tokens are in IndexedDB. The localStorage of a tab may still have an old value when another tab has written a new one, also under a lock.',
  ],
  lasts: 3_000,
  view: TabsView,
  shows: 'Tabs',
  screen: () => {
    const { all } = inject(Tabs);
    return computed(() => countsOf(all().map((tab) => tab.state())));
  },
  ready: () => toObservable(inject(Tabs).areOpen).pipe(filter(Boolean)),
  script: () => {
    const { all } = inject(Tabs);
    const loads = all().map((tab, i) =>
      after(i * 150, () => {
        tab.load?.();
        return EMPTY;
      }),
    );
    const leaves = personAfter(700, 'Closes the second', () => {
      all()[1]?.close();
      return EMPTY;
    });
    return merge(...loads, leaves);
  },
  verdict: () => {
    const open = inject(Tabs)
      .all()
      .filter((tab) => tab.state() !== 'closed');
    const refreshes = inject(Journal)
      .ended()
      .filter((label) => label.endsWith('Refresh')).length;
    const signedOut = open.filter((tab) => tab.state() === 'signed out');
    if (signedOut.length > 0) {
      const names = signedOut.map(({ name }) => name.toLowerCase()).join(' and ');
      const text = `The ${names} tab asks the person to sign in again: ${refreshes} refreshes were sent with a token that works once.`;
      return { isRight: false, text };
    }
    const hanging = open.filter((tab) => tab.state() !== 'loaded').length;
    if (hanging > 0) return { isRight: false, text: `${hanging} tabs have not loaded.` };
    if (refreshes !== 1) return { isRight: false, text: `${refreshes} refreshes were sent.` };
    const text =
      'The first and the third tab loaded after one refresh, and the second one, which was closed while it waited, stopped nobody.';
    return { isRight: true, text };
  },
  without: {
    how: 'Each tab has a lock of its own, which serves all requests of that tab, but does not keep the other tabs out.',
    code: `
const options = {
  token: () => inject(Session).access(),
  refresh: (http: HttpClient) => inject(Session).refresh(http),
  matches: ({ url }: { url: string }) => url.startsWith('/api/tiles'),
};

const alone = tokenRefreshInterceptor(options);`,
    providers: [{ provide: SHARES_LOCK, useValue: false }],
  },
  with: {
    how: 'All tabs share one lock. A refresh begins with a look at what is stored, under the lock, and finds the tokens that another tab has got. The browser takes a tab that is closed out of the queue.',
    code: `
const SESSION = new InjectionToken<LockLike>('session', {
  factory: () =>
    isPlatformBrowser(inject(PLATFORM_ID)) && 'locks' in navigator
      ? new WebReadWriteLock(\`session \${inject(WORLD)}\`)
      : new ReadWriteLock(),
});

const together = tokenRefreshInterceptor({ ...options, lock: SESSION });`,
    providers: [{ provide: SHARES_LOCK, useValue: true }],
  },
};

/** As in “2 loaded, 1 closed”. */
function countsOf(states: readonly TabState[]): string {
  return [...new Set(states)]
    .map((state) => `${states.filter((other) => other === state).length} ${state}`)
    .join(', ');
}
