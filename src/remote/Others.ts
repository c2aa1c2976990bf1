import { WRITE } from '../core/LockMode.js';
import { type Owner, Request } from '../core/Request.js';

/** How messages and traces name all other processes. */
const LABEL = { label: 'elsewhere' } as const;

/**
 * A request of all other processes, which are one owner of the lock of this process:
 *
 * | this process has    | the others hold here | can be granted here |
 * | ------------------- | -------------------- | ------------------- |
 * | no lease            | write                | nothing             |
 * | a shared lease      | upgradable           | readers             |
 * | the exclusive lease | nothing              | everything          |
 *
 * So a lease of the engine is granted by a downgrade or a release of the others, and released by a
 * request of theirs to write, which is granted when nothing is held here any more.
 */
export class Others extends Request {
  override readonly options = LABEL;
  override readonly key = undefined;
  override readonly lockName = 'elsewhere';
  readonly #granted: () => void;
  readonly #failed: () => void;

  constructor(owner: Owner | undefined, granted = () => {}, failed = () => {}) {
    super(WRITE);
    this.owner = owner;
    this.#granted = granted;
    this.#failed = failed;
  }

  /**
   * Above every priority, so that the others wait for no longer than the budget; below every
   * upgrade, whose owner has to end before the others can write.
   */
  override get effectivePriority(): number {
    return Number.MAX_VALUE;
  }

  override takeParent(): undefined {
    return undefined;
  }

  override endLimits(): void {}

  /** Is called at once, also by a lock with a `scheduler`, since no user code runs. */
  override granted(): void {
    this.#granted();
  }

  override failed(): void {
    this.#failed();
  }
}
