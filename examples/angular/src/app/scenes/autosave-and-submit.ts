import { HttpClient } from '@angular/common/http';
import { Component, inject, Injectable, signal } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import {
  concat,
  concatMap,
  debounce,
  debounceTime,
  defer,
  delay,
  from,
  merge,
  type Observable,
  of,
  Subject,
  switchMap,
  tap,
  timer,
} from 'rxjs';
import { drop, latest, withGate } from 'rxjs-rwlock';
import { createLockToken } from 'rxjs-rwlock/angular';
import type { Scene } from '../shell/scene';
import { personAfter } from '../shell/script';
import { staged } from '../shell/staged';

const TEXT = 'Dear Ann, thank you!';
/** How many milliseconds without a key stroke let the autosave begin. */
const PAUSE = 400;
/** How long the server takes for an autosave. */
const SAVE = 300;

/** A letter that is saved while a person writes it, and then sent. */
@Injectable()
abstract class LetterService {
  readonly #http = inject(HttpClient);
  readonly #text = signal('');
  readonly #saved = signal('');
  readonly #sent = signal<readonly string[]>([]);
  readonly text = this.#text.asReadonly();
  readonly saved = this.#saved.asReadonly();
  /** What the server has answered to each submit. */
  readonly sent = this.#sent.asReadonly();
  protected readonly edits = new Subject<string>();

  edit(text: string): void {
    this.#text.set(text);
    this.edits.next(text);
  }

  /** Sends the letter as the server has it. */
  abstract submit(): Observable<unknown>;

  protected put(text: string): Observable<string> {
    return this.#http
      .put<string>('/api/draft', JSON.stringify(text), staged('Autosave', SAVE))
      .pipe(tap((saved) => this.#saved.set(saved)));
  }

  protected readonly post$ = this.#http
    .post<string>('/api/letters', null, staged('Submit', 300))
    .pipe(tap((letter) => this.#sent.update((sent) => [...sent, letter])));
}

@Injectable()
class UnlockedLetterService extends LetterService {
  constructor() {
    super();
    this.edits
      .pipe(
        debounceTime(PAUSE),
        switchMap((text) => this.put(text)),
        takeUntilDestroyed(),
      )
      .subscribe();
  }

  override submit(): Observable<unknown> {
    return this.post$;
  }
}

const LETTER = createLockToken('letter');

@Injectable()
class LockedLetterService extends LetterService {
  readonly #lock = inject(LETTER);
  readonly #submit = drop(this.#lock.writer);
  readonly #flush = new Subject<void>();

  constructor() {
    super();
    this.edits
      .pipe(
        debounce(() => merge(timer(PAUSE), this.#flush)),
        withGate(latest(this.#lock.writer), (text) => this.put(text), { label: 'Autosave' }),
        takeUntilDestroyed(),
      )
      .subscribe();
  }

  override submit(): Observable<unknown> {
    return defer(() => {
      this.#flush.next();
      return this.post$.pipe(withGate(this.#submit, { label: 'Submit' }));
    });
  }
}

@Component({
  selector: 'app-letter',
  template: `
    <label>
      Letter
      <textarea rows="2" [value]="letter.text()" (input)="edit($event)"></textarea>
    </label>
    <p>
      <button type="button" (click)="letter.submit().subscribe()">Submit</button>
      <span>Saved: {{ letter.saved() || 'nothing yet' }}</span>
    </p>
    <p>Sent:</p>
    <ul>
      @for (text of letter.sent(); track $index) {
        <li>{{ text || '(an empty letter)' }}</li>
      } @empty {
        <li>nothing yet</li>
      }
    </ul>
  `,
  styles: `
    label {
      display: grid;
      gap: 0.25rem;
    }
    textarea {
      padding: 0.5rem;
      border: 1px solid var(--line);
      border-radius: 0.4rem;
      background: var(--page);
      color: inherit;
      font: inherit;
    }
    p {
      display: flex;
      flex-wrap: wrap;
      gap: 0.25rem 1rem;
      align-items: center;
      margin: 0.5rem 0 0;
    }
    ul {
      min-height: 3.5rem;
      margin: 0;
    }
  `,
})
class LetterView {
  protected readonly letter = inject(LetterService);

  protected edit(event: Event): void {
    this.letter.edit((event.target as HTMLTextAreaElement).value);
  }
}

/** Types a text, 30 ms a key, behind what is there already. */
function type(letter: LetterService, text: string): Observable<unknown> {
  return from(text).pipe(
    concatMap((key) => of(key).pipe(delay(30))),
    tap((key) => letter.edit(letter.text() + key)),
  );
}

export const autosaveAndSubmit: Scene = {
  path: 'autosave-and-submit',
  title: 'Autosave and submit',
  problem:
    'A letter is saved while a person writes it, and sent with a double click: the last words are not saved yet, and it goes out twice.',
  steps: [
    'A person types “Dear Ann,”. After a pause of 400 ms it is saved, which takes the server 300 ms.',
    'The person goes on with “ thank you!”, and clicks Submit twice before the pause is over.',
    'The server sends the draft that it has stored.',
  ],
  lasts: 3_500,
  view: LetterView,
  shows: 'Saved',
  screen: () => inject(LetterService).saved,
  script: () => {
    const letter = inject(LetterService);
    const [first, second] = [TEXT.slice(0, 9), TEXT.slice(9)];
    return concat(
      personAfter(0, `Types “${first}”`, () => type(letter, first)),
      personAfter(900, `Types “${second}”`, () => type(letter, second)),
      merge(
        personAfter(100, 'Clicks Submit', () => letter.submit()),
        personAfter(250, 'Clicks Submit again', () => letter.submit()),
      ),
    );
  },
  verdict: ({ letters }) => {
    const sent = letters.map((letter) => `“${letter}”`).join(' and ');
    return letters.join() === TEXT
      ? { isRight: true, text: `One letter was sent, and it is whole: ${sent}.` }
      : { isRight: false, text: `The person wrote “${TEXT}”, and ${sent} were sent.` };
  },
  without: {
    how: 'Submit sends the draft as the server has it, and knows nothing of an autosave that waits for a pause. A second click is a second submit.',
    code: `
this.edits
  .pipe(
    debounceTime(PAUSE),
    switchMap((text) => this.put(text)),
    takeUntilDestroyed(),
  )
  .subscribe();

return this.post$;`,
    providers: [{ provide: LetterService, useClass: UnlockedLetterService }],
  },
  with: {
    how: 'One autosave runs, and only the newest waits. Submit flushes the pause, waits for the autosave, and drops the second click.',
    code: `
const LETTER = createLockToken('letter');
readonly #lock = inject(LETTER);
readonly #submit = drop(this.#lock.writer);
readonly #flush = new Subject<void>();

this.edits
  .pipe(
    debounce(() => merge(timer(PAUSE), this.#flush)),
    withGate(latest(this.#lock.writer), (text) => this.put(text), { label: 'Autosave' }),
    takeUntilDestroyed(),
  )
  .subscribe();

this.#flush.next();
return this.post$.pipe(withGate(this.#submit, { label: 'Submit' }));`,
    providers: [{ provide: LetterService, useClass: LockedLetterService }],
    lock: () => inject(LETTER),
  },
};
