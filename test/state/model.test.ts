import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import {
  BehaviorSubject,
  defer,
  finalize,
  from,
  last,
  type Observable,
  type Subscription,
  tap,
} from 'rxjs';
import { ReadWriteLock, withWriteLock } from 'rxjs-rwlock';
import { Guarded } from 'rxjs-rwlock/state';
import { Handle } from '../support/sources.js';

// Random interleavings of updates and reads, compared after each step with a model that is as simple
// as the promise: a queue, a committed text, and the patches of all updates in the queue.

type End = 'commit' | 'empty' | 'fail';

/** What a patch does: nothing, adds its letter, or adds it unless the text has an `x`. */
type Patch = 'none' | 'adds' | 'throws on x';

type Step =
  | { readonly do: 'update'; readonly letter: string; readonly patch: Patch }
  | { readonly do: 'read' }
  | { readonly do: 'end'; readonly which: number; readonly how: End }
  | { readonly do: 'cancel'; readonly which: number }
  | { readonly do: 'resubscribe' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('update' as const),
    letter: fc.constantFrom('a', 'b', 'x'),
    patch: fc.constantFrom<Patch>('none', 'adds', 'adds', 'throws on x'),
  }),
  fc.record({ do: fc.constant('read' as const) }),
  fc.record({
    do: fc.constant('end' as const),
    which: fc.nat(2),
    how: fc.constantFrom<End>('commit', 'commit', 'empty', 'fail'),
  }),
  fc.record({ do: fc.constant('cancel' as const), which: fc.nat(5) }),
  fc.record({ do: fc.constant('resubscribe' as const) }),
);

function patched(text: string, letter: string, patch: Patch): string {
  if (patch === 'none') return text;
  if (patch === 'throws on x' && text.includes('x')) throw new Error('bad patch');
  return `${text}${letter.toUpperCase()}`;
}

interface Request {
  readonly isRead: boolean;
  readonly letter: string;
  readonly patch: Patch;
  /** What its consumer is told, and what its project has seen. */
  readonly words: string[];
}

class Model {
  committed = '';
  queue: Request[] = [];

  /** The requests that hold the lock: a writer, or the readers in front of the first writer. */
  get running(): Request[] {
    const writer = this.queue.findIndex(({ isRead }) => !isRead);
    return writer < 0 ? [...this.queue] : this.queue.slice(0, Math.max(writer, 1));
  }

  get shown(): string {
    return this.queue.reduce(
      (text, { letter, patch }) => patched(text, letter, patch),
      this.committed,
    );
  }

  add(request: Request): void {
    this.queue.push(request);
    this.#failBadPatches();
    this.#see();
  }

  end(request: Request, how: End | 'cancel'): void {
    this.queue = this.queue.filter((other) => other !== request);
    const { words, isRead, letter } = request;
    if (how === 'fail') words.push('#no');
    if (how === 'commit' && !isRead) {
      this.committed += letter;
      words.push(this.committed, '|');
    }
    if (how === 'empty' || (how === 'commit' && isRead)) words.push('|');
    this.#failBadPatches();
    this.#see();
  }

  #see(): void {
    for (const { words } of this.running)
      if (words.length === 0) words.push(`saw ${this.committed}`);
  }

  /** Takes those out that throw on what is below them. */
  #failBadPatches(): void {
    let text = this.committed;
    this.queue = this.queue.filter(({ letter, patch, words }) => {
      try {
        text = patched(text, letter, patch);
        return true;
      } catch {
        words.push('#bad patch');
        return false;
      }
    });
  }
}

class Real {
  readonly lock = new ReadWriteLock();
  readonly state: Pick<Guarded<string>, 'value' | 'update' | 'read' | 'subscribe'>;
  readonly shown: string[] = [];
  late: string[] = [];
  #subscription: Subscription | undefined;
  readonly #requests = new Map<
    Request,
    { words: string[]; server: Handle<string>; end: Subscription }
  >();

  constructor(
    State: new (text: string, options: { lock: ReadWriteLock }) => Real['state'] = Guarded,
  ) {
    this.state = new State('', { lock: this.lock });
    this.state.subscribe((text) => this.shown.push(text));
  }

  add(request: Request): void {
    const { isRead, letter, patch } = request;
    const words: string[] = [];
    const server = new Handle<string>();
    const project = (text: string) => {
      words.push(`saw ${text}`);
      return server.source;
    };
    const optimistic = (text: string) => patched(text, letter, patch);
    const source: Observable<string> = isRead
      ? this.state.read(project)
      : this.state.update(project, patch === 'none' ? {} : { optimistic });
    const end = source.subscribe({
      next: (text) => words.push(text),
      error: (error: unknown) =>
        words.push(`#${error instanceof Error ? error.message : String(error)}`),
      complete: () => words.push('|'),
    });
    this.#requests.set(request, { words, server, end });
  }

  end(request: Request, how: End | 'cancel', value: string): void {
    const { server, end } = this.#get(request);
    if (how === 'cancel') end.unsubscribe();
    else if (how === 'fail') server.error('no');
    else {
      if (how === 'commit' && !request.isRead) {
        server.next('an intermediate value');
        server.next(value);
      }
      server.complete();
    }
  }

  resubscribe(): void {
    this.#subscription?.unsubscribe();
    this.late = [];
    this.#subscription = this.state.subscribe((text) => this.late.push(text));
  }

  wordsOf(request: Request): string[] {
    return this.#get(request).words;
  }

  #get(request: Request) {
    const found = this.#requests.get(request);
    if (!found) throw new Error('unknown request');
    return found;
  }
}

class Walk {
  readonly model = new Model();
  readonly real: Real;
  readonly #requests: Request[] = [];
  readonly #shown = [''];
  #from = 0;

  constructor(real = new Real()) {
    this.real = real;
  }

  take(step: Step): void {
    if (step.do === 'resubscribe') this.#resubscribe();
    else if (step.do === 'update')
      this.#add({ isRead: false, letter: step.letter, patch: step.patch, words: [] });
    else if (step.do === 'read') this.#add({ isRead: true, letter: '', patch: 'none', words: [] });
    else if (step.do === 'end') this.#end(this.model.running[step.which], step.how);
    else this.#end(this.model.queue[step.which], 'cancel');
    this.#check();
  }

  finish(): void {
    this.real.lock.complete();
    let isComplete = false;
    this.real.state.subscribe({ complete: () => (isComplete = true) });
    for (let first; (first = this.model.running[0]);) {
      checkSame(isComplete, false);
      this.#end(first, 'commit');
      this.#check();
    }
    checkSame(isComplete, true);
    checkSame(this.real.state.value, this.model.committed);
  }

  #add(request: Request): void {
    this.#requests.push(request);
    this.model.add(request);
    this.real.add(request);
  }

  #end(request: Request | undefined, how: End | 'cancel'): void {
    if (!request) return;
    const { committed } = this.model;
    this.model.end(request, how);
    this.real.end(request, how, `${committed}${request.letter}`);
  }

  #resubscribe(): void {
    this.real.resubscribe();
    this.#from = this.#shown.length - 1;
  }

  #check(): void {
    const { shown } = this.model;
    if (shown !== this.#shown.at(-1)) this.#shown.push(shown);
    const { state, shown: told, late } = this.real;
    checkSame(state.value, shown);
    checkSame(told, this.#shown);
    if (late.length > 0) checkSame(late, this.#shown.slice(this.#from));
    for (const request of this.#requests) checkSame(this.real.wordsOf(request), request.words);
  }
}

/** Jest's own comparison takes a hundred times as long. */
function checkSame(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) assert.deepStrictEqual(actual, expected);
}

const walks = (makeReal: () => Real) =>
  fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
    const walk = new Walk(makeReal());
    for (const step of steps) walk.take(step);
    walk.finish();
  });

it('I4: random updates and reads do what a queue, a value and a list of patches say', () => {
  fc.assert(
    walks(() => new Real()),
    { numRuns: 1_000 },
  );
}, 60_000);

/** As one writes it by hand: the lock is right, and a failed edit puts back what it found. */
class SnapshotState extends BehaviorSubject<string> {
  readonly #lock: ReadWriteLock;

  constructor(text: string, { lock }: { lock: ReadWriteLock }) {
    super(text);
    this.#lock = lock;
  }

  update: Guarded<string>['update'] = (project, options) =>
    defer(() => {
      const snapshot = this.value;
      let isCommitted = false;
      if (options?.optimistic) this.next(options.optimistic(this.value));
      return from([1]).pipe(
        withWriteLock(this.#lock, (_, lease) => from(project(snapshot, lease)).pipe(last())),
        tap((value) => {
          isCommitted = true;
          this.next(value);
        }),
        finalize(() => {
          if (!isCommitted) this.next(snapshot);
        }),
      );
    });

  read: Guarded<string>['read'] = (project, options) =>
    new Guarded(this.value, { lock: this.#lock }).read(project, options);
}

it('the walks find a state that rolls back to a snapshot', () => {
  expect(() =>
    fc.assert(
      walks(() => new Real(SnapshotState)),
      { seed: 1 },
    ),
  ).toThrow('Property failed');
});
