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
  /** What is let in with it, where that is more: with one write among them all go as writers. */
  readonly together?: readonly { readonly mode: LockMode }[];
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
  if (waiter === request) return false;
  if (waiter.nested) return true;
  if (COMPATIBLE[waiter.mode][request.mode]) return false;
  const [first, second] = [waiter.priority ?? 0, request.priority ?? 0];
  if (first !== second) return first > second;
  if (isWriter(waiter) === isWriter(request)) return waiter.order < request.order;
  return isWriter(request)
    ? readerGoesFirst(policy, waiter, request, turn)
    : !readerGoesFirst(policy, request, waiter, turn);
}

/** Whether it goes as a writer where it is told who goes first. */
export function isWriter(waiter: Waits): boolean {
  return (waiter.together ?? [waiter]).some(({ mode }) => mode === 'write');
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
  return (
    Number(b.nested) - Number(a.nested) ||
    (b.priority ?? 0) - (a.priority ?? 0) ||
    a.order - b.order
  );
}
