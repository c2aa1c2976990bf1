import type { LockRooms } from '../core/LockRooms.js';
import type { Room } from '../core/Room.js';
import type { Scope } from '../core/Scope.js';
import { KeyRoom } from './KeyRoom.js';

/** A room for each key, and one (`undefined`) for all. */
export class KeyedRooms implements LockRooms {
  // Invariant: a room is in here for as long as somebody holds or waits in it.
  readonly #rooms = new Map<Scope, KeyRoom>();

  at(scope: Scope): KeyRoom {
    return this.#rooms.get(scope) ?? new KeyRoom(scope);
  }

  keep(room: KeyRoom): void {
    if (room.isEmpty) this.#rooms.delete(room.scope);
    else this.#rooms.set(room.scope, room);
  }

  /** Who asks for a key meets those of the key and those of all; who asks for all meets everybody. */
  reach(scope: Scope): Iterable<Room> {
    if (scope === undefined) return this.#rooms.values();
    return [this.#rooms.get(scope), this.#rooms.get(undefined)].filter((room) => !!room);
  }
}
