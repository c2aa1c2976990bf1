import type { LockMode, LockState } from 'rxjs-rwlock';
import type { RemoteMode } from 'rxjs-rwlock/remote';
import { type EngineSide, ReferenceCohort } from '../../model/ReferenceCohort.js';
import { ALL, ReferenceLock, type Request, type Wanted } from '../../model/ReferenceLock.js';
import { clientOf, DOWNGRADES, type LogEntry, nameOf, nestedIn, REQUESTS } from '../steps.js';
import { type Kind, PROCESSES, type Side, type Step, type Terms } from './steps.js';

interface OfClient extends Wanted {
  readonly kind: Kind;
}

/** A request of a process to the engine. */
interface OfProcess extends Wanted {
  readonly process: number;
}

const modes = (mode: LockMode): Wanted['modes'] => new Map([[ALL, mode]]);

/** The clients on reference locks in front of a reference engine. */
export class ModelSide implements Side {
  readonly terms: Terms;
  readonly log: LogEntry[] = [];
  /** How many clients have made their request. */
  requested = 0;
  cohorts: readonly ReferenceCohort<OfClient>[];
  /** The second lock of each process. */
  seconds: readonly ReferenceLock<OfClient>[];
  engine: ReferenceLock<OfProcess>;
  /** The number of the newest lease of the engine. */
  number = 0;
  /** The process of each client. */
  readonly #processes = new Map<string, number>();
  readonly #granted = new Set<string>();

  constructor(terms: Terms) {
    const all = Array.from({ length: PROCESSES }, (_, process) => process);
    this.terms = terms;
    this.cohorts = all.map(
      (process) => new ReferenceCohort(terms, this.#clients(process), this.#engineOf(process)),
    );
    this.seconds = all.map(
      (process) => new ReferenceLock<OfClient>('fifo', this.#secondClients(process)),
    );
    this.engine = new ReferenceLock<OfProcess>('fifo', this.#processesAsClients);
  }

  /** The same clients in the same state, to go on from it more than once. */
  fork(): ModelSide {
    const fork = new ModelSide(this.terms);
    fork.requested = this.requested;
    fork.number = this.number;
    fork.cohorts = this.cohorts.map((cohort, process) =>
      cohort.forkTo(fork.#clients(process), fork.#engineOf(process)),
    );
    fork.seconds = this.seconds.map((lock, process) => lock.fork(fork.#secondClients(process)));
    fork.engine = this.engine.fork(fork.#processesAsClients);
    for (const [name, process] of this.#processes) fork.#processes.set(name, process);
    for (const name of this.#granted) fork.#granted.add(name);
    return fork;
  }

  get states(): LockState[] {
    return [...this.cohorts, ...this.seconds, this.engine].map(({ state }) => state);
  }

  get leases(): Side['leases'] {
    return this.cohorts.map(({ place: { lease, asking } }) =>
      lease ? 'has' : asking ? 'waits' : 'none',
    );
  }

  /** Whether the source of a client is subscribed. */
  isGranted(name: string): boolean {
    return this.#granted.has(name);
  }

  processOf(name: string): number {
    return this.#processes.get(nameOf(clientOf(name))) ?? 0;
  }

  do(step: Step): void {
    switch (step.do) {
      case 'request':
        this.requested++;
        this.#processes.set(step.name, step.process);
        this.#acquire(step.name, step.mode, step.kind);
        break;
      case 'nest':
        this.#acquire(nestedIn(step.name), step.mode, 'waits', step.name);
        break;
      case 'downgrade':
        this.#note(step.name, DOWNGRADES[step.mode]);
        this.#cohort(this.processOf(step.name)).downgrade(step.name, step.mode);
        break;
      case 'unsubscribe':
        this.#unsubscribe(step.name);
        break;
      case 'lose':
        this.#cohort(step.process).lose();
        break;
      case 'fail':
        this.#cohort(step.process).goDown();
        break;
      case 'mend':
        this.#cohort(step.process).comeUp();
        break;
      case 'close lock':
        this.#cohort(step.process).close();
        break;
      case 'fail lock':
        this.#cohort(step.process).fail('boom');
    }
  }

  #acquire(name: string, mode: LockMode, kind: Kind, parent?: string): void {
    this.#note(name, REQUESTS[mode]);
    const wanted = { name, modes: modes(mode), kind, parent, ifAvailable: kind === 'tries' };
    this.#cohort(this.processOf(name)).acquire(wanted);
  }

  #unsubscribe(name: string): void {
    const process = this.processOf(name);
    this.#note(name, 'unsubscribes');
    this.#cleanUp(name);
    this.#second(process).end(name);
    this.#cohort(process).end(name);
  }

  #clients(process: number) {
    return {
      granted: (request: Request<OfClient>) => {
        const { name, kind } = request;
        if (kind === 'both') this.#second(process).acquire({ ...request, modes: modes('write') });
        else this.#subscribeSource(name);
        if (kind === 'loses') this.#cohort(process).lose();
      },
      failed: (wanted: OfClient, error: string) => {
        const { name, kind } = wanted;
        if (error === 'LockLostError' && kind === 'both' && !this.#granted.has(name)) {
          this.#requestAgain(process, wanted);
          return;
        }
        this.#note(name, `errors ${error}`);
        this.#cleanUp(name);
        this.#second(process).end(name);
      },
    };
  }

  #secondClients(process: number) {
    return {
      granted: ({ name }: OfClient) => {
        // The first lock may have been lost meanwhile, or be failing: then it fails the request (E4).
        const first = this.#cohort(process);
        if (first.failure === undefined && holds(first, name)) this.#subscribeSource(name);
      },
      failed: () => undefined,
    };
  }

  /** A request for both that holds the first one only requests it anew (J4). */
  #requestAgain(process: number, wanted: OfClient): void {
    const cohort = this.#cohort(process);
    cohort.accept(wanted);
    this.#second(process).end(wanted.name);
    cohort.acquire(wanted);
  }

  #subscribeSource(name: string): void {
    this.#granted.add(name);
    this.#note(name, 'granted');
  }

  #cleanUp(name: string): void {
    if (this.#granted.delete(name)) this.#note(name, 'cleans up');
  }

  #cohort(process: number): ReferenceCohort<OfClient> {
    return this.cohorts[process] as ReferenceCohort<OfClient>;
  }

  #second(process: number): ReferenceLock<OfClient> {
    return this.seconds[process] as ReferenceLock<OfClient>;
  }

  /** The engine as a process sees it. */
  #engineOf(process: number): EngineSide {
    const wanted = (mode: RemoteMode, name: string) => ({
      name: `${process} ${name}`,
      process,
      modes: modes(mode === 'shared' ? 'read' : 'write'),
    });
    return {
      acquire: (mode, name) => this.engine.acquire(wanted(mode, name)),
      tryAcquire: (mode, name) =>
        this.engine.tryAcquire(wanted(mode, name)) ? ++this.number : undefined,
      end: (name) => this.engine.end(`${process} ${name}`),
    };
  }

  readonly #processesAsClients = {
    granted: ({ process }: OfProcess) => this.#cohort(process).leased(++this.number),
    failed: () => undefined,
  };

  #note(name: string, what: string): void {
    this.log.push({ name, what });
  }
}

function holds(lock: ReferenceLock<OfClient>, name: string): boolean {
  return lock.held.some((lease) => lease.name === name);
}
