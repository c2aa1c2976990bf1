/** What is explored: a reference and what is compared with it, after the steps of one path. */
export interface Walk<Step> {
  /** How many steps have been made. */
  readonly length: number;
  /** Which steps may be made next. */
  next(): Step[];
  /** Makes a step on both sides, which must agree in all that can be seen of it. */
  take(step: Step): void;
  /** Tells one state from another. */
  key(): string;
  /** Goes on with the same side, which this one is not to be used for any more. */
  handOver(): Walk<Step>;
  /** Goes on with a side of its own. */
  fork(): Walk<Step>;
  /** Ends every lease, the one and in the way that is chosen first. */
  drain(choice?: number): void;
  /** Whether every client has made its request and none of them waits. */
  readonly onlyReleases?: boolean;
}

export interface Found {
  /** How many different states there are; of every path, how many ends. */
  readonly states: number;
  /** How many steps have been made and compared. */
  readonly transitions: number;
  /** How many paths there are; infinitely many, where steps can lead back. */
  readonly paths: number;
}

/** How far every path is gone. */
export interface Ways {
  /**
   * Whether a path ends where every client has made its request and none of them waits. From there on
   * leases only end, in every order and way, which makes up two thirds of all paths of five clients;
   * one of these is walked, another one each time.
   */
  readonly oneTail?: boolean;
}

/** Goes every path to its end. */
export function everyPath<Step>(start: Walk<Step>, { oneTail = false }: Ways = {}): Found {
  let [paths, transitions] = [0, 0];
  const walk = (run: Walk<Step>) => {
    const steps = oneTail && run.onlyReleases ? [] : run.next();
    for (const [i, step] of steps.entries()) {
      // The side that came here serves the first way on; for the others another one follows.
      const on = i === 0 ? run.handOver() : run.fork();
      on.take(step);
      transitions++;
      walk(on);
    }
    if (steps.length === 0) run.drain(paths++);
  };
  walk(start);
  return { states: paths, transitions, paths };
}

/**
 * Makes every step from every state that can be reached; a state is gone on from once.
 *
 * @param depth - how many steps are made at most
 */
export function everyState<Step>(start: Walk<Step>, depth = Infinity): Found {
  const graph = new Graph();
  // Breadth first, so that what is found wrong is shown by a shortest path.
  for (let runs = [start], made = 0; runs.length > 0 && made < depth; made++) {
    const next: Walk<Step>[] = [];
    for (const run of runs) {
      const ways = graph.state(run.key());
      for (const step of run.next()) {
        const on = run.fork();
        on.take(step);
        const key = on.key();
        ways.push(key);
        if (graph.has(key)) continue;
        graph.state(key);
        next.push(on.handOver());
        on.drain();
      }
    }
    runs = next;
  }
  return graph.found();
}

/**
 * Walks where the choices lead, each of them a number that picks one of the steps that may be made
 * next, and ends every lease at the end.
 *
 * @returns how many steps were made
 */
export function walk<Step>(run: Walk<Step>, choices: readonly number[]): number {
  for (const choice of choices) {
    const steps = run.next();
    const step = steps[choice % steps.length];
    if (!step) break;
    run.take(step);
  }
  const { length } = run;
  run.drain();
  return length;
}

/** The states that have been found, and where each leads. */
class Graph {
  readonly #ways = new Map<string, string[]>();
  readonly #paths = new Map<string, number>();

  has(key: string): boolean {
    return this.#ways.has(key);
  }

  /** Where a state leads: to be filled. */
  state(key: string): string[] {
    const ways = this.#ways.get(key) ?? [];
    this.#ways.set(key, ways);
    return ways;
  }

  found(): Found {
    const [start = ''] = this.#ways.keys();
    const transitions = [...this.#ways.values()].reduce((sum, { length }) => sum + length, 0);
    return { states: this.#ways.size, transitions, paths: this.#pathsFrom(start) };
  }

  /** How many paths start in a state, without going them. */
  #pathsFrom(key: string): number {
    const known = this.#paths.get(key);
    if (known !== undefined) return known;
    // Whoever comes back here on the way has found a circle.
    this.#paths.set(key, Infinity);
    const ways = this.#ways.get(key) ?? [];
    const paths = ways.length === 0 ? 1 : ways.reduce((sum, on) => sum + this.#pathsFrom(on), 0);
    this.#paths.set(key, paths);
    return paths;
  }
}
