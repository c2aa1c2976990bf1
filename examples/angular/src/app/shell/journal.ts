import { Injectable, signal } from '@angular/core';

/** Something on the timeline of a column. Times are in milliseconds from the beginning of the run. */
export interface Entry {
  readonly kind: 'action' | 'request' | 'screen';
  readonly label: string;
  readonly from: number;
  /** `undefined` as long as it goes on. */
  readonly to?: number;
  readonly outcome?: Outcome;
  /** What came of it. */
  readonly result?: string;
}

export type Outcome = 'answered' | 'refused' | 'aborted';

/** Keeps what happens in a column, from the beginning of a run to its end. */
@Injectable({ providedIn: 'root' })
export class Journal {
  readonly #entries = signal<readonly Entry[]>([]);
  readonly entries = this.#entries.asReadonly();
  #start = performance.now();
  #isOpen = false;

  /** What the screen has shown, one after the other. */
  screens(): readonly string[] {
    return this.#entries()
      .filter(({ kind }) => kind === 'screen')
      .map(({ label }) => label);
  }

  /** The requests that have ended, in the order of their ends. */
  ended(): readonly string[] {
    return this.#entries()
      .filter(({ kind, to }) => kind === 'request' && to !== undefined)
      .sort((a, b) => (a.to ?? 0) - (b.to ?? 0))
      .map(({ label }) => label);
  }

  /** Forgets everything, and begins at zero. */
  begin(): void {
    this.#start = performance.now();
    this.#isOpen = true;
    this.#entries.set([]);
  }

  /** Notes nothing more. */
  close(): void {
    this.#isOpen = false;
  }

  /** How long the run has been going on. */
  now(): number {
    return performance.now() - this.#start;
  }

  /** Notes what a person has done. */
  act(label: string): void {
    this.#add({ kind: 'action', label, from: this.now(), to: this.now() });
  }

  /** Notes what the screen shows from now on. */
  show(text: string): void {
    if (!this.#isOpen) return;
    const now = this.now();
    this.#entries.update((entries) =>
      entries.map((entry) =>
        entry.kind === 'screen' && entry.to === undefined ? { ...entry, to: now } : entry,
      ),
    );
    this.#add({ kind: 'screen', label: text, from: now });
  }

  /** Notes that a request was sent; returns the function that notes its end. */
  send(label: string): (outcome: Outcome, result: string) => void {
    let entry: Entry = { kind: 'request', label, from: this.now() };
    this.#add(entry);
    return (outcome, result) => {
      if (!this.#isOpen) return;
      const sent = entry;
      entry = { ...sent, to: this.now(), outcome, result };
      this.#entries.update((entries) => entries.map((one) => (one === sent ? entry : one)));
    };
  }

  #add(entry: Entry): void {
    if (this.#isOpen) this.#entries.update((entries) => [...entries, entry]);
  }
}
