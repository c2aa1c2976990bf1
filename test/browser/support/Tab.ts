import type { Acts, Tell, WorkerKind } from '../pages/tab.js';

declare const tell: Tell;

/** A page of Playwright, or of puppeteer. */
export interface TabPage {
  evaluate(work: (told: Told) => Promise<unknown>, told: Told): Promise<unknown>;
  goto(address: string): Promise<unknown>;
  close(): Promise<void>;
}
type Told = [act: keyof Acts, args: unknown[], kind: WorkerKind | undefined];

/** A page with `pages/tab.ts`, or a worker of it, which does what a test tells it. */
export class Tab {
  readonly page: TabPage;
  readonly #kind: WorkerKind | undefined;

  constructor(page: TabPage, kind?: WorkerKind) {
    this.page = page;
    this.#kind = kind;
  }

  /** A worker of this page. */
  worker(kind: WorkerKind): Tab {
    return new Tab(this.page, kind);
  }

  tell<A extends keyof Acts>(
    act: A,
    ...args: Parameters<Acts[A]>
  ): Promise<Awaited<ReturnType<Acts[A]>>> {
    const told: Told = [act, args, this.#kind];
    const answer = this.page.evaluate(([act, args, kind]) => tell({ act, args }, kind), told);
    // A tab that goes leaves unanswered what it has been told.
    answer.catch(() => undefined);
    return answer as Promise<Awaited<ReturnType<Acts[A]>>>;
  }
}
