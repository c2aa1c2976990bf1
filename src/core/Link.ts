/** A place in a ring: a queue, which is its beginning and its end, or a request that stands in it. */
export abstract class Link {
  // Nothing where it stands in no ring: what has left one must not keep its neighbours alive, and
  // a ring of its own for each new request took a third of the time of an uncontended grant.
  ahead: Link | undefined = undefined;
  behind: Link | undefined = undefined;

  //   ahead ⇄ this ⇄ behind   becomes   ahead ⇄ behind
  leave(): void {
    const ahead = this.ahead as Link;
    const behind = this.behind as Link;
    ahead.behind = behind;
    behind.ahead = ahead;
    this.ahead = this.behind = undefined;
  }

  //   link ⇄ behind   becomes   link ⇄ this ⇄ behind
  follow(link: Link): void {
    const behind = link.behind as Link;
    this.ahead = link;
    this.behind = behind;
    link.behind = behind.ahead = this;
  }
}
