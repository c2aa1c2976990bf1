import { TestScheduler } from 'rxjs/testing';
import 'rxjs-rwlock/testing/jest';
import { unhandled } from '../support/sources.js';
import { ReadWriteLock } from 'rxjs-rwlock';
import { checkMarbles, expectLock, occupyLock, runMarbles } from 'rxjs-rwlock/testing';

const lock = new ReadWriteLock({ name: 'settings' });
const wrong = (value: unknown) => value as never;

function run(test: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0]) => void): void {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);
}

it.each([undefined, {}, lock])(
  'occupyLock refuses at once a value that is not a gate: %p',
  (gate) => {
    run((helpers) => {
      expect(() => occupyLock(wrong(gate), '^', helpers)).toThrow(
        'the first argument of occupyLock must be a gate, such as lock.writer, got ',
      );
    });
  },
);

it.each(['!--^', '!^', '(!^)'])('occupyLock refuses the window %s', (window) => {
  run((helpers) => {
    expect(() => occupyLock(lock.reader, window, helpers)).toThrow('ends before it begins');
  });
});

it('occupyLock leaves the failure of its lock to the test', () => {
  const failing = new ReadWriteLock();
  run((helpers) => {
    occupyLock(failing.reader, '^', helpers);
    helpers.cold('--a').subscribe(() => failing.error(new Error('gone')));
    expectLock(failing, helpers).toBe('r-(f#)');
  });
});

it('occupyLock reports the refusal of a closed lock', async () => {
  const closed = new ReadWriteLock({ name: 'closed' });
  closed.complete();
  const errors = await unhandled(() => {
    run((helpers) => {
      occupyLock(closed.reader, '^', helpers);
    });
  });
  expect(errors.map(String)).toEqual([
    "LockClosedError: closed: can't acquire read, the lock is closed",
  ]);
});

it.each([undefined, {}, lock.writer])('expectLock refuses a value without states: %p', (what) => {
  run((helpers) => {
    expect(() => expectLock(wrong(what), helpers)).toThrow(
      'the first argument of expectLock must be a lock or an Observable of states, got ',
    );
  });
});

it('runMarbles and checkMarbles refuse a value that is not a text, runMarbles one that is not a runner', () => {
  const text = '## A\n\n```marbles\nlock fifo\n  state  f\n  where  f=-@0\n```\n';
  expect(() => checkMarbles(wrong(Buffer.from(text)))).toThrow("readFileSync(file, 'utf8')");
  expect(() => checkMarbles(wrong(undefined))).toThrow(TypeError);
  expect(() => runMarbles(text, wrong(undefined))).toThrow('{ describe, it }');
  expect(() => runMarbles(text, wrong({ describe, test }))).toThrow('{ describe, it }');
});

it('matchers refuse an unknown mode and a bad number, also when they are negated', () => {
  expect(() => expect(lock).not.toBeHeld(wrong('writer'))).toThrow(
    'a mode must be one of read, upgradable, write, got "writer"',
  );
  expect(() => expect(lock).toHaveWaiting(wrong({ reed: 1 }))).toThrow('got "reed"');
  expect(() => expect(lock).toHaveWaiting(wrong(undefined))).toThrow('{ read: 1 }');
  expect(() => expect(lock).not.toHaveWaiting(wrong(2))).toThrow('{ read: 1 }');
});

it("the matchers can't be registered without a global expect", () => {
  const { expect: own } = globalThis as { expect?: unknown };
  jest.isolateModules(() => {
    try {
      Object.assign(globalThis, { expect: undefined });
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      const register = () => require('rxjs-rwlock/testing/jest') as unknown;
      let error: unknown;
      try {
        register();
      } catch (reason) {
        error = reason;
      }
      Object.assign(globalThis, { expect: own });
      expect(String(error)).toContain('needs a global expect');
    } finally {
      Object.assign(globalThis, { expect: own });
    }
  });
});
