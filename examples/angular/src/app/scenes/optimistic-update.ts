import { HttpClient } from '@angular/common/http';
import { Component, computed, inject, Injectable, type Signal, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { catchError, concatMap, defer, EMPTY, merge, type Observable, of, repeat, tap } from 'rxjs';
import { withYieldingReadLock } from 'rxjs-rwlock';
import { createLockToken } from 'rxjs-rwlock/angular';
import { Guarded } from 'rxjs-rwlock/state';
import { Journal } from '../shell/journal';
import type { Scene } from '../shell/scene';
import { after, personAfter } from '../shell/script';
import { staged } from '../shell/staged';

/** Milliseconds: a poll, the pause between two polls, and a PATCH. */
const [POLL, PAUSE, PATCH] = [400, 100, 400];

const [OPEN, DONE] = ['open', 'done'];

/** Whether one thing is done, which others may change, too. */
@Injectable()
abstract class TodoService {
  readonly #http = inject(HttpClient);
  abstract readonly done: Signal<boolean>;

  /** Polls without end. */
  abstract poll(): Observable<unknown>;
  /** Shows the new value at once, and stores it. */
  abstract setDone(done: boolean): Observable<unknown>;

  protected readonly get$ = this.#http.get<boolean>('/api/todo', staged('Poll', POLL));

  protected patch(done: boolean): Observable<boolean> {
    return this.#http.patch<boolean>('/api/todo', done, staged('PATCH', PATCH));
  }
}

@Injectable()
class UnlockedTodoService extends TodoService {
  readonly #done = signal(false);
  override readonly done = this.#done.asReadonly();

  override poll(): Observable<unknown> {
    return this.get$.pipe(
      tap((done) => this.#done.set(done)),
      repeat({ delay: PAUSE }),
    );
  }

  override setDone(done: boolean): Observable<unknown> {
    return defer(() => {
      const before = this.#done();
      this.#done.set(done);
      return this.patch(done).pipe(
        catchError(() => {
          this.#done.set(before);
          return EMPTY;
        }),
      );
    });
  }
}

const TODO = createLockToken('todo');

@Injectable()
class LockedTodoService extends TodoService {
  readonly #todo = new Guarded(false, { lock: inject(TODO) });
  override readonly done = toSignal(this.#todo, { requireSync: true });

  override poll(): Observable<unknown> {
    return this.get$.pipe(
      withYieldingReadLock(this.#todo.lock, { label: 'Poll', restarts: Infinity }),
      // Requested before the read releases the lock, so no other update comes in between.
      concatMap((done) => this.#todo.update(() => of(done), { label: 'Show' })),
      repeat({ delay: PAUSE }),
    );
  }

  override setDone(done: boolean): Observable<unknown> {
    return this.#todo.update(() => this.patch(done), { optimistic: () => done, label: 'PATCH' });
  }
}

@Component({
  selector: 'app-todo',
  template: `
    <label>
      <input type="checkbox" [checked]="done()" (click)="toggle($event)" />
      Buy milk
    </label>
  `,
  styles: `
    label {
      display: flex;
      gap: 0.6rem;
      align-items: center;
      font-size: 1.25rem;
    }
    input {
      width: 1.4rem;
      height: 1.4rem;
      accent-color: var(--accent);
    }
  `,
})
class TodoView {
  readonly #todo = inject(TodoService);
  protected readonly done = this.#todo.done;

  /** The service decides what the box shows. */
  protected toggle(event: Event): void {
    event.preventDefault();
    this.#todo.setDone(!this.done()).subscribe();
  }
}

export const optimisticUpdate: Scene = {
  path: 'optimistic-update',
  title: 'Optimistic update',
  problem:
    'A page polls the server, and shows a click before it is stored: a poll that is on its way takes the tick back.',
  steps: [
    'The page polls again and again. The server takes 400 ms, and the next poll follows 100 ms later.',
    'After 650 ms, in the middle of the second poll, a person ticks “Buy milk”. Storing it takes 400 ms.',
  ],
  lasts: 3_000,
  view: TodoView,
  shows: 'Tick',
  screen: () => {
    const { done } = inject(TodoService);
    return computed(() => (done() ? DONE : OPEN));
  },
  script: () => {
    const todo = inject(TodoService);
    return merge(
      after(0, () => todo.poll()),
      personAfter(650, 'Ticks the box', () => todo.setDone(true)),
    );
  },
  verdict: () => {
    const shown = inject(Journal).screens();
    return shown.join() === `${OPEN},${DONE}`
      ? { isRight: true, text: 'The tick came with the click, and stayed.' }
      : { isRight: false, text: `The screen said ${shown.join(', then ')}.` };
  },
  without: {
    how: 'The click and the polls set one signal, and the last one wins.',
    code: `
return this.get$.pipe(
  tap((done) => this.#done.set(done)),
  repeat({ delay: PAUSE }),
);

this.#done.set(done);
return this.patch(done).pipe(
  catchError(() => {
    this.#done.set(before);
    return EMPTY;
  }),
);`,
    providers: [{ provide: TodoService, useClass: UnlockedTodoService }],
  },
  with: {
    how: 'The click is a patch over the stored value until the PATCH has ended. A poll yields to the PATCH, and reads again behind it.',
    code: `
readonly #todo = new Guarded(false, { lock: inject(TODO) });
override readonly done = toSignal(this.#todo, { requireSync: true });

return this.get$.pipe(
  withYieldingReadLock(this.#todo.lock, { label: 'Poll', restarts: Infinity }),
  concatMap((done) => this.#todo.update(() => of(done), { label: 'Show' })),
  repeat({ delay: PAUSE }),
);

return this.#todo.update(() => this.patch(done), { optimistic: () => done, label: 'PATCH' });`,
    providers: [{ provide: TodoService, useClass: LockedTodoService }],
    lock: () => inject(TODO),
  },
};
