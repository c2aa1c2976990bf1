import { cannot, LockError } from '../core/errors.js';
import type { Request } from '../core/Request.js';

/** The failures of an engine that a program can tell apart. */
export type LockEngineCode =
  'unreachable' | 'exhausted' | 'pooled' | 'standby' | 'permission' | 'unsupported';

/**
 * The engine could not grant the lock: it can't be reached, for example, or has no session left.
 *
 * @remarks
 * All requests that wait in this process error with it, and nothing is left in the engine. A later
 * request, made by `retry` for example, requests a lease again.
 *
 * Drivers error with it, too: the request then gets the same code and the same reason.
 *
 * @example
 * ```ts
 * import { of, throwError } from 'rxjs';
 * import { withReadLock } from 'rxjs-rwlock';
 * import { LockEngineError, RemoteReadWriteLock } from 'rxjs-rwlock/remote';
 *
 * const down = new LockEngineError('no answer within 5 s', { code: 'unreachable' });
 * const lock = new RemoteReadWriteLock({ hold: () => throwError(() => down) });
 * of(1)
 *   .pipe(withReadLock(lock))
 *   .subscribe({ error: ({ code }: LockEngineError) => console.log(code) }); // unreachable
 * ```
 */
export class LockEngineError extends LockError {
  /** What kind of failure it is; `undefined` if the driver does not tell. */
  readonly code: LockEngineCode | undefined;

  /**
   * @param message - the reason
   * @param options - the kind of the failure, and the error that it comes from
   */
  constructor(
    message: string,
    options: { code?: LockEngineCode | undefined; cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.code = options.code;
  }

  override get name(): string {
    return 'LockEngineError';
  }
}

/** The error of a request that the engine has failed. */
export function engineError(request: Request, cause: unknown): LockEngineError {
  const { message = String(cause) } = (cause ?? {}) as Partial<Error>;
  const told = isEngineError(cause) ? cause : undefined;
  return new LockEngineError(`${cannot(request)}, ${message}`, {
    code: told?.code,
    cause: told?.cause ?? cause,
  });
}

/** A driver may be of another copy of this package. */
function isEngineError(error: unknown): error is LockEngineError {
  return (error as Partial<Error> | null | undefined)?.name === 'LockEngineError';
}
