import type { Request } from '../model/ReferenceLock.js';
import { mayRunAnew, rivalOf } from '../model/readsAgain.js';
import { type Part, Whole } from './Whole.js';

/** A yielding read, made on the reference locks. Through a lease it never yields. */
export class YieldingWhole extends Whole {
  /** How often it has yielded. */
  #yields = 0;
  /** The request that it has yielded to, until that no longer waits. */
  yieldedTo: Request | undefined;
  /** The name of the run that has yielded. */
  #before = '';

  /** While it runs, its source listens. */
  override get listeners(): number {
    return this.phase === 'over' ? 0 : 1;
  }

  override abort(): void {
    if (this.phase === 'held') this.fail('aborted');
    else super.abort();
  }

  /** Its source completes, and its consumer is told the values of this run. */
  override complete(): void {
    this.world.note(`shows ${this.reads}`);
    this.world.note('completes');
    this.end();
  }

  /** The place of what it has yielded to in the order of the grants. */
  get freed(): number {
    return this.#part.lock.held.findIndex(({ place }) => place === this.yieldedTo?.place);
  }

  /** Yields, or makes the request of the run after that. */
  override look(): void {
    const { lock, parent } = this.#part;
    if (parent !== undefined || lock.failure !== undefined) return;
    if (this.yieldedTo) this.#runAnew(this.yieldedTo);
    else if (this.phase !== 'over') this.#mayYield();
  }

  protected override hold(): void {
    this.world.listen();
    super.hold();
  }

  get #part(): Part {
    return this.parts[0] as Part;
  }

  /** Yields if its run has been granted, also if it is still to be told so. */
  #mayYield(): void {
    const run = this.#part;
    const lease = run.lock.held.find(({ name }) => name === run.name);
    const rival = lease && rivalOf(run.lock, lease);
    if (!rival || this.#yields === this.of.conditions.restarts) return;
    this.#yields++;
    this.yieldedTo = rival;
    this.#before = run.name;
    const hasSource = this.told;
    this.renew();
    // What the lock has accepted is served, also if it is closed.
    run.lock.accept(this.#part);
    this.phase = 'requesting';
    this.world.limit();
    if (hasSource) this.world.note('cleans up');
    run.lock.end(run.name);
  }

  #runAnew({ place }: Request): void {
    if (!mayRunAnew(this.#part.lock, place, this.#before)) return;
    this.yieldedTo = undefined;
    this.advance();
  }
}
