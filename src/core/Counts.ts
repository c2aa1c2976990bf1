import { KEPT_OUT_FROM, NONE, type PerStrength, type Strength, WRITE } from './LockMode.js';

/** How many leases, or waiters, there are of each mode; of `NONE`, of any. */
export type Counts = PerStrength;

export function tally(counts: Counts, strength: Strength, by: 1 | -1): void {
  counts[strength] += by;
  counts[NONE] += by;
}

/** Whether any are counted, beside one's own, of a mode that conflicts. */
export function anyAgainst(counts: Counts, strength: Strength, own?: Counts): boolean {
  for (let other = KEPT_OUT_FROM[strength]; other <= WRITE; other++)
    if ((counts[other] as number) > (own?.[other] ?? 0)) return true;
  return false;
}
