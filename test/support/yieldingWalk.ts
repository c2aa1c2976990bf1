import * as fc from 'fast-check';
import { type MonoTypeOperatorFunction, Observable, type Observer, type Subscription } from 'rxjs';
import { type LockLike, withReadLock, withWriteLock, withYieldingReadLock } from 'rxjs-rwlock';

/** What one client does: it begins with a request, or goes on. */
export type Step =
  | { readonly does: 'yielding'; readonly restarts: number; readonly priority: number }
  | { readonly does: 'write' | 'read'; readonly priority: number }
  | { readonly does: 'emit' | 'complete' | 'cancel'; readonly at: number };

const priority = fc.integer({ min: 0, max: 1 });
const step = fc.oneof(
  fc.record({
    does: fc.constant('yielding' as const),
    restarts: fc.nat({ max: 2 }),
    priority,
  }),
  fc.record({ does: fc.constantFrom('write' as const, 'read' as const), priority }),
  fc.record({
    does: fc.constantFrom('emit' as const, 'complete' as const, 'cancel' as const),
    at: fc.nat({ max: 9 }),
  }),
);

export const steps: fc.Arbitrary<readonly Step[]> = fc.array(step, { maxLength: 40 });

/** One client: what its source does, and what its consumer has seen. */
interface Client {
  readonly step: Step;
  readonly seen: string[];
  /** What the source has emitted in the present run. */
  values: string[];
  runs: number;
  isOver: boolean;
  /** The source, if it is subscribed. */
  observer: Observer<string> | undefined;
  /** The client that it has yielded to. */
  rival: Client | undefined;
  subscription: Subscription | undefined;
}

const OPERATORS = { read: withReadLock, write: withWriteLock };

/** Takes steps at a lock, cancels what is left, and returns what was wrong on the way. */
export function walk(lock: LockLike, steps: readonly Step[]): string[] {
  const clients: Client[] = [];
  const wrong = new Set<string>();
  /** The writer that makes its request in this step. */
  let requesting: Client | undefined;

  function sourceOf(client: Client): Observable<string> {
    return new Observable((observer) => {
      const { rival } = client;
      if (rival && !rival.isOver && rival.runs === 0) wrong.add('runs before what it yielded to');
      client.runs++;
      client.values = [];
      client.observer = observer;
      return () => {
        client.observer = undefined;
        if (!client.isOver) client.rival = requesting;
        if (!client.isOver && !requesting) wrong.add('cut off without a writer');
      };
    });
  }

  function start(step: Step, operator: MonoTypeOperatorFunction<string>): void {
    const nothing = { observer: undefined, rival: undefined, subscription: undefined };
    const client: Client = { step, seen: [], values: [], runs: 0, isOver: false, ...nothing };
    clients.push(client);
    if (step.does === 'write') requesting = client;
    client.subscription = sourceOf(client)
      .pipe(operator)
      .subscribe({
        next: (value) => client.seen.push(value),
        complete: () => client.seen.push('|'),
      });
    requesting = undefined;
  }

  function goOn(does: Step['does'], client: Client): void {
    if (does === 'emit') {
      const value = `${client.runs}.${client.values.length}`;
      if (client.observer) client.values.push(value);
      client.observer?.next(value);
    } else if (does === 'cancel' || client.observer) {
      client.isOver = true;
      if (does === 'cancel') client.subscription?.unsubscribe();
      else client.observer?.complete();
    }
  }

  function check({ step, seen, values, runs }: Client): void {
    if (step.does !== 'yielding') return;
    if (seen.length > 0 && seen.join() !== [...values, '|'].join()) wrong.add('a partial run');
    if (runs > step.restarts + 1) wrong.add('too many runs');
  }

  for (const step of steps) {
    const { does } = step;
    if (does === 'yielding') start(step, withYieldingReadLock(lock, step));
    else if (!('at' in step)) start(step, OPERATORS[step.does](lock, step));
    else if (clients.length > 0) goOn(does, clients[step.at % clients.length] as Client);
    clients.forEach(check);
    const running = clients.filter(({ observer }) => observer);
    if (running.length > 1 && running.some(({ step }) => step.does === 'write'))
      wrong.add('runs beside a writer');
  }
  for (const client of clients) goOn('cancel', client);
  return [...wrong];
}
