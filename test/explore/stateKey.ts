import type { ModelRequest } from '../model/ReferenceLock.js';
import type { ModelSide } from './ModelSide.js';

/**
 * Tells one state from another by everything that the future of the reference may depend on:
 *
 * - how many clients are still to ask, and whether the lock is closed or failed;
 * - who waits, in the order of asking, and who holds, in the order of the grants: that is the order
 *   in which a failing lock tells them. Where the lock can't fail, holders differ by mode alone;
 * - of each request its mode, the form of its operator, which a downgrade does not change, what its
 *   source is still to do, and which requests belong to one holder;
 * - of a waiter, whether it asked before the last write ended (under `phaseFair`).
 *
 * Left out, because no step and no comparison depends on it: the names of clients, who are alike
 * but for their requests; how often was asked, and which write was the last but as above; `version`,
 * which only grows; who has come and gone. The real lock can't be asked for a key. Should it
 * remember more than the reference, only the walks along every path and the random ones can tell.
 */
export function stateKey(side: ModelSide): string {
  const { lock, asked, terms } = side;
  const { waiting, held, closed, failed } = lock;
  const clients = [...new Set([...waiting, ...held].map(({ client }) => client))];
  const tell = (request: ModelRequest, waits: boolean) =>
    [
      clients.indexOf(request.client),
      request.mode,
      request.nested,
      request.merged,
      stillToDo(side, request, waits, clients),
    ].join();
  const waiters = waiting.map((w) => `${tell(w, true)},${String(lock.isOfTheLastPhase(w))}`);
  const holders =
    terms.alphabet === 'full'
      ? held.map((h) => tell(h, false))
      : held.map(({ mode }) => mode).sort();
  return [terms.clients - asked, closed, failed, waiters.join(';'), holders.join(';')].join('|');
}

/** What a source will do that one which goes on until told would not. */
function stillToDo(
  { asked, terms }: ModelSide,
  { source, client }: ModelRequest,
  waits: boolean,
  clients: readonly number[],
): string {
  const cancels = (other: number) => {
    if (other === asked && asked < terms.clients) return 'cancels who asks next';
    return clients.includes(other) ? `cancels ${clients.indexOf(other)}` : '';
  };
  switch (source) {
    case 'sync':
      return waits ? source : '';
    case 'asking':
      return waits && asked < terms.clients ? source : '';
    case 'parting':
    case 'telling':
      return asked < terms.clients ? source : '';
    case 'cancelling':
      return waits ? cancels(client + 1) : '';
    default:
      return '';
  }
}
