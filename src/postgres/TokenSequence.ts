import { engineError, sqlStateOf } from './engineErrorOf.js';
import type { Session } from './Session.js';

/** How many tokens come with one lease: as many grants of this process count from one number. */
const TOKENS_PER_LEASE = 1024;

/** The sequence that counts the leases of all processes, also over restarts of the server. */
export class TokenSequence {
  readonly name: string;
  /** How many tokens belong to a lease. */
  size = TOKENS_PER_LEASE;
  #checked: Promise<void> | undefined;

  constructor(name: string) {
    if (!/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/.test(name))
      throw new TypeError(
        `tokens must be the name of a sequence in lower case, with or without a schema, ` +
          `got ${JSON.stringify(name)}`,
      );
    this.name = name;
  }

  get setupSql(): string {
    const size = TOKENS_PER_LEASE;
    return (
      `create sequence if not exists ${this.name} ` +
      `as bigint increment by ${size} start with ${size} cache 1 no cycle;`
    );
  }

  /** Makes the sequence if it is missing, once, and makes sure that its numbers only grow. */
  check(session: Session): Promise<void> {
    return (this.#checked ??= this.#check(session).catch((error: unknown) => {
      this.#checked = undefined;
      throw error;
    }));
  }

  async #check(session: Session): Promise<void> {
    if (!(await this.#read(session))) await this.#create(session);
    const found = await this.#read(session);
    if (!found) throw engineError('permission', `there is no sequence ${this.name}`);
    const { step, cache, cycle } = found;
    // Numbers that sessions keep for later would not be in the order of the grants.
    if (Number(step) < 1 || cache !== '1' || cycle)
      throw engineError(
        'unsupported',
        `the sequence ${this.name} must have an increment above 0, cache 1 and no cycle`,
      );
    this.size = Number(step);
  }

  async #read(session: Session) {
    const [found] = await session.run(
      'select seqincrement::text as step, seqcache::text as cache, seqcycle as cycle ' +
        `from pg_sequence where seqrelid = to_regclass('${this.name}')`,
    );
    return found;
  }

  async #create(session: Session): Promise<void> {
    try {
      await session.run(this.setupSql);
    } catch (error) {
      const state = sqlStateOf(error);
      // Another process has made it at the same time.
      if (state === '23505' || state === '42P07') return;
      throw error;
    }
  }
}
