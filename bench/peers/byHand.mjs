// Locks that users of RxJS write by hand.
import { running } from './shapes.mjs';

export default {
  'Subject + concatMap': {
    cannotCancel: `can't cancel`,
    async make() {
      const { EMPTY, Subject, concatMap, defer, of } = await import('rxjs');
      const jobs = new Subject();
      jobs.pipe(concatMap((job) => job)).subscribe();
      const one = of(1);
      return {
        ...running((_, work) => jobs.next(defer(() => work() ?? EMPTY))),
        pair: () => jobs.next(one),
      };
    },
  },
  'BehaviorSubject flag': {
    async make() {
      const { BehaviorSubject, EMPTY, NEVER, defer, filter, finalize, of, switchMap, take } =
        await import('rxjs');
      const busy = new BehaviorSubject(false);
      const exclusive = (source) =>
        busy.pipe(
          // Not the emitted value: an earlier subscriber may have set the flag since then.
          filter(() => !busy.value),
          take(1),
          switchMap(() => {
            busy.next(true);
            return source.pipe(finalize(() => busy.next(false)));
          }),
        );
      const one = exclusive(of(1));
      const never = exclusive(NEVER);
      return {
        run: (_, work) => void exclusive(defer(() => work() ?? EMPTY)).subscribe(),
        pair: () => void one.subscribe(),
        request: () => never.subscribe(),
        cancellable: () => never.subscribe(),
      };
    },
  },
};
