import {
  HttpErrorResponse,
  type HttpBackend,
  type HttpEvent,
  type HttpRequest,
  HttpResponse,
} from '@angular/common/http';
import { mergeMap, Observable, of, throwError, timer } from 'rxjs';

/** How long a request takes that says nothing else in its URL, as `/slow?ms=1000` does. */
export const LATENCY = 10;
export const REFRESH_LATENCY = 20;

/** What a client keeps of its session. */
export interface Session {
  access: string | null;
  refresh: string;
}

/**
 * A server whose access token has expired. A refresh token can be used once: it is replaced when the
 * request for that arrives, also if nobody waits for the response, and an old one gets a 403.
 */
export class TokenServer implements HttpBackend {
  /** Angular warns about other ones on a server, which is where the tests run. */
  readonly isTestingBackend = true;
  readonly #refreshLatency: number;
  /** Each request with its token and its status. */
  readonly log: string[] = [];
  /** The number of the valid tokens. */
  #valid = 2;
  #failures = 0;

  /** The tokens of a client that has been away for a while. */
  readonly session: Session = { access: 'a1', refresh: 'r2' };

  constructor(refreshLatency = REFRESH_LATENCY) {
    this.#refreshLatency = refreshLatency;
  }

  /** Lets the next refreshes fail, before they change anything. */
  failRefreshes(times: number): void {
    this.#failures = times;
  }

  handle(request: HttpRequest<unknown>): Observable<HttpEvent<unknown>> {
    return new Observable((subscriber) => {
      const isRefresh = request.url === '/refresh';
      const [status, body] = isRefresh ? this.#refresh(request.body) : this.#get(request);
      const { url } = request;
      const token = request.headers.get('Authorization')?.replace('Bearer ', '') ?? request.body;
      this.log.push(`${url} ${String(token)} ${status}`);
      const ms = isRefresh ? this.#refreshLatency : Number(/ms=(\d+)/.exec(url)?.[1] ?? LATENCY);
      const response = status === 200 ? of(new HttpResponse({ body })) : failed(status, url);
      return timer(ms)
        .pipe(mergeMap(() => response))
        .subscribe(subscriber);
    });
  }

  #get({ headers, url }: HttpRequest<unknown>): [status: number, body?: unknown] {
    return headers.get('Authorization') === `Bearer a${this.#valid}` ? [200, url] : [401];
  }

  #refresh(token: unknown): [status: number, body?: unknown] {
    if (this.#failures > 0) {
      this.#failures--;
      return [503];
    }
    if (token !== `r${this.#valid}`) return [403];
    this.#valid++;
    return [200, { access: `a${this.#valid}`, refresh: `r${this.#valid}` }];
  }
}

function failed(status: number, url: string): Observable<never> {
  return throwError(() => new HttpErrorResponse({ status, url }));
}
