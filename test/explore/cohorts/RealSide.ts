import { Observable, of, type Subscription } from 'rxjs';
import {
  allOf,
  type Gate,
  type Lease,
  type LockLike,
  type LockMode,
  type LockState,
  ReadWriteLock,
  withGate,
  type WriteLease,
} from 'rxjs-rwlock';
import { localDriver, RemoteReadWriteLock } from 'rxjs-rwlock/remote';
import { inGlobalOrder } from '../../../src/many/globalOrder.js';

import { POLICIES } from '../../support/policies.js';
import { WatchedDriver } from '../../support/WatchedDriver.js';
import { clientOf, DOWNGRADES, type LogEntry, nameOf, nestedIn, REQUESTS } from '../steps.js';
import { type Kind, PROCESSES, type Side, type Step, type Terms } from './steps.js';

const GATES = { read: 'reader', upgradable: 'upgradable', write: 'writer' } as const;

// To make an error takes longer than all else.
const [LOST, DOWN] = [new Error('lost'), new Error('down')];

interface Process {
  readonly driver: WatchedDriver;
  readonly lock: RemoteReadWriteLock;
  readonly second: ReadWriteLock;
  /** The state that its observer was told last. */
  told: LockState | undefined;
}

/** The clients on real locks, by their public surface alone. */
export class RealSide implements Side {
  readonly log: LogEntry[] = [];
  readonly #engine = new ReadWriteLock({ name: 'engine' });
  readonly #processes: readonly Process[];
  readonly #leases = new Map<string, Lease>();
  readonly #subscriptions = new Map<string, Subscription>();
  /** The process of each client. */
  readonly #places = new Map<string, Process>();

  constructor({ policy, grants, observed }: Terms) {
    const engine = localDriver(this.#engine);
    this.#processes = Array.from({ length: PROCESSES }, () => {
      const driver = new WatchedDriver(engine);
      const cohort = { grants, time: Infinity };
      const lock = new RemoteReadWriteLock(driver, { policy: POLICIES[policy], cohort });
      const process: Process = { driver, lock, second: new ReadWriteLock(), told: undefined };
      const told = (state: LockState | undefined) => (process.told = state);
      // It is told no state when the lock has failed.
      if (observed) lock.subscribe({ next: told, error: () => told(undefined) });
      return process;
    });
  }

  get states(): LockState[] {
    const locks = this.#processes.map(({ told, lock }) => told ?? lock.state);
    return [...locks, ...this.#processes.map(({ second }) => second.state), this.#engine.state];
  }

  get leases(): Side['leases'] {
    return this.#processes.map(({ driver: { holds, live } }) =>
      holds ? 'has' : live > 0 ? 'waits' : 'none',
    );
  }

  do(step: Step): void {
    switch (step.do) {
      case 'request': {
        const process = this.#processes[step.process] as Process;
        this.#places.set(step.name, process);
        this.#subscribe(step.name, step.mode, this.#requested(process, step), step.kind);
        return;
      }
      case 'nest': {
        const lease = this.#leases.get(step.name) as Lease;
        this.#subscribe(nestedIn(step.name), step.mode, this.#gate(lease, step.mode), 'waits');
        return;
      }
      case 'downgrade': {
        this.#note(step.name, DOWNGRADES[step.mode]);
        (this.#leases.get(step.name) as WriteLease).downgrade(step.mode);
        return;
      }
      case 'unsubscribe': {
        this.#note(step.name, 'unsubscribes');
        this.#subscriptions.get(step.name)?.unsubscribe();
        return;
      }
      default: {
        this.#inProcess(step.do, this.#processes[step.process] as Process);
      }
    }
  }

  #inProcess(
    what: 'lose' | 'fail' | 'mend' | 'close lock' | 'fail lock',
    { driver, lock }: Process,
  ): void {
    switch (what) {
      case 'lose': {
        driver.lose(LOST);
        return;
      }
      case 'fail': {
        driver.fail(DOWN);
        return;
      }
      case 'mend': {
        driver.mend();
        return;
      }
      case 'close lock': {
        lock.complete();
        return;
      }
      case 'fail lock': {
        lock.error('boom');
        return;
      }
    }
  }

  #requested({ lock, second }: Process, { mode, kind }: Step & { do: 'request' }): Gate {
    const gate = this.#gate(lock, mode);
    if (kind !== 'both') return gate;
    // The remote lock is the first in the global order: it is held while the other one is waited for.
    inGlobalOrder(lock.core, second.core);
    return allOf(gate, second.writer);
  }

  #gate(lock: LockLike | Lease, mode: LockMode): Gate {
    return lock[GATES[mode]];
  }

  #subscribe(name: string, mode: LockMode, gate: Gate, kind: Kind): void {
    this.#note(name, REQUESTS[mode]);
    const project = (_: string, lease: Lease) => {
      this.#leases.set(name, lease);
      return this.#source(name, kind);
    };
    const held = of(name).pipe(withGate(gate, project, { ifAvailable: kind === 'tries' }));
    const error = (error: unknown) =>
      this.#note(name, `errors ${error instanceof Error ? error.name : String(error)}`);
    this.#subscriptions.set(name, held.subscribe({ error }));
  }

  #source(name: string, kind: Kind): Observable<never> {
    return new Observable((subscriber) => {
      this.#note(name, 'granted');
      subscriber.add(() => this.#note(name, 'cleans up'));
      if (kind === 'loses') this.#places.get(nameOf(clientOf(name)))?.driver.lose(LOST);
    });
  }

  #note(name: string, what: string): void {
    this.log.push({ name, what });
  }
}
