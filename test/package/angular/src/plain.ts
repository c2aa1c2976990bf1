// What most applications have anyway: a client, signals, and some operators.
import { HttpClient, provideHttpClient, withInterceptors } from '@angular/common/http';
import { Component, inject, signal } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { map } from 'rxjs';
import { authorize } from './authorize';
import { zones } from './zones';

@Component({ selector: 'app-root', template: '{{ text() }}' })
export class App {
  readonly text = signal('');
  constructor() {
    const http = inject(HttpClient);
    const get = (url: string) => http.get(url, { responseType: 'text' }).pipe(map(() => url));
    get('/a').subscribe((url) => this.text.update((text) => `${text} ${url}`));
    get('/b').subscribe((url) => this.text.update((text) => `${text} ${url}`));
  }
}

void bootstrapApplication(App, {
  providers: [...zones, provideHttpClient(withInterceptors([authorize]))],
});
