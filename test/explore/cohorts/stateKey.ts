import type { Request } from '../../model/ReferenceLock.js';
import { isNested } from '../steps.js';
import type { ModelSide } from './ModelSide.js';
import type { Kind } from './steps.js';

/**
 * Tells one state from another by everything that the future of the reference may depend on:
 *
 * - how many clients have still to make their request;
 * - of each process, whether its lock is closed or has failed, and whether the engine can be reached;
 *   its lease with what is left of the budget, or the mode in which it requests one; and whether
 *   another process has had a lease since its last one;
 * - the waiting requests in their order, and the leases in the order of their grants: of each its
 *   mode, its owner, how it requests, and whether its source is subscribed;
 * - who waits for the second lock of a process, and for the engine, and who holds these.
 *
 * Left out, because no step and no comparison depends on it: the names of the clients and of what is
 * requested of the engine, and versions and numbers, which only grow.
 */
export function stateKey(side: ModelSide): string {
  const { cohorts, seconds, engine, number, requested, terms } = side;
  const live = cohorts.flatMap(({ waiting, held }) =>
    [...waiting, ...held].map(({ name }) => name),
  );
  const owners = cohorts.flatMap(({ waiting, held }) =>
    [...waiting, ...held].map(({ owner }) => owner),
  );
  const tell = ({ name, owner, mode, kind }: Request & { kind: Kind }) =>
    [owners.indexOf(owner), mode, isNested(name), kind, side.isGranted(name)].join();
  const all = <T>(requests: readonly T[], telling: (request: T) => string) =>
    requests.map(telling).join(';');
  const places = cohorts.map((cohort) => {
    const { place, waiting, held, closed, failure } = cohort;
    const { isDown, lease, asking, grants, isReturning, last } = place;
    const left = lease && Math.max(0, terms.grants - grants);
    const isLast = last === 0 || last === number;
    return [
      [closed, failure, isDown, lease?.mode, left, isReturning, asking?.mode, isLast].join(),
      all(waiting, (one) => `${tell(one)},${cohort.isOfTheLastPhase(one)}`),
      all(held, tell),
    ].join('|');
  });
  const of = ({ name }: { name: string }) => String(live.indexOf(name));
  return [
    terms.clients - requested,
    ...places,
    ...seconds.map(({ waiting, held }) => `${all(waiting, of)}/${all(held, of)}`),
    ...[engine.waiting, engine.held].map((requests) =>
      all(requests, ({ process }) => `${process}`),
    ),
  ].join(' ');
}
