import { nextOfLive } from '../model/readsAgain.js';
import { Whole } from './Whole.js';

/** A live read, made on the reference locks. */
export class LiveWhole extends Whole {
  /** For each part, how many writes of it had ended when the last read began. */
  #seen: readonly number[] = [];

  /** It listens to its signal all the time, and so does each of its requests. */
  override get listeners(): number {
    return this.phase === 'over' ? 0 : 1 + super.listeners;
  }

  override abort(): void {
    this.fail('aborted');
  }

  /** Its source completes: this read is over, and the next one may begin. */
  override complete(): void {
    this.world.note('cleans up');
    this.drop();
    this.phase = 'idle';
    this.renew();
    this.look();
  }

  /** Does what is to be done now, unless it reads or waits. */
  override look(): void {
    if (this.phase !== 'idle') return;
    const nexts = this.parts.map((part, i) => nextOfLive(part.lock, part, this.#seen[i] ?? 0));
    const next = nexts.find((what) => what && what !== 'reads') ?? nexts.find(Boolean);
    if (next === 'reads') this.world.request();
    else if (next === 'errors') this.fail(this.parts[nexts.indexOf(next)]?.lock.failure ?? '');
    else if (next === 'completes') {
      this.phase = 'over';
      this.world.note('completes');
    }
  }

  protected override hold(): void {
    this.#seen = this.parts.map(({ lock, modes }) => lock.writesOf(modes));
    super.hold();
    this.world.note(`shows ${this.reads}`);
  }
}
