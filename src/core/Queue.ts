import type { Request } from './Request.js';

/**
 * A list that runs through the requests themselves, so that each leaves it in constant time from
 * wherever it stands, and joining it allocates nothing. A request is in one queue at a time.
 */
export class Queue {
  first: Request | undefined;
  last: Request | undefined;
  size = 0;

  *[Symbol.iterator](): Iterator<Request> {
    for (let request = this.first; request; request = request.next) yield request;
  }

  push(request: Request): void {
    request.queue = this;
    request.previous = this.last;
    if (this.last) this.last.next = request;
    else this.first = request;
    this.last = request;
    this.size++;
  }

  /** Adds behind all of the same or a higher priority: at the end where all have the same. */
  insert(request: Request): void {
    let previous = this.last;
    while (previous && previous.priority < request.priority) previous = previous.previous;
    if (previous === this.last) this.push(request);
    else
      this.#insertBefore(previous ? (previous.next as Request) : (this.first as Request), request);
  }

  shift(): Request | undefined {
    const { first } = this;
    if (first) this.remove(first);
    return first;
  }

  //   previous ⇄ next   becomes   previous ⇄ request ⇄ next
  #insertBefore(next: Request, request: Request): void {
    const { previous } = next;
    request.queue = this;
    request.previous = previous;
    request.next = next;
    next.previous = request;
    if (previous) previous.next = request;
    else this.first = request;
    this.size++;
  }

  //   previous ⇄ request ⇄ next   becomes   previous ⇄ next
  remove(request: Request): void {
    const { previous, next } = request;
    if (previous) previous.next = next;
    else this.first = next;
    if (next) next.previous = previous;
    else this.last = previous;
    request.queue = request.previous = request.next = undefined;
    this.size--;
  }
}
