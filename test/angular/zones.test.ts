import '../support/zoneFlags.js';
import 'zone.js';
import '../support/testBed.js';
import { HttpBackend, HttpClient, provideHttpClient, withInterceptors } from '@angular/common/http';
import { Component, NgZone, provideZoneChangeDetection } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { of, tap } from 'rxjs';
import { type LockLike, ReadWriteLock, withReadLock } from 'rxjs-rwlock';
import {
  createKeyedLockToken,
  createLockToken,
  provideLock,
  tokenRefreshInterceptor,
} from 'rxjs-rwlock/angular';
import { type Session, TokenServer } from '../support/tokenServer.js';
import { until } from '../support/turns.js';

const LOCK = createLockToken('lock');
const ROWS = createKeyedLockToken<number>('rows');
let kept: LockLike = new ReadWriteLock();

/** A component that shows a plain field, which zone.js makes possible. */
class Page {
  text = 'loading';

  constructor() {
    of('loaded')
      .pipe(withReadLock(kept))
      .subscribe((text) => (this.text = text));
  }
}
Component({ selector: 'page', template: '{{ text }}' })(Page);

beforeEach(() => {
  TestBed.configureTestingModule({ providers: [provideZoneChangeDetection()] });
});

const tokens: [string, () => LockLike][] = [
  ['a lock from a token', () => TestBed.inject(LOCK)],
  ['a key of a keyed one', () => TestBed.inject(ROWS).for(1)],
  [
    'a provided one',
    () => {
      TestBed.configureTestingModule({ providers: [provideLock(LOCK)] });
      return TestBed.inject(LOCK);
    },
  ],
];

/** What a page shows that has waited for a lock which was released outside of the zone of Angular. */
function shown(lock: LockLike): string | null {
  kept = lock;
  const zone = TestBed.inject(NgZone);
  const lease = zone.runOutsideAngular(() => lock.writer.tryAcquire());
  const fixture = TestBed.createComponent(Page);
  fixture.autoDetectChanges();
  const text = () => (fixture.nativeElement as HTMLElement).textContent;
  expect(text()).toBe('loading');
  zone.runOutsideAngular(() => lease?.release());
  return text();
}

it.each(tokens)('M5: what has waited for %s runs in the zone of its caller', (_, find) => {
  expect(shown(find())).toBe('loaded');
});

it('M5: with a lock that does not come from a token the view stays stale', () => {
  expect(shown(new ReadWriteLock())).toBe('loading');
});

it('M5: a lock from a token may have another context', () => {
  const other = createLockToken('other', { context: () => (run) => run() });
  expect(shown(TestBed.inject(other))).toBe('loading');
});

it('M5: a context of undefined is as if it were not given', () => {
  const other = createLockToken('other', { context: undefined });
  expect(shown(TestBed.inject(other))).toBe('loaded');
  TestBed.resetTestingModule().configureTestingModule({
    providers: [provideZoneChangeDetection(), provideLock(other, { context: undefined })],
  });
  expect(shown(TestBed.inject(other))).toBe('loaded');
});

it('M5: a request that waits for the refresh of another one gets its response in its own zone', async () => {
  const server = new TokenServer();
  const session: Session = server.session;
  const auth = tokenRefreshInterceptor({
    token: () => session.access,
    refresh: (http) =>
      http
        .post<Session>('/refresh', session.refresh)
        .pipe(tap((fresh) => Object.assign(session, fresh))),
  });
  TestBed.configureTestingModule({
    providers: [
      provideHttpClient(withInterceptors([auth])),
      { provide: HttpBackend, useValue: server },
    ],
  });
  const zones: string[] = [];
  const http = TestBed.inject(HttpClient);
  const get = (url: string) =>
    http.get(url).subscribe(() => zones.push(`${url} ${Zone.current.name}`));
  const zone = TestBed.inject(NgZone);
  zone.runOutsideAngular(() => get('/first'));
  zone.run(() => get('/second'));
  await until(zones, 2);
  expect(server.log.filter((line) => line.startsWith('/refresh'))).toHaveLength(1);
  expect(zones).toEqual([`/first ${Zone.current.name}`, '/second angular']);
});
