import type { Survivor } from './unexplained.js';

/** Every mutant that is known to survive, and why no test can, or needs to, find it. */
export const survivors: readonly Survivor[] = [
  {
    file: 'core/LockCore.ts',
    line: "note(core, 'closed');",
    mutant: '\'closed\' → ""',
    reason:
      'What the transition is called matters where a request goes with it; none goes with this one.',
  },
  {
    file: 'core/LockCore.ts',
    line: 'if (one.phase > WAITING || !fits(core, one)) return false;',
    mutant: 'one.phase > WAITING → false',
    reason:
      'What keeps a mate out is still there when the mate has gone. It is a guard for policies that change their answer.',
  },
  {
    file: 'core/LockCore.ts',
    line: 'if (holder || waiting[NONE] === 0) return true;',
    mutant: 'waiting[NONE] === 0 → false',
    reason: 'Where nobody waits there is nobody ahead: it saves the look.',
  },
  {
    file: 'core/LockCore.ts',
    line: 'if (by > 0 || strength !== WRITE || holder?.[WRITE]) return;',
    mutant: 'by > 0 → by >= 0',
    reason: 'Nobody counts by 0.',
  },
  {
    file: 'core/LockCore.ts',
    line: 'if (core.observers.length === 0) return;',
    mutant: 'core.observers.length === 0 → false',
    reason: 'Where there is no observer there is nobody to be told: it saves a copy.',
  },
  {
    file: 'core/LockCore.ts',
    line: 'if (core.waiting[NONE] > 0)',
    mutant: 'core.waiting[NONE] > 0 → true',
    reason: 'Where nobody waits there is nobody to be let in: it saves the look.',
  },
  {
    file: 'core/LockCore.ts',
    line: 'if (core.waiting[NONE] > 0 && core.held[NONE] === 0) admitFirst(core);',
    mutant: 'core.waiting[NONE] > 0 → true',
    reason: 'Where nobody waits there is nobody to be let in: it saves the look.',
  },
  {
    file: 'core/LockCore.ts',
    line: 'if (core.waiting[NONE] > 0)',
    mutant: 'core.waiting[NONE] > 0 → core.waiting[NONE] >= 0',
    reason: 'Where nobody waits there is nobody to be let in: it saves the look.',
  },
  {
    file: 'core/LockCore.ts',
    line: 'if (core.waiting[NONE] > 0 && core.held[NONE] === 0) admitFirst(core);',
    mutant: 'core.waiting[NONE] > 0 → core.waiting[NONE] >= 0',
    reason: 'Where nobody waits there is nobody to be let in: it saves the look.',
  },
  {
    file: 'core/LockCore.ts',
    line: 'if (request.wait) core.waits.push(request);',
    mutant: 'request.wait → true',
    reason: 'Where nothing ends with the wait nothing is done: it saves the place.',
  },
  {
    file: 'core/LockCore.ts',
    line: 'if (core.waits.length > 0) endWaits(core);',
    mutant: 'core.waits.length > 0 → true',
    reason: 'Where there are none nothing is done: it saves the call.',
  },
  {
    file: 'core/LockCore.ts',
    line: 'if (core.waits.length > 0) endWaits(core);',
    mutant: 'core.waits.length > 0 → core.waits.length >= 0',
    reason: 'Where there are none nothing is done: it saves the call.',
  },
  {
    file: 'core/LockCore.ts',
    line: 'if (first) admit(core, first);',
    mutant: 'first → true',
    reason: 'Where somebody waits there is a first one, which the type of an array cannot tell.',
  },
  {
    file: 'core/Waiters.ts',
    line: 'const first = this.#queues[strength - 1]?.first;',
    mutant: 'this.#queues[strength - 1]?.first → this.#queues[strength - 1].first',
    reason: 'There is a queue for each mode, which the type of an index cannot tell.',
  },
  {
    file: 'operators/SourceClaim.ts',
    line: 'if (!teardown || teardown === this) return;',
    mutant: '!teardown || teardown === this → false',
    reason:
      'To add nothing does nothing, and one that ends itself is busy then: it saves a subscription.',
  },
  {
    file: 'operators/SourceClaim.ts',
    line: 'if (!teardown || teardown === this) return;',
    mutant: '!teardown || teardown === this → !teardown && teardown === this',
    reason:
      'To add nothing does nothing, and one that ends itself is busy then: it saves a subscription.',
  },
  {
    file: 'operators/SourceClaim.ts',
    line: 'if (!teardown || teardown === this) return;',
    mutant: 'teardown === this → false',
    reason:
      'To add nothing does nothing, and one that ends itself is busy then: it saves a subscription.',
  },
  {
    file: 'core/Queue.ts',
    line: 'while (link !== this && (link as Request).rank < request.rank) link = link.ahead as Link;',
    mutant: 'link !== this → true',
    reason: 'The queue itself has no rank, and undefined is not below a number.',
  },
  {
    file: 'core/Waiters.ts',
    line: 'this.#queues[request.strength - 1]?.insert(request);',
    mutant:
      'this.#queues[request.strength - 1]?.insert → this.#queues[request.strength - 1].insert',
    reason: 'There is a queue for each mode, which the type of an index cannot tell.',
  },
  {
    file: 'core/policies/fifo.ts',
    line: 'export const fifo: LockPolicy = (reader, writer) => reader.order < writer.order;',
    mutant: 'reader.order < writer.order → reader.order <= writer.order',
    reason: 'No two requests have the same order.',
  },
  {
    file: 'core/policies/phaseFair.ts',
    line: "(reader.mode === 'read' && reader.order <= turn) || reader.order < writer.order;",
    mutant: 'reader.order < writer.order → reader.order <= writer.order',
    reason: 'No two requests have the same order.',
  },
  {
    file: 'core/policies/writersFirst.ts',
    line: 'export const writersFirst: LockPolicy = () => false;',
    mutant: '() => false → () => undefined',
    reason: 'What is falsy is no.',
  },
  {
    file: 'core/precedence.ts',
    line: 'return a.rank === b.rank ? a.order < b.order : a.rank > b.rank;',
    mutant: 'a.rank > b.rank → a.rank >= b.rank',
    reason: 'The two are not equal there.',
  },
  {
    file: 'lock/Claim.ts',
    line: 'if (this.phase === HELD) this.observer.complete?.();',
    mutant: 'this.phase === HELD → true',
    reason: 'A consumer that has been told of the end takes no second one.',
  },
  {
    file: 'lock/Claim.ts',
    line: 'this.observer.next?.(this);',
    mutant: 'this.observer.next?.(this) → this.observer.next(this)',
    reason: 'Who has no next() is never called back.',
  },
  {
    file: 'lock/Claim.ts',
    line: 'if (through) this.gate = through.gate;',
    mutant: 'through → false',
    reason:
      'It lets go of the outer lease for the garbage collector: the tests of leaks, which are left out here, find it.',
  },
  {
    file: 'lock/GateAction.ts',
    line: '#due = false;',
    mutant: 'false → true',
    reason: 'It is set before it is looked at.',
  },
  {
    file: 'lock/GateAction.ts',
    line: 'if (this.closed) return this;',
    mutant: 'this.closed → false',
    reason: 'An action that has ended is stopped once more before it asks.',
  },
  {
    file: 'lock/GateAction.ts',
    line: 'this.#busy = true;',
    mutant: 'true → false',
    reason: 'Found by the tests that the stack does not grow, which are left out here.',
  },
  {
    file: 'lock/ReadWriteLock.ts',
    line: '...(request.failed && { error: (error: unknown) => request.failed?.(error) }),',
    mutant: 'request.failed?.(error) → request.failed(error)',
    reason: 'It is there, unless somebody takes it away meanwhile.',
  },
  {
    file: 'lock/RequestOptions.ts',
    line: 'if (options === NO_OPTIONS) return options;',
    mutant: 'options === NO_OPTIONS → false',
    reason: 'To check them again gives the same, more slowly.',
  },
  {
    file: 'lock/RequestOptions.ts',
    line: 'least = -Infinity,',
    mutant: '-Infinity → +Infinity',
    reason: 'Every number that is checked has a least one.',
  },
  {
    file: 'lock/limitWait.ts',
    line: 'if (claim.released || !(inTime || signal)) return;',
    mutant: 'inTime || signal → true',
    reason: 'What would be subscribed never emits: it saves the subscription.',
  },
  {
    file: 'operators/SourceClaim.ts',
    line: 'this.#teardown?.remove(teardown);',
    mutant: 'this.#teardown?.remove → this.#teardown.remove',
    reason: 'RxJS removes only what it has added.',
  },
  {
    file: 'core/LockMode.ts',
    line: '/* nothing    */ WRITE + 1,',
    mutant: 'WRITE + 1 → /* nothing */WRITE - 1',
    reason: 'Nobody asks for NONE.',
  },
  {
    file: 'core/Request.ts',
    line: 'get mate(): Request | undefined {',
    mutant: '{ return undefined; } → {}',
    reason: 'A function that does nothing returns undefined as well.',
  },
];
