import { readFileSync } from 'node:fs';
import type { PolicyName } from './rules.js';
import { replay } from './replay.js';
import { parseTraces, POLICY_NAMES, traceFile, type Walk } from './trace.js';

const walksOf = (policy: PolicyName): Walk[] =>
  parseTraces(readFileSync(traceFile(policy), 'utf8'));

it.each(POLICY_NAMES)('A–D: under %s the lock does what the formal model did', (policy) => {
  const walks = walksOf(policy);
  expect(walks.flat().length).toBeGreaterThan(50);
  for (const walk of walks) replay(policy, walk);
});

it('A–D: the traces have every step, and each that can let somebody in where it does', () => {
  const kinds = new Set(POLICY_NAMES.flatMap(walksOf).flatMap(kindsOf));
  const asking = ['asks r', 'asks u', 'asks w', 'nests r', 'nests u', 'nests w'];
  const ending = ['gives up', 'gives up +w', 'downgrades to r', 'downgrades to u'];
  const lettingIn = [...ending, 'lets go', 'lets go +'].map((action) => `${action}, lets in`);
  const waiting = ['asks r', 'asks u', 'asks w', 'nests w'].map((action) => `${action}, waits`);
  expect([...kinds]).toEqual(expect.arrayContaining([...asking, ...waiting, ...lettingIn]));
});

it.each(POLICY_NAMES.filter((policy) => policy !== 'fifo'))(
  'A4: what the model did under fifo is refused under %s, and the other way round',
  (policy) => {
    expect(doesAlike(policy, walksOf('fifo'))).toBe(false);
    expect(doesAlike('fifo', walksOf(policy))).toBe(false);
  },
);

it('A–D: the lock does what the example in the README tells', () => {
  const [, example = ''] = /```text\n(.*?)```/s.exec(readFileSync('model/README.md', 'utf8')) ?? [];
  expect(parseTraces(example).flat()).toHaveLength(5);
  expect(() => checkTrace(example)).not.toThrow();
});

it('a trace of which the lock does something else is refused at its line', () => {
  const walks = 'a asks w > a=w |\nb asks r > a=w | b?r\na downgrades to u > ';
  expect(() => checkTrace(`${walks}a=u b=r |`)).not.toThrow();
  expect(() => checkTrace(`${walks}a=u | b?r`)).toThrow('fifo, line 3: after "a downgrades to u"');
  expect(() => checkTrace(`# a policy that lets readers wait\n${walks}b=r |`)).toThrow('line 4');
});

it('a step of the traces after which somebody holds or waits for something else is refused', () => {
  const short = POLICY_NAMES.flatMap(walksOf).filter(({ length }) => length < 20);
  for (const walk of short)
    for (const [i, step] of walk.entries()) {
      const corrupted = { ...step, state: corrupt(step.state) };
      expect(() => checkWalk([...walk.slice(0, i), corrupted])).toThrow(`line ${step.line}:`);
    }
});

it('what is no step is refused', () => {
  expect(() => parseTraces('a asks x > a=x |')).toThrow('line 1 is no step');
  expect(() => parseTraces('\na asks r')).toThrow('line 2 is no step');
  expect(() => checkTrace('a nests w > a=-+w |')).toThrow('holds nothing');
});

function doesAlike(policy: PolicyName, walks: readonly Walk[]): boolean {
  try {
    for (const walk of walks) replay(policy, walk);
    return true;
  } catch {
    return false;
  }
}

function checkTrace(text: string): void {
  for (const walk of parseTraces(text)) checkWalk(walk);
}

function checkWalk(walk: Walk): void {
  replay('fifo', walk);
}

const OTHER: Readonly<Record<string, string>> = { r: 'w', u: 'r', w: 'u' };

function corrupt(state: string): string {
  const other = state.replace(/[ruw](?= |$)/, (letter) => OTHER[letter] ?? '');
  return other === state ? `z=r ${state}` : other;
}

/** A step by its action alone, and with what comes of it. */
function kindsOf(walk: Walk): string[] {
  return walk.flatMap(({ client, action, state }, i) => {
    const waiters = (text = '|') => text.split('|')[1]?.trim().split(' ').filter(Boolean) ?? [];
    const now = waiters(state);
    const left = waiters(walk[i - 1]?.state).filter((waiter) => !now.includes(waiter));
    return [
      action,
      ...(now.some((waiter) => waiter.startsWith(client)) ? [`${action}, waits`] : []),
      ...(left.some((waiter) => !waiter.startsWith(client)) ? [`${action}, lets in`] : []),
    ];
  });
}
