/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- what stands in a queue is a request */
import { Link } from './Link.js';
import type { Request } from './Request.js';

/**
 * A list that runs through the requests themselves, so that each leaves it in constant time from
 * wherever it stands, and joining it allocates nothing. A request is in one queue at a time.
 */
export class Queue extends Link {
  override ahead: Link = this;
  override behind: Link = this;

  get first(): Request | undefined {
    return this.behind === this ? undefined : (this.behind as Request);
  }

  *[Symbol.iterator](): Iterator<Request> {
    for (let link = this.behind; link !== this; link = link.behind as Link) yield link as Request;
  }

  push(request: Request): void {
    request.follow(this.ahead);
  }

  /** Adds behind all of the same or a higher rank: at the end where all have the same. */
  insert(request: Request): void {
    let link = this.ahead;
    while (link !== this && (link as Request).rank < request.rank) link = link.ahead as Link;
    request.follow(link);
  }

  shift(): Request | undefined {
    const { first } = this;
    first?.leave();
    return first;
  }
}
