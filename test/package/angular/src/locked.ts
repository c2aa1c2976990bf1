// The same application with a lock and two operators.
import { HttpClient, provideHttpClient, withInterceptors } from '@angular/common/http';
import { Component, inject, signal } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { map } from 'rxjs';
import { ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
import { authorize } from './authorize';
import { zones } from './zones';

@Component({ selector: 'app-root', template: '{{ text() }}' })
export class App {
  readonly text = signal('');
  readonly #lock = new ReadWriteLock();
  constructor() {
    const http = inject(HttpClient);
    const get = (url: string) => http.get(url, { responseType: 'text' }).pipe(map(() => url));
    get('/a')
      .pipe(withWriteLock(this.#lock))
      .subscribe((url) => this.text.update((text) => `${text} ${url}`));
    get('/b')
      .pipe(withReadLock(this.#lock))
      .subscribe((url) => this.text.update((text) => `${text} ${url}`));
  }
}

void bootstrapApplication(App, {
  providers: [...zones, provideHttpClient(withInterceptors([authorize]))],
});
