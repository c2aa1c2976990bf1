/** A place in a ring: the queue itself, or an element that stands in it. */
export interface Link {
  // Undefined outside of a queue: an element that has left must not keep its neighbours alive.
  ahead: Link | undefined;
  behind: Link | undefined;
}

export interface Prioritized extends Link {
  /** Of two elements, the one with the higher effective priority stands further ahead. */
  readonly effectivePriority: number;
}

/**
 * A linked list whose links are the elements themselves: an element joins without an allocation,
 * and leaves in constant time from wherever it stands. It stands in one queue at a time.
 */
export class Queue<T extends Prioritized> implements Link {
  ahead: Link = this;
  behind: Link = this;

  get first(): T | undefined {
    return this.after(this);
  }

  /** The element behind another one, or behind the queue's own link: the first. */
  after({ behind }: Link): T | undefined {
    return behind === this ? undefined : (behind as T);
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let one = this.first; one; one = this.after(one)) yield one;
  }

  push(element: T): void {
    link(element, this.ahead);
  }

  /** Adds an element behind all that have the same or a higher effective priority. */
  insert(element: T): void {
    const { effectivePriority } = element;
    const { first } = this;
    let ahead = this.ahead;
    // An upgrade goes to the front of a long queue without a walk.
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the queue's own link
    if (first && first.effectivePriority < effectivePriority) ahead = this;
    while (ahead !== this && (ahead as T).effectivePriority < effectivePriority)
      ahead = ahead.ahead as Link;
    link(element, ahead);
  }

  shift(): T | undefined {
    const { first } = this;
    if (first) unlink(first);
    return first;
  }
}

//   ahead ⇄ behind   becomes   ahead ⇄ element ⇄ behind
function link(element: Link, ahead: Link): void {
  const behind = ahead.behind as Link;
  element.ahead = ahead;
  element.behind = behind;
  ahead.behind = behind.ahead = element;
}

//   ahead ⇄ element ⇄ behind   becomes   ahead ⇄ other ⇄ behind
export function replace(element: Link, other: Link): void {
  link(other, element);
  unlink(element);
}

//   ahead ⇄ element ⇄ behind   becomes   ahead ⇄ behind
export function unlink(element: Link): void {
  const ahead = element.ahead as Link;
  const behind = element.behind as Link;
  ahead.behind = behind;
  behind.ahead = ahead;
  element.ahead = element.behind = undefined;
}
