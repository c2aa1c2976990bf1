import { NEVER } from 'rxjs';
import { type Gate, ReadWriteLock, withGate } from 'rxjs-rwlock';
import { defineLockPanel } from 'rxjs-rwlock/devtools';
import { Recording } from '../../src/devtools/panel/Recording.js';

// What the panel keeps; `test/browser/panel.test.ts` shows what it draws.

const hold = (gate: Gate, label: string) => NEVER.pipe(withGate(gate, { label })).subscribe();

let time = 0;
let changes = 0;

function recordingOf(locks: readonly ReadWriteLock[], most?: number): Recording {
  time = 0;
  changes = 0;
  const recording = new Recording(
    () => time++,
    () => changes++,
    most,
  );
  recording.watch(new Set(locks.map(({ core }) => core)));
  return recording;
}

const labelsOf = ({ lanes }: Recording) => lanes.map(({ label }) => label);

it('N2: a lane knows what its request waits for, and what it has waited for last', () => {
  const lock = new ReadWriteLock();
  const recording = recordingOf([lock]);
  const a = hold(lock.reader, 'a');
  const b = hold(lock.reader, 'b');
  hold(lock.writer, 'c');
  const [laneA, laneB, laneC] = recording.lanes;
  expect(laneC?.blocker).toBe(laneA);
  a.unsubscribe();
  expect(laneC?.findBlocker?.()).toBe(laneB);
  b.unsubscribe();
  expect(laneC?.blocker).toBe(laneB);
  expect(laneC?.findBlocker?.()).toBeUndefined();
});

it('N2: an immediate grant has no wait, and only a wait is cancelled', () => {
  const lock = new ReadWriteLock();
  const recording = recordingOf([lock]);
  const a = hold(lock.writer, 'a');
  const b = hold(lock.writer, 'b');
  b.unsubscribe();
  a.unsubscribe();
  expect(recording.lanes).toMatchObject([
    { label: 'a', note: 'lock', requested: 0, granted: 0, ended: 3 },
    { label: 'b', requested: 1, ended: 2, outcome: 'cancelled' },
  ]);
  expect(recording.lanes[0]?.outcome).toBeUndefined();
  expect(recording.open).toBe(0);
});

it('N2: what is there already begins when it is watched', () => {
  const lock = new ReadWriteLock();
  hold(lock.writer, 'a');
  hold(lock.reader, 'b');
  const recording = recordingOf([lock]);
  expect(recording.lanes).toMatchObject([
    { label: 'a', granted: 0 },
    { label: 'b', requested: 1 },
  ]);
  expect(recording.lanes[1]?.granted).toBeUndefined();
});

it('N2: of the lanes that have ended the oldest are forgotten, and nothing keeps them', () => {
  const lock = new ReadWriteLock();
  const recording = recordingOf([lock], 20);
  const open = hold(lock.reader, 'open');
  for (let i = 0; i < 100; i++) hold(lock.reader, `${i}`).unsubscribe();
  const { lanes } = recording;
  expect(lanes.length).toBeLessThanOrEqual(20);
  expect(labelsOf(recording).at(0)).toBe('open');
  expect(labelsOf(recording).at(-1)).toBe('99');
  expect(lanes.map(({ index }) => index)).toEqual([...lanes.keys()]);
  open.unsubscribe();
  recording.clear();
  expect(recording.lanes).toEqual([]);
});

it('N2: a lane that is forgotten keeps no other one', () => {
  const lock = new ReadWriteLock();
  const recording = recordingOf([lock]);
  const a = hold(lock.writer, 'a');
  const b = hold(lock.writer, 'b');
  hold(lock.writer, 'c');
  a.unsubscribe();
  b.unsubscribe();
  const [, laneB, laneC] = recording.lanes;
  recording.clear();
  expect(labelsOf(recording)).toEqual(['c']);
  expect([laneC?.blocker, laneB?.blocker]).toEqual([laneB, undefined]);
});

it('N2: of a lock that is no longer watched, the lanes end; the others go on', () => {
  const [first, second] = [new ReadWriteLock({ name: 'a' }), new ReadWriteLock({ name: 'b' })];
  const recording = recordingOf([first, second]);
  hold(first.writer, 'held');
  hold(first.writer, 'waiting');
  hold(second.writer, 'other');
  recording.watch(new Set([second.core]));
  expect(first.core.observing).toBe(0);
  expect(recording.lanes).toMatchObject([{ ended: 3 }, { ended: 4 }, {}]);
  expect(recording.lanes.map(({ outcome }) => outcome)).toEqual([undefined, undefined, undefined]);
  expect(recording.open).toBe(1);
  const before = changes;
  hold(first.writer, 'unseen');
  expect(changes).toBe(before);
});

it('N2: in Node there are no elements, and defining the panel does nothing', () => {
  expect(() => defineLockPanel()).not.toThrow();
});
