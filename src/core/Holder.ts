import type { LockMode } from './LockMode.js';

/** The party that owns one or more leases: how many it has of each mode. */
export class Holder {
  read = 0;
  upgradable = 0;
  write = 0;

  /** The strongest mode among its leases; `undefined` once it has none. */
  get mode(): LockMode | undefined {
    if (this.write > 0) return 'write';
    if (this.upgradable > 0) return 'upgradable';
    return this.read > 0 ? 'read' : undefined;
  }
}
