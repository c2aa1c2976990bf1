import type { ModelRequest } from '../model/ReferenceLock.js';
import type { ModelSide } from './ModelSide.js';
import { type Alphabet, nameOf, type SourceKind, type Step } from './steps.js';

const MODES = ['read', 'upgradable', 'write'] as const;
const ENDS = {
  basic: ['complete', 'unsubscribe'],
  full: ['complete', 'fail', 'unsubscribe'],
} as const;
const SOURCES: Record<'ofTheLast' | 'ofAnother', Record<Alphabet, readonly SourceKind[]>> = {
  ofAnother: {
    basic: ['async'],
    full: ['async', 'sync', 'cancelling', 'asking', 'parting', 'telling'],
  },
  ofTheLast: { basic: ['async'], full: ['async', 'sync'] },
};

/** What may happen next. Clients are alike until they ask, so the next one asks. */
export function nextSteps(side: ModelSide): Step[] {
  const { waiting, held, closed, failed } = side.lock;
  const steps = [...asks(side), ...ends(side)];
  for (const { name } of waiting) steps.push({ do: 'unsubscribe', name });
  if (side.terms.alphabet === 'basic') return steps;
  for (const request of held) steps.push(...throughLease(side, request));
  if (!closed) steps.push({ do: 'close lock' });
  if (!failed) steps.push({ do: 'fail lock' });
  return steps;
}

/** Every way in which a hold may end. */
export function ends({ lock, terms }: ModelSide): Step[] {
  return lock.held.flatMap(({ name }) =>
    ENDS[terms.alphabet].map((way): Step => ({ do: way, name })),
  );
}

function asks({ asked, terms: { clients, alphabet } }: ModelSide): Step[] {
  if (asked === clients) return [];
  // What a source does to the next client it can't do where there is none: it is as any other.
  const sources = SOURCES[asked === clients - 1 ? 'ofTheLast' : 'ofAnother'][alphabet];
  const name = nameOf(asked);
  return MODES.flatMap((mode) =>
    sources.map((source): Step => ({ do: 'ask', name, mode, source })),
  );
}

function throughLease({ lock }: ModelSide, { name, mode, nested, client }: ModelRequest): Step[] {
  if (nested || mode === 'read') return [];
  const nests = [...lock.held, ...lock.waiting].some(
    (other) => other.nested && other.client === client,
  );
  const steps: Step[] = [{ do: 'downgrade', name, mode: 'read' }];
  if (mode === 'write') steps.push({ do: 'downgrade', name, mode: 'upgradable' });
  if (!nests) steps.push({ do: 'nest', name, mode: 'write' }, { do: 'nest', name, mode: 'read' });
  return steps;
}
