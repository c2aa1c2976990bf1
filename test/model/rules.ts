import type { LockMode } from 'rxjs-rwlock';

export const POLICIES = ['fifo', 'phaseFair', 'writersFirst', 'readersFirst'] as const;
export type PolicyName = (typeof POLICIES)[number];

/** What is known of a waiter when it is decided who goes first. */
export interface Waits {
  readonly mode: LockMode;
  /** Its place in the order of asking. */
  readonly order: number;
  /** Whether it is asked through a lease. */
  readonly nested: boolean;
  readonly priority?: number;
  /** What is let in with it, where that is more: all of them go where the strongest goes. */
  readonly together?: readonly Waits[];
}

/** The table of the contract, word for word. */
export const COMPATIBLE: Record<LockMode, Record<LockMode, boolean>> = {
  read: { read: true, upgradable: true, write: false },
  upgradable: { read: true, upgradable: false, write: false },
  write: { read: false, upgradable: false, write: false },
};

/** The mode of a holder: the strongest of its live leases. */
export function strongest(modes: readonly LockMode[]): LockMode | undefined {
  return (['write', 'upgradable', 'read'] as const).find((mode) => modes.includes(mode));
}

/**
 * Whether a waiter goes before another request, and keeps it out (A3, A4, A9, D6).
 *
 * @param turn - the order of the last request that was made before the last write ended
 */
export function isAhead(policy: PolicyName, waiter: Waits, request: Waits, turn: number): boolean {
  if (waiter === request || COMPATIBLE[waiter.mode][request.mode]) return false;
  const [first, second] = [rankOf(waiter), rankOf(request)];
  if (first !== second) return first > second;
  const [a, b] = [leaderOf(waiter), leaderOf(request)];
  if (isWriter(a) === isWriter(b)) return a.order < b.order;
  return isWriter(b) ? readerGoesFirst(policy, a, b, turn) : !readerGoesFirst(policy, b, a, turn);
}

/** Whether it goes as a writer where it is told who goes first. */
export function isWriter(waiter: Waits): boolean {
  return leaderOf(waiter).mode === 'write';
}

function leaderOf(waiter: Waits): Waits {
  const { together = [waiter] } = waiter;
  const mode = strongest(together.map(({ mode }) => mode));
  return together.find((one) => one.mode === mode) ?? waiter;
}

/** Upgrades go before all, and among themselves in the order of asking. */
function rankOf({ nested, together = [], priority = 0 }: Waits): number {
  return nested || together.some((one) => one.nested) ? Infinity : priority;
}

function readerGoesFirst(policy: PolicyName, reader: Waits, writer: Waits, turn: number): boolean {
  switch (policy) {
    case 'fifo':
      return reader.order < writer.order;
    case 'writersFirst':
      return false;
    case 'readersFirst':
      return true;
    case 'phaseFair':
      return (reader.mode === 'read' && reader.order <= turn) || reader.order < writer.order;
  }
}

/** Upgrades first, then higher priorities, then the order of asking. */
export function byPrecedence(a: Waits, b: Waits): number {
  const [first, second] = [rankOf(a), rankOf(b)];
  return first === second ? a.order - b.order : first > second ? -1 : 1;
}
