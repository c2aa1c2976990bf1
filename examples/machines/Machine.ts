import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import type { Lane } from 'rxjs-rwlock/devtools';
import type { Note } from './Note.js';

type Open = { -readonly [K in keyof Lane]: Lane[K] };

/** A process that works, and is started again when it has been killed. */
export class Machine {
  /** What it has requested, with the lock in the label. */
  readonly lanes: Lane[] = [];
  kills = 0;
  readonly #connection: string;
  #child: ChildProcess;
  readonly #open = new Map<string, Open>();

  constructor(connection: string) {
    this.#connection = connection;
    this.#child = this.#start();
  }

  /** Kills the process: whatever it holds or waits for ends there. */
  kill(): void {
    this.kills++;
    this.#child.kill('SIGKILL');
    this.#child.removeAllListeners('message');
    for (const lane of this.#open.values())
      Object.assign(lane, { ended: Date.now(), outcome: 'cancelled' });
    this.#open.clear();
  }

  async restart(): Promise<void> {
    this.#child = this.#start();
    await this.ready();
  }

  /** Waits until the process has been granted something. */
  async ready(): Promise<void> {
    for await (const [note] of on(this.#child, 'message'))
      if ((note as Note).what === 'granted') return;
  }

  async end(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.send('end');
    await exited;
  }

  #start(): ChildProcess {
    const child = fork('examples/machines/worker.ts', [this.#connection], {
      execArgv: ['--import', 'tsx'],
    });
    child.on('message', (note) => this.#note(note as Note));
    return child;
  }

  #note({ id, mode, lock, what, at }: Note): void {
    if (what === 'requested') {
      const lane: Open = { label: lock, mode, requested: at, values: [] };
      this.#open.set(id, lane);
      this.lanes.push(lane);
      return;
    }
    const lane = this.#open.get(id);
    if (lane) lane[what] = at;
    if (what === 'ended') this.#open.delete(id);
  }
}
