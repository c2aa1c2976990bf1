import type { LockMode } from 'rxjs-rwlock';

export const POLICIES = ['fifo', 'phaseFair', 'writersFirst', 'readersFirst'] as const;
export type PolicyName = (typeof POLICIES)[number];

/** The table of A3: whether a mode can be held beside another one by different owners. */
export const COMPATIBLE: Record<LockMode, Record<LockMode, boolean>> = {
  read: { read: true, upgradable: true, write: false },
  upgradable: { read: true, upgradable: false, write: false },
  write: { read: false, upgradable: false, write: false },
};

export function strongest(modes: Iterable<LockMode>): LockMode | undefined {
  const all = [...modes];
  return (['write', 'upgradable', 'read'] as const).find((mode) => all.includes(mode));
}

/** What decides which of two waiting requests is the earlier one. */
export interface Waiting {
  /** The strongest, if it has several keys. */
  readonly mode: LockMode;
  /** The number of the request: later requests have higher ones. */
  readonly order: number;
  /** That of a request through a lease is infinite (D6). */
  readonly effectivePriority: number;
}

/** The order without a policy (A9): higher priorities first, then the order of the requests. */
export function byPrecedence(a: Waiting, b: Waiting): number {
  if (a.effectivePriority === b.effectivePriority) return a.order - b.order;
  return a.effectivePriority > b.effectivePriority ? -1 : 1;
}

/**
 * Whether a waiting request counts as earlier than another request (A3, A4, A9, D6).
 *
 * @param turn - the order of the last request that was made before the last write ended
 */
export function isEarlier(policy: PolicyName, a: Waiting, b: Waiting, turn: number): boolean {
  if (a.effectivePriority !== b.effectivePriority || isWrite(a) === isWrite(b))
    return byPrecedence(a, b) < 0;
  return isWrite(b) ? readerGoesFirst(policy, a, b, turn) : !readerGoesFirst(policy, b, a, turn);
}

function isWrite({ mode }: Waiting): boolean {
  return mode === 'write';
}

function readerGoesFirst(
  policy: PolicyName,
  reader: Waiting,
  writer: Waiting,
  turn: number,
): boolean {
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
