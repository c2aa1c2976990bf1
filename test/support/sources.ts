import { Observable, type Observer } from 'rxjs';
import { turn } from './turns.js';

/** A source that tells a log when it is subscribed and when its teardown runs. */
export function logged<T>(
  log: string[],
  name: string,
  body: (observer: Observer<T>) => void = () => undefined,
): Observable<T> {
  return new Observable<T>((subscriber) => {
    log.push(`${name} subscribed`);
    body(subscriber);
    return () => log.push(`${name} torn down`);
  });
}

/** A source that is driven by hand, for any number of subscribers one after the other. */
export class Handle<T> {
  observer: Observer<T> | undefined;
  readonly source: Observable<T>;

  constructor(log: string[] = [], name = 'source') {
    this.source = logged(log, name, (observer) => (this.observer = observer));
  }

  next(value: T): void {
    this.observer?.next(value);
  }

  error(reason: unknown): void {
    this.observer?.error(reason);
  }

  complete(): void {
    this.observer?.complete();
  }
}

/** Collects what RxJS reports as unhandled while a function runs, until its promise resolves, and in the next turn. */
export async function unhandled(run: () => unknown): Promise<unknown[]> {
  const { config } = await import('rxjs');
  const errors: unknown[] = [];
  const before = config.onUnhandledError;
  config.onUnhandledError = (error) => errors.push(error);
  try {
    await run();
    // A report that is itself made by a timer is made in the turn after it.
    await turn();
    await turn();
  } finally {
    config.onUnhandledError = before;
  }
  return errors;
}
