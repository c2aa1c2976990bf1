import type { LockTerms } from './LockCore.js';
import { conflict, WRITE } from './LockMode.js';
import { fifo } from './policies/fifo.js';
import type { Request } from './Request.js';

/** Whether a waiter keeps a request out: their modes conflict, and it goes first. */
export function keepsOut(terms: LockTerms, waiter: Request, request: Request): boolean {
  return conflict(waiter.strength, request.strength) && goesFirst(terms, waiter, request);
}

// Mates go where their leader goes: were they ahead for one key and behind for another, they and who
// stands between them would wait for each other.
function goesFirst(terms: LockTerms, { lead: a }: Request, { lead: b }: Request): boolean {
  if (a.rank !== b.rank || (a.strength === WRITE) === (b.strength === WRITE)) return precedes(a, b);
  return b.strength === WRITE ? readerGoesFirst(terms, a, b) : !readerGoesFirst(terms, b, a);
}

function readerGoesFirst(terms: LockTerms, reader: Request, writer: Request): boolean {
  let turn = Infinity;
  for (let one: Request | undefined = reader.first; one; one = one.mate)
    turn = Math.min(turn, terms.scopes.turnOf(one.scope));
  try {
    return terms.policy(reader, writer, turn);
  } catch (error) {
    terms.report(error);
    return fifo(reader, writer, turn);
  }
}

/** The order that needs no policy: higher ranks first, then who asked first. */
export function precedes(a: Request, b: Request): boolean {
  return a.rank === b.rank ? a.order < b.order : a.rank > b.rank;
}

export function byPrecedence(a: Request, b: Request): number {
  return precedes(a, b) ? -1 : 1;
}
