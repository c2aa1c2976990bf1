import { untracked } from '@angular/core';

/** What is used of zone.js, if an application loads it. */
interface Zones {
  readonly Zone?: { readonly current: { run(work: () => void): void } };
}

/**
 * Captures the zone of its caller, as the `context` of a lock. The result runs a function in that
 * zone, and without the reactive consumer of whoever runs it: otherwise an effect that releases a
 * lock would track the signals that the next source reads.
 */
export function callersZone(): (run: () => void) => void {
  const zone = (globalThis as Zones).Zone?.current;
  return (run) => untracked(() => (zone ? zone.run(run) : run()));
}
