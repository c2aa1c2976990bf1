// What RxJS itself takes: what an operator of ours is compared with.
import * as rxjs from 'rxjs';
import { useOtherOperators } from './otherOperators.mjs';
import { median, timed } from './works.mjs';

const { NEVER, Observable, finalize, identity, map, of } = rxjs;

const OPERATORS = {
  finalize: finalize(() => undefined),
  'an identity operator': (source) => new Observable((subscriber) => source.subscribe(subscriber)),
  'map(identity)': map(identity),
};

/** In the shape of peers, to be measured beside them. */
export const YARDSTICKS = Object.fromEntries(
  Object.entries(OPERATORS).map(([name, operator]) => {
    const one = of(1).pipe(operator);
    const never = NEVER.pipe(operator);
    return [
      `through ${name}`,
      {
        run: (_, work) => work(),
        pair: () => void one.subscribe(),
        waiter: () => never.subscribe(),
        cancellable: () => never.subscribe(),
      },
    ];
  }),
);

/** What is compared with `finalize`, each by turns with it in one process. */
export const RATIOS = Object.fromEntries(
  ['an identity operator', 'map(identity)', 'withReadLock', 'withWriteLock'].map((name) => [
    name,
    { ratio: (amongOthers) => ratioToFinalize(name, amongOthers) },
  ]),
);

async function ratioToFinalize(name, amongOthers) {
  const ours = await import('../dist/esm/index.js');
  const operator = OPERATORS[name] ?? ours[name](new ours.ReadWriteLock());
  if (amongOthers) useOtherOperators(rxjs, ours);
  const subject = of(1).pipe(operator);
  const measure = of(1).pipe(OPERATORS.finalize);
  const ratios = [];
  for (let turn = 0; turn < 9; turn++) {
    const of = await timed(() => void subject.subscribe(), 50);
    ratios.push(of / (await timed(() => void measure.subscribe(), 50)));
  }
  return median(ratios);
}
