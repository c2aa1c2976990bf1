import { type LockEngineCode, LockEngineError } from '../remote/index.js';

/** What the caller can do about an error, by its code. */
const ADVICE: Readonly<Record<LockEngineCode, string>> = {
  unreachable: "PostgreSQL can't be reached",
  exhausted:
    'PostgreSQL has no room for another session or lock; raise max_connections or ' +
    'max_locks_per_transaction, or let fewer requests wait at the same time',
  pooled:
    'a connection pooler stands before PostgreSQL, and an advisory lock belongs to a session; ' +
    'connect to the server itself',
  standby: 'this server is a standby, which keeps no locks for the others; connect to the primary',
  permission: 'the role lacks a permission; the setupSql of PostgresLocks says what it needs',
  unsupported: 'this server is not PostgreSQL 14 or newer, or is not set up as the locks need it',
};

/** The codes of PostgreSQL's errors by how they begin. The rest of them are `unsupported`. */
const CODES: readonly (readonly [start: string, code: LockEngineCode])[] = [
  // A pooler says so of the parameters that it does not know.
  ['08P01', 'pooled'],
  ['08', 'unreachable'],
  // Shutting down, starting up, ended by an administrator or by a timeout.
  ['57', 'unreachable'],
  ['XX', 'unreachable'],
  ['53', 'exhausted'],
  ['25006', 'standby'],
  ['28', 'permission'],
  ['42501', 'permission'],
];

/** Makes an error that says what to do from whatever `pg` or the server has failed with. */
export function engineErrorOf(cause: unknown): LockEngineError {
  if (isEngineError(cause)) return cause;
  const state = sqlStateOf(cause);
  const code =
    state === undefined
      ? 'unreachable'
      : (CODES.find(([start]) => state.startsWith(start))?.[1] ?? 'unsupported');
  const { message, code: what } = cause as { message?: string; code?: string };
  // Several addresses that all refuse make one error without a message.
  return engineError(code, [message, what].find(Boolean) ?? String(cause), cause);
}

export function engineError(code: LockEngineCode, what: string, cause?: unknown): LockEngineError {
  return new LockEngineError(`${ADVICE[code]} (${what})`, { code, cause });
}

export function isEngineError(error: unknown): error is LockEngineError {
  return error instanceof LockEngineError;
}

/** The five characters by which PostgreSQL tells its errors apart; errors of a socket have none. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && severity !== undefined ? code : undefined;
}
