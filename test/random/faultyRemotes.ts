/** A fault that is put into the sources of the remote lock, and which the walks must find. */
export interface SeededFault {
  readonly name: string;
  readonly file: string;
  readonly sound: string;
  readonly faulty: string;
  /** The seed of a walk that finds it soon. */
  readonly seed: number;
}

/** The faults that are easily made. Each was made once, in a prototype or on the way. */
export const SEEDED: readonly SeededFault[] = [
  {
    name: 'an upgrade stands behind the others for ever',
    file: 'src/remote/Others.ts',
    sound: 'return Number.MAX_VALUE;',
    faulty: 'return Infinity;',
    seed: 7,
  },
  {
    name: 'the others stand behind what waits here, whatever the budget',
    file: 'src/remote/Others.ts',
    sound: 'return Number.MAX_VALUE;',
    faulty: 'return 0;',
    seed: 2,
  },
  {
    name: 'an upgrade survives the loss of its lease',
    file: 'src/core/evict.ts',
    sound: 'filter(({ owner }) => owner);',
    faulty: 'filter(({ owner }) => owner && owner === by.owner);',
    seed: 5,
  },
  {
    name: 'the leases here survive a loss',
    file: 'src/core/evict.ts',
    sound: 'const leases = [...core.leases, ...core.deliveries];',
    faulty: 'const leases = [...core.leases, ...core.deliveries].slice(1);',
    seed: 1,
  },
  {
    name: 'a grant that has not been delivered ends with a loss',
    file: 'src/remote/Mediator.ts',
    sound:
      'return lease.phase === GRANTED || (lease.phase === HELD && !!limits && !limits.closed);',
    faulty: 'return !limits && false;',
    seed: 1,
  },
  {
    name: 'a shared lease is exchanged while readers have it',
    file: 'src/remote/Mediator.ts',
    sound: '    if (!this.isFree) return false;\n',
    faulty: '',
    seed: 17,
  },
  {
    name: 'a lock that has been closed keeps the lease beyond its budget',
    file: 'src/remote/Mediator.ts',
    sound: '    this.#core.accept(back, true);\n',
    faulty: '',
    seed: 2,
  },
  {
    name: 'the lease is released before what is held here',
    file: 'src/remote/Mediator.ts',
    sound: '    this.#return = back;\n',
    faulty: '    this.#return = back;\n    this.#hand?.hold.end();\n',
    seed: 1,
  },
  {
    name: 'a request to the engine is not cancelled with the last request here',
    file: 'src/remote/Mediator.ts',
    sound: '    before?.end();\n',
    faulty: '',
    seed: 1,
  },
  {
    name: 'a part of an unfinished allOf is not requested again',
    file: 'src/many/MultiLock.ts',
    sound: '    this.advance(request);\n    return true;',
    faulty: '    return true;',
    seed: 16,
  },
  {
    name: 'an engine that fails leaves the requests waiting',
    file: 'src/remote/Mediator.ts',
    // Nothing is requested again, as a driver that still fails would be requested for ever.
    sound: '    if (isRequested) this.#requested = undefined;\n',
    faulty: '    if (isRequested) return;\n',
    seed: 1,
  },
];
