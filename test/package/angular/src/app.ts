// The same application with a lock from a token, its state, and the token refresh.
import { HttpClient } from '@angular/common/http';
import { Component, inject, signal } from '@angular/core';
import { map, of } from 'rxjs';
import { withReadLock, withWriteLock } from 'rxjs-rwlock';
import { createLockToken, injectLockState, tokenRefreshInterceptor } from 'rxjs-rwlock/angular';

export const LOCK = createLockToken('settings');

export const auth = tokenRefreshInterceptor({
  token: () => sessionStorage.getItem('token'),
  refresh: () => of(sessionStorage.setItem('token', 'new')),
});

@Component({ selector: 'app-root', template: '{{ text() }}, {{ writes() }} written' })
export class App {
  readonly text = signal('');
  readonly writes = injectLockState(LOCK, { select: ({ version }) => version });
  constructor() {
    const http = inject(HttpClient);
    const lock = inject(LOCK);
    const get = (url: string) => http.get(url, { responseType: 'text' }).pipe(map(() => url));
    get('/a')
      .pipe(withWriteLock(lock))
      .subscribe((url) => this.text.update((text) => `${text} ${url}`));
    get('/b')
      .pipe(withReadLock(lock))
      .subscribe((url) => this.text.update((text) => `${text} ${url}`));
  }
}
