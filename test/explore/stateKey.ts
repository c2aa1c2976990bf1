import type { ModelRequest, ModelSide, Reader } from './ModelSide.js';
import { clientOf, isNested } from './steps.js';

/**
 * Tells one state from another by everything that the future of the reference may depend on:
 *
 * - how many clients have still to make their request, and whether the lock is closed or failed;
 * - the waiting requests in their order, and the leases in the order of their grants, in which a
 *   failing lock tells them. If the lock can't fail, leases differ by their mode alone;
 * - of each request its mode, the form of its operator, which a downgrade does not change, what its
 *   source is still to do, and which requests have the same owner;
 * - of a read that may read again, where it is, what it has seen and what it has yielded to;
 * - of a waiting request, whether it was made before the last write ended (under `phaseFair`).
 *
 * Left out, because no step and no comparison depends on it: the names of the clients, who are alike
 * but for their requests; how many requests have been made, and which write was the last but as above;
 * `version`, which only grows; the requests that have ended. The real lock can't be asked for a key.
 * If it remembers more than the reference, only the walks along every path and the random ones can tell.
 */
export function stateKey(side: ModelSide): string {
  const { lock, requested, terms } = side;
  const { waiting, held, closed, failure } = lock;
  const owners = [...new Set([...waiting, ...held].map(({ owner }) => owner))];
  const tell = (request: ModelRequest, waits: boolean) =>
    [
      owners.indexOf(request.owner),
      request.mode,
      isNested(request.name),
      request.merged,
      stillToDo(side, request, waits, owners.map(clientOf)),
    ].join();
  const queue = waiting.map((one) => `${tell(one, true)},${String(lock.isOfTheLastPhase(one))}`);
  const leases =
    terms.alphabet !== 'basic'
      ? held.map((lease) => tell(lease, false))
      : held.map(({ mode }) => mode).sort();
  const parts = [terms.clients - requested, closed, failure, queue.join(';'), leases.join(';')];
  return [...parts, [...side.readers].map((reader) => tellReader(side, reader)).join(';')].join(
    '|',
  );
}

/** What a read that may read again will do, beside its request. */
function tellReader({ lock, requested, terms }: ModelSide, reader: Reader): string {
  const { again, source, request, isIdle, seen, yields, yielded } = reader;
  const at = (requests: readonly ModelRequest[]) =>
    requests.findIndex(({ name }) => name === request);
  const run = lock.held.find(({ name }) => name === request);
  const ofWaiting = lock.waiting.map(({ name, place }) => [
    run?.waitedThen.includes(name),
    place === yielded?.to,
  ]);
  const asks = requested < terms.clients || source === 'sync' ? source : '';
  const isStale = again === 'live' && lock.version > seen;
  const where = [at(lock.waiting), at(lock.held), isIdle, isStale];
  return [again, asks, ...where, again === 'yielding' && [yields, !!yielded, ofWaiting]].join();
}

/** What a source will do that one which goes on until told to end would not. */
function stillToDo(
  { requested, terms }: ModelSide,
  { source, name }: ModelRequest,
  waits: boolean,
  clients: readonly number[],
): string {
  const cancels = (other: number) => {
    if (other === requested && requested < terms.clients) return 'cancels the next request';
    return clients.includes(other) ? `cancels ${clients.indexOf(other)}` : '';
  };
  switch (source) {
    case 'sync':
      return waits ? source : '';
    case 'in grant':
      return waits && requested < terms.clients ? source : '';
    case 'in teardown':
    case 'in completion':
      return requested < terms.clients ? source : '';
    case 'cancelling':
      return waits ? cancels(clientOf(name) + 1) : '';
    default:
      return '';
  }
}
