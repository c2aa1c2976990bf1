import type { ModelRequest, ModelSide } from './ModelSide.js';
import {
  type Alphabet,
  firstRunOf,
  isNested,
  nameOf,
  nestedIn,
  type SourceKind,
  type Step,
} from './steps.js';

const MODES = ['read', 'upgradable', 'write'] as const;
const ENDS = {
  basic: ['complete', 'unsubscribe'],
  full: ['complete', 'fail', 'unsubscribe'],
  reads: ['complete', 'fail', 'unsubscribe'],
} as const;
const SOURCES: Record<'ofTheLast' | 'ofAnother', Record<Alphabet, readonly SourceKind[]>> = {
  ofAnother: {
    basic: ['async'],
    full: ['async', 'sync', 'cancelling', 'in grant', 'in teardown', 'in completion'],
    reads: ['async', 'sync', 'in grant', 'in teardown', 'in completion'],
  },
  ofTheLast: { basic: ['async'], full: ['async', 'sync'], reads: ['async', 'sync'] },
};

/** What may happen next. Clients are alike until they make their request, so they do it in turn. */
export function nextSteps(side: ModelSide): Step[] {
  const { waiting, held, closed, failure } = side.lock;
  const steps = [...requests(side), ...ends(side)];
  for (const { name } of waiting) steps.push({ do: 'unsubscribe', name: firstRunOf(name) });
  for (const name of side.between) steps.push({ do: 'unsubscribe', name });
  if (side.terms.alphabet === 'basic') return steps;
  for (const lease of held) steps.push(...throughLease(side, lease));
  if (!closed) steps.push({ do: 'close lock' });
  if (failure === undefined) steps.push({ do: 'fail lock' });
  return steps;
}

/** Every way in which a lease may end. */
export function ends({ lock, terms }: ModelSide): Step[] {
  return lock.held.flatMap(({ name }) =>
    ENDS[terms.alphabet].map((way): Step => ({ do: way, name: firstRunOf(name) })),
  );
}

function requests({ requested, terms: { clients, alphabet } }: ModelSide): Step[] {
  if (requested === clients) return [];
  // What a source does with the next client it can't do without one: then it is like an asynchronous one.
  const sources = SOURCES[requested === clients - 1 ? 'ofTheLast' : 'ofAnother'][alphabet];
  const name = nameOf(requested);
  if (alphabet === 'reads') return reads(name, sources);
  return MODES.flatMap((mode) =>
    sources.map((source): Step => ({ do: 'request', name, mode, source })),
  );
}

function reads(name: string, sources: readonly SourceKind[]): Step[] {
  const plain = (['read', 'write'] as const).map((mode): Step => ({
    do: 'request',
    name,
    mode,
    source: 'async',
  }));
  const again = (['live', 'yielding'] as const).flatMap((again) =>
    sources.map((source): Step => ({ do: 'request', name, mode: 'read', source, again })),
  );
  return [...plain, ...again];
}

function throughLease({ lock, terms }: ModelSide, { name, mode }: ModelRequest): Step[] {
  if (isNested(name) || mode === 'read') return [];
  if (terms.alphabet === 'reads') return [{ do: 'downgrade', name, mode: 'read' }];
  const nested = nestedIn(name);
  const nests = [...lock.held, ...lock.waiting].some((other) => other.name === nested);
  const steps: Step[] = [{ do: 'downgrade', name, mode: 'read' }];
  if (mode === 'write') steps.push({ do: 'downgrade', name, mode: 'upgradable' });
  if (!nests) steps.push({ do: 'nest', name, mode: 'write' }, { do: 'nest', name, mode: 'read' });
  return steps;
}
