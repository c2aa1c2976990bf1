/** Time as the reference knows it: what is due soon comes before any timer, timers in their order. */
export class ReferenceClock {
  #now = 0;
  #soon: (() => void)[] = [];
  #timers: { readonly due: number; readonly ring: () => void }[] = [];

  soon(call: () => void): void {
    this.#soon.push(call);
  }

  after(time: number, ring: () => void): void {
    this.#timers.push({ due: this.#now + time, ring });
  }

  pass(time: number): void {
    const until = this.#now + time;
    for (let next; (next = this.#soon.shift() ?? this.#nextTimer(until));) next();
    this.#now = until;
  }

  #nextTimer(until: number): (() => void) | undefined {
    const due = Math.min(...this.#timers.map((timer) => timer.due));
    const next = this.#timers.find((timer) => timer.due === due);
    if (!next || due > until) return undefined;
    this.#timers = this.#timers.filter((timer) => timer !== next);
    this.#now = due;
    return next.ring;
  }
}
