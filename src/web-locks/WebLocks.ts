/**
 * Where Web Locks are requested: `navigator.locks`, or something that stands in for it in a test.
 */
export interface WebLocks {
  /** As `navigator.locks.request`. */
  request(
    name: string,
    options: {
      readonly mode?: 'shared' | 'exclusive';
      readonly ifAvailable?: boolean;
      readonly signal?: AbortSignal;
    },
    granted: (lock: unknown) => unknown,
  ): Promise<unknown>;
}
