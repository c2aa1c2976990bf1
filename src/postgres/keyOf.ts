import { createHash } from 'node:crypto';

/**
 * Returns the key of the advisory locks that a name stands for: the first eight bytes of its SHA-256
 * hash, as the signed number that PostgreSQL takes.
 */
export function keyOf(name: string): string {
  return createHash('sha256').update(`rxjs-rwlock\0${name}`).digest().readBigInt64BE().toString();
}
