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
export type Form = (typeof FORMS)[number];

export interface Conditions {
  readonly priority: number;
  readonly ifAvailable: boolean;
  readonly waitTimeout: number;
  /** Which of the signals, if any. */
  readonly signal: number | undefined;
}

/** One thing that is done. `pick` chooses from what it can be done to. */
export type Act =
  | {
      readonly do: 'request';
      /** More than one is `allOf`. */
      readonly gates: readonly [GateSpec, ...GateSpec[]];
      readonly form: Form;
      readonly conditions: Conditions;
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
const form = fc.constantFrom(...FORMS);
const formOfNested = fc.constantFrom(...FORMS.filter((form) => form !== 'next'));
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
const conditions = fc.record<Conditions>({
  priority: mostly(0, fc.integer({ min: -1, max: 1 })),
  ifAvailable: mostly(false, fc.constant(true)),
  waitTimeout: mostly(Infinity, fc.nat({ max: LONGEST_WAIT - 1 })),
  signal: mostly<number | undefined>(undefined, fc.nat({ max: SIGNALS - 1 })),
});
/** Only a whole lock takes a request by `next`. */
const possible = ({ gates, form, ...rest }: Extract<Act, { do: 'request' }>) => {
  const [{ place }] = gates;
  const whole = gates.length === 1 && !isKey(place);
  return { ...rest, gates, form: form === 'next' && !whole ? 'acquire' : form } as const;
};
const is = <K extends string>(kind: K) => fc.constant(kind);

/** @param combines - whether what is requested through a lease may be combined with gates of locks */
export const actOf = (combines: boolean): fc.Arbitrary<Act> =>
  fc.oneof(
    {
      weight: 48,
      arbitrary: fc.record({ do: is('request'), gates, form, conditions }).map(possible),
    },
    {
      weight: 12,
      arbitrary: fc.record({
        do: is('nest'),
        pick,
        mode,
        more: combines ? more : fc.constant([]),
        form: formOfNested,
        conditions,
      }),
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
