import { waitingRequests } from '../../core/LockCore.js';
import type { LockObserver, Transition } from '../../core/LockObserver.js';
import { type Request, WAITING } from '../../core/Request.js';
import type { LockMode } from '../../index.js';
import type { LocalLock } from '../../lock/ReadWriteLock.js';
import type { Lane } from '../Timeline.js';

/** A lane that may go on. */
export class PanelLane implements Lane {
  readonly label: string;
  readonly mode: LockMode;
  /** The name of the lock, with the key. */
  readonly note: string;
  readonly requested: number;
  readonly values: Lane['values'];
  granted?: number;
  ended?: number;
  outcome?: NonNullable<Lane['outcome']>;
  /** Its place among all lanes; -1 once it has been forgotten. */
  index = -1;
  /** The lane that it waits for, or that it has waited for last. */
  blocker: PanelLane | undefined = undefined;
  /** Finds what it waits for, until it is over: a lane must not keep what a request keeps. */
  findBlocker: (() => PanelLane | undefined) | undefined = undefined;

  constructor({ label, mode, note = '', requested, values, ...rest }: Lane) {
    this.label = label;
    this.mode = mode;
    this.note = note;
    this.requested = requested;
    this.values = values;
    Object.assign(this, rest);
  }
}

/** Keeps a lane for each request of some locks, in the order of the requests. */
export class Recording {
  readonly #now: () => number;
  readonly #changed: () => void;
  readonly #most: number;
  #lanes: PanelLane[] = [];
  #open = 0;
  readonly #watches = new Map<LocalLock, LockWatch>();
  /** Grows when lanes have been forgotten. */
  epoch = 0;

  /**
   * @param now - the clock of the lanes
   * @param changed - called for each change, in the middle of it: it may only take note
   * @param most - how many lanes to keep; more only if so many go on
   */
  constructor(now: () => number, changed: () => void, most = 100_000) {
    this.#now = now;
    this.#changed = changed;
    this.#most = most;
  }

  get lanes(): readonly PanelLane[] {
    return this.#lanes;
  }

  /** How many lanes go on. */
  get open(): number {
    return this.#open;
  }

  /** Watches these locks and no others. */
  watch(cores: ReadonlySet<LocalLock>): void {
    for (const [core, watch] of this.#watches) {
      if (cores.has(core)) continue;
      watch.end();
      this.#watches.delete(core);
    }
    for (const core of cores)
      if (!this.#watches.has(core)) this.#watches.set(core, new LockWatch(core, this));
  }

  /** Replaces the lanes by lanes that have been recorded before. */
  load(lanes: readonly Lane[]): void {
    this.watch(new Set());
    this.#keep(lanes.map((lane) => new PanelLane(lane)));
  }

  /** Forgets what has ended. */
  clear(): void {
    this.#keep(this.#lanes.filter(isOpen));
  }

  begin(request: Request, findBlocker: () => PanelLane | undefined): PanelLane {
    if (this.#lanes.length >= this.#most) this.#trim();
    const { mode, options, order, lockName: note } = request;
    const label = options.label ?? `#${order}`;
    const lane = new PanelLane({ label, mode, note, requested: this.#now(), values: [] });
    lane.findBlocker = findBlocker;
    lane.index = this.#lanes.push(lane) - 1;
    this.#open++;
    this.#changed();
    return lane;
  }

  grant(lane: PanelLane, hasWaited: boolean): void {
    // The clock may have gone on a little.
    lane.granted = hasWaited ? this.#now() : lane.requested;
    this.#changed();
  }

  end(lane: PanelLane, isCancelled: boolean): void {
    lane.ended = this.#now();
    if (isCancelled) lane.outcome = 'cancelled';
    lane.findBlocker = undefined;
    this.#open--;
    this.#changed();
  }

  /** Forgets the oldest lanes that have ended, many at a time. */
  #trim(): void {
    let surplus = Math.ceil(this.#most / 10);
    this.#keep(this.#lanes.filter((lane) => isOpen(lane) || surplus-- <= 0));
  }

  #keep(lanes: PanelLane[]): void {
    for (const lane of this.#lanes) lane.index = -1;
    for (const [index, lane] of lanes.entries()) lane.index = index;
    // A chain of lanes must not keep what has been forgotten.
    for (const lane of this.#lanes) if (lane.index < 0) lane.blocker = undefined;
    this.#lanes = lanes;
    this.epoch++;
    this.#changed();
  }
}

/** Goes on, as far as is known. */
function isOpen({ findBlocker }: PanelLane): boolean {
  return findBlocker !== undefined;
}

/** Looks for a blocker among so many first, since it is often asked for. */
const NEAR = 20;

class LockWatch implements LockObserver {
  readonly #core: LocalLock;
  readonly #recording: Recording;
  readonly #lanes = new Map<Request, PanelLane>();
  readonly #unobserve: () => void;
  /** The lane that has ended last: what is granted then has waited for it. */
  #last: PanelLane | undefined;

  constructor(core: LocalLock, recording: Recording) {
    this.#core = core;
    this.#recording = recording;
    // What is there already.
    for (const request of [...core.leases, ...core.deliveries]) this.#grant(request);
    for (const request of waitingRequests(core)) this.#meet(request);
    this.#unobserve = core.observe(this, undefined);
  }

  note(transition: Transition, request: Request): boolean {
    switch (transition) {
      case 'queued':
        // Known even if it is cancelled before anyone asks.
        this.#meet(request).blocker = this.#blockerOf(request, NEAR);
        break;
      case 'granted':
      case 'upgraded':
        this.#grant(request);
        break;
      case 'cancelled':
      case 'released':
        this.#end(request, transition === 'cancelled');
        break;
      case 'downgraded':
        this.#last = this.#lanes.get(request);
    }
    return false;
  }

  settle(): void {}

  tell(): void {}

  /** Of what goes on, no more is known. */
  end(): void {
    this.#unobserve();
    for (const lane of this.#lanes.values()) this.#recording.end(lane, false);
  }

  #blockerOf(request: Request, most?: number): PanelLane | undefined {
    const [blocker] = this.#core.blockersOf(request, most);
    return blocker && this.#lanes.get(blocker);
  }

  #meet(request: Request): PanelLane {
    const known = this.#lanes.get(request);
    if (known) return known;
    const find = () =>
      request.phase === WAITING
        ? (this.#blockerOf(request, NEAR) ?? this.#blockerOf(request))
        : undefined;
    const lane = this.#recording.begin(request, find);
    this.#lanes.set(request, lane);
    return lane;
  }

  #grant(request: Request): void {
    const hasWaited = this.#lanes.has(request);
    const lane = this.#meet(request);
    if (hasWaited) lane.blocker = this.#last;
    this.#recording.grant(lane, hasWaited);
  }

  #end(request: Request, isCancelled: boolean): void {
    const lane = this.#lanes.get(request);
    if (!lane) return;
    this.#lanes.delete(request);
    this.#recording.end(lane, isCancelled);
    this.#last = lane;
  }
}
