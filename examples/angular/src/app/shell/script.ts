import { inject } from '@angular/core';
import { concatMap, defer, ignoreElements, type Observable, tap, timer } from 'rxjs';
import { Journal } from './journal';

/** Does something after a while. What it returns belongs to the script, and ends with it. */
export function after(ms: number, act: () => Observable<unknown>): Observable<never> {
  return timer(ms).pipe(concatMap(act), ignoreElements());
}

/** As {@link after}, for what a person does. It is noted in the journal of the column. */
export function personAfter(
  ms: number,
  label: string,
  act: () => Observable<unknown>,
): Observable<never> {
  const journal = inject(Journal);
  return after(ms, () => defer(act).pipe(tap({ subscribe: () => journal.act(label) })));
}
