import * as fc from 'fast-check';
import type { LockMode } from 'rxjs-rwlock';
import { POLICIES, type PolicyName } from '../model/rules.js';

/** What can be requested: two locks, two keys of a third, and all keys of that. */
export const PLACES = ['p', 'q', 'x', 'y', 'all'] as const;
export type Place = (typeof PLACES)[number];
/** Which lock a place belongs to. */
export type LockName = 'p' | 'q' | 'keys';
export const LOCKS = ['p', 'q', 'keys'] as const;
export const lockOf = (place: Place): LockName => (place === 'p' || place === 'q' ? place : 'keys');

export const isKey = (place: Place): boolean => place === 'x' || place === 'y';

export interface GateSpec {
  readonly place: Place;
  readonly mode: LockMode;
}

/** How it is requested: by either form of the operator, for a lease in each way, or to run an action. */
export const FORMS = ['operator', 'function', 'acquire', 'next', 'try', 'action'] as const;
/** The operators that may read again. */
const READ_AGAIN = ['live', 'yielding'] as const;
export type Form = (typeof FORMS)[number] | (typeof READ_AGAIN)[number];
export const isReadAgain = (form: Form): boolean => form === 'live' || form === 'yielding';

export interface Conditions {
  readonly priority: number;
  readonly ifAvailable: boolean;
  readonly waitTimeout: number;
  /** Which of the signals, if any. */
  readonly signal: number | undefined;
  /** How often a yielding read yields. */
  readonly restarts?: number;
}

/** One thing that is done. `pick` chooses from what it can be done to. */
export type Act =
  | {
      readonly do: 'request';
      /** More than one is `allOf`. */
      readonly gates: readonly [GateSpec, ...GateSpec[]];
      readonly form: Form;
      readonly conditions: Conditions;
      /** Whether it is made at a gate that coalesces: one for each choice of gates. */
      readonly coalesces: 'latest' | 'drop' | undefined;
    }
  | {
      readonly do: 'nest';
      readonly pick: number;
      readonly mode: LockMode;
      /** What is requested together with it, by `allOf`. */
      readonly more: readonly GateSpec[];
      readonly form: Form;
      readonly conditions: Conditions;
    }
  | { readonly do: 'end' | 'unsubscribe'; readonly pick: number }
  | { readonly do: 'downgrade'; readonly pick: number; readonly mode: LockMode }
  | { readonly do: 'abort'; readonly signal: number }
  | { readonly do: 'pass'; readonly time: number }
  | { readonly do: 'close' | 'fail'; readonly lock: LockName };

/** What the locks are made with. */
export interface Terms {
  readonly policy: PolicyName;
  readonly maxWaiting: number;
  /** Where grants are delivered: at once, on `asapScheduler`, or on the scheduler of virtual time. */
  readonly scheduler: 'none' | 'asap' | 'virtual';
}

export const SIGNALS = 3;
/** No timer runs longer, in milliseconds. */
export const LONGEST_WAIT = 6;

const mode = fc.constantFrom<LockMode>('read', 'upgradable', 'write');
const formsOf = (combines: boolean): readonly Form[] =>
  combines ? [...FORMS, ...READ_AGAIN, ...READ_AGAIN] : FORMS;
const pick = fc.nat({ max: 1000 });
const gate = fc.record({ place: fc.constantFrom(...PLACES), mode });
const gates = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(gate) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(gate, gate, fc.array(gate, { maxLength: 2 }))
      .map(([a, b, more]) => [a, b, ...more] as const),
  },
);
const mostly = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
const more = mostly<readonly GateSpec[]>([], fc.array(gate, { minLength: 1, maxLength: 2 }));
const conditionsOf = (combines: boolean): fc.Arbitrary<Conditions> =>
  fc.record({
    priority: mostly(0, fc.integer({ min: -1, max: 1 })),
    ifAvailable: mostly(false, fc.constant(true)),
    waitTimeout: mostly(Infinity, fc.nat({ max: LONGEST_WAIT - 1 })),
    signal: mostly<number | undefined>(undefined, fc.nat({ max: SIGNALS - 1 })),
    ...(combines && { restarts: fc.nat({ max: 2 }) }),
  });
/** The gates that coalesce: few, so that their requests meet. */
const COALESCING = [
  [{ place: 'p', mode: 'write' }],
  [{ place: 'x', mode: 'read' }],
  [
    { place: 'x', mode: 'read' },
    { place: 'y', mode: 'write' },
  ],
] as const;
const coalescing = fc.record({
  kind: fc.constantFrom('latest', 'latest', 'drop'),
  gates: fc.constantFrom(...COALESCING),
});
type Coalescing = typeof coalescing extends fc.Arbitrary<infer T> ? T : never;
const never = fc.constant(undefined);
const sometimes = fc.oneof({ weight: 1, arbitrary: coalescing }, { weight: 2, arbitrary: never });
type RequestAct = Extract<Act, { do: 'request' }>;
type NestAct = Extract<Act, { do: 'nest' }>;
/**
 * Only a whole lock takes a request by `next`, which is made at no gate. The operators that may read
 * again take a lock.
 */
const possible = ({
  gates,
  form,
  coalesces,
  ...rest
}: Omit<RequestAct, 'coalesces'> & { coalesces: Coalescing | undefined }): RequestAct => {
  const [{ place }] = gates;
  if (isReadAgain(form))
    return { ...rest, form, gates: [{ place, mode: 'read' }], coalesces: undefined };
  const whole = gates.length === 1 && !isKey(place) && !coalesces;
  return {
    ...rest,
    gates: coalesces?.gates ?? gates,
    form: form === 'next' && !whole ? 'acquire' : form,
    coalesces: coalesces?.kind,
  };
};
const possibleNested = (act: NestAct): NestAct =>
  isReadAgain(act.form) ? { ...act, mode: 'read', more: [] } : act;
const is = <K extends string>(kind: K) => fc.constant(kind);

/**
 * @param combines - whether what is requested through a lease may be combined with gates of locks,
 * whether requests coalesce, and whether reads read again
 */
export const actOf = (combines: boolean): fc.Arbitrary<Act> =>
  fc.oneof(
    {
      weight: 48,
      arbitrary: fc
        .record({
          do: is('request'),
          gates,
          form: fc.constantFrom(...formsOf(combines)),
          conditions: conditionsOf(combines),
          coalesces: combines ? sometimes : never,
        })
        .map(possible),
    },
    {
      weight: 12,
      arbitrary: fc
        .record({
          do: is('nest'),
          pick,
          mode,
          more: combines ? more : fc.constant([]),
          form: fc.constantFrom(...formsOf(combines).filter((form) => form !== 'next')),
          conditions: conditionsOf(combines),
        })
        .map(possibleNested),
    },
    { weight: 32, arbitrary: fc.record({ do: fc.constantFrom('end', 'unsubscribe'), pick }) },
    { weight: 8, arbitrary: fc.record({ do: is('downgrade'), pick, mode }) },
    { weight: 4, arbitrary: fc.record({ do: is('abort'), signal: fc.nat({ max: SIGNALS - 1 }) }) },
    { weight: 16, arbitrary: fc.record({ do: is('pass'), time: fc.nat({ max: 3 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom('close', 'fail'),
        lock: fc.constantFrom(...LOCKS),
      }),
    },
  );

export const terms: fc.Arbitrary<Terms> = fc.record({
  policy: fc.constantFrom(...POLICIES),
  maxWaiting: mostly(Infinity, fc.nat({ max: 4 })),
  scheduler: fc.constantFrom('none', 'asap', 'virtual'),
});
