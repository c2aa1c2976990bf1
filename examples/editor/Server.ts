import {
  asyncScheduler,
  BehaviorSubject,
  defer,
  finalize,
  map,
  type Observable,
  share,
  tap,
  timer,
} from 'rxjs';

/** How long a read takes, in milliseconds. */
export const READ_TIME = 30;
/** How long the saves take, over and over. */
export const SAVE_TIMES = [220, 80, 80];

/** A slow server with one document. It goes on with a save whose client has unsubscribed. */
export class Server {
  stored = '';
  /** When it last stored something. */
  storedAt = NaN;
  readonly saves = { sent: 0, cutOff: 0, overlapping: 0 };
  readonly reads = { sent: 0, cutOff: 0 };
  /** How many saves it is working at. */
  readonly busy = new BehaviorSubject(0);

  save(text: string): Observable<string> {
    return defer(() => {
      const time = SAVE_TIMES[this.saves.sent % SAVE_TIMES.length] ?? 0;
      if (this.busy.value > 0) this.saves.overlapping++;
      this.busy.next(this.busy.value + 1);
      const work = timer(time).pipe(
        map(() => text),
        tap(() => {
          this.stored = text;
          this.storedAt = asyncScheduler.now();
          this.busy.next(this.busy.value - 1);
        }),
        share({ resetOnRefCountZero: false }),
      );
      return counted(work, this.saves);
    });
  }

  /** Emits the text that is stored when the server receives the request. */
  read(): Observable<string> {
    return defer(() => {
      const text = this.stored;
      return counted(timer(READ_TIME).pipe(map(() => text)), this.reads);
    });
  }
}

/** Counts a request that is sent, and one that is unsubscribed before its answer. */
function counted<T>(
  answer: Observable<T>,
  counts: { sent: number; cutOff: number },
): Observable<T> {
  counts.sent++;
  let isAnswered = false;
  return answer.pipe(
    tap(() => (isAnswered = true)),
    finalize(() => (counts.cutOff += Number(!isAnswered))),
  );
}
