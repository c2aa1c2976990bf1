import { Room } from './Room.js';
import type { Scope } from './Scope.js';

/** What a lock is divided into. */
export interface LockRooms {
  /** The room of a scope; a new one where there is none yet. */
  at(scope: Scope): Room;
  /** Keeps a room for as long as it is used. */
  keep(room: Room): void;
  /** The rooms in which somebody may be in the way of a request; those of all are all. */
  reach(scope: Scope): Iterable<Room>;
}

/** Those of a lock that is not divided. */
export function oneRoom(): LockRooms {
  const room = new Room();
  const all = [room];
  return { at: () => room, keep: () => undefined, reach: () => all };
}
