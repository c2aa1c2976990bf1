import {
  HttpContext,
  HttpContextToken,
  HttpErrorResponse,
  type HttpInterceptorFn,
  HttpResponse,
} from '@angular/common/http';
import { inject, InjectionToken } from '@angular/core';
import { finalize, tap } from 'rxjs';
import { Journal, type Outcome } from './journal';

/** The name that the server knows a run of a column by. */
export const WORLD = new InjectionToken<string>('world');

/** How a request is staged: its name on the timeline, and how long the server takes for it. */
interface Staging {
  readonly label: string;
  readonly takes: number;
}

const STAGING = new HttpContextToken<Staging | undefined>(() => undefined);

/** Gives a request a name on the timeline, and says how many milliseconds the server takes. */
export function staged(label: string, takes: number): { context: HttpContext } {
  return { context: new HttpContext().set(STAGING, { label, takes }) };
}

/** Writes the staged requests into the journal of the column. It stands last, next to the server. */
export const stagedInterceptor: HttpInterceptorFn = (request, next) => {
  const journal = inject(Journal);
  const world = inject(WORLD);
  const staging = request.context.get(STAGING);
  const headers = request.headers.set('X-World', world).set('X-Takes', String(staging?.takes ?? 0));
  const sent = next(request.clone({ headers }));
  if (staging === undefined) return sent;
  const end = journal.send(staging.label);
  let ending: [Outcome, string] = ['aborted', ''];
  return sent.pipe(
    tap({
      next: (event) => {
        if (event instanceof HttpResponse) ending = ['answered', wordsOf(event.body)];
      },
      error: (error: unknown) => {
        ending = ['refused', error instanceof HttpErrorResponse ? String(error.status) : ''];
      },
    }),
    finalize(() => end(...ending)),
  );
};

function wordsOf(body: unknown): string {
  if (typeof body === 'string') return `“${body}”`;
  return typeof body === 'number' || typeof body === 'boolean' ? String(body) : '';
}
