/** A place in a ring: a queue, which is its beginning and its end, or a request that stands in it. */
export abstract class Link {
  ahead: Link = this;
  behind: Link = this;

  //   ahead ⇄ this ⇄ behind   becomes   ahead ⇄ behind
  leave(): void {
    this.ahead.behind = this.behind;
    this.behind.ahead = this.ahead;
    this.ahead = this.behind = this;
  }

  //   link ⇄ link.behind   becomes   link ⇄ this ⇄ link.behind
  follow(link: Link): void {
    this.ahead = link;
    this.behind = link.behind;
    link.behind = link.behind.ahead = this;
  }
}
