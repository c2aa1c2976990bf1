import type { Link } from '../../src/core/Link.js';
import { READ } from '../../src/core/LockMode.js';
import { Queue } from '../../src/core/Queue.js';
import { Request } from '../../src/core/Request.js';

let steps = 0;

/** A request that counts how often a list looks at its neighbours. */
class Counted extends Request {
  readonly #neighbours: { ahead: Link; behind: Link } = { ahead: this, behind: this };

  readonly name: number;
  override readonly priority: number;
  override readonly ifAvailable = false;
  override readonly scope = undefined;

  constructor(name: number, priority = 0) {
    super(READ);
    this.name = name;
    this.priority = priority;
    for (const side of ['ahead', 'behind'] as const)
      Object.defineProperty(this, side, {
        get: () => {
          steps++;
          return this.#neighbours[side];
        },
        set: (link: Link) => {
          steps++;
          this.#neighbours[side] = link;
        },
      });
  }

  override takeThrough(): undefined {}
  override granted(): void {}
  override failed(): void {}
}

const nameOf = (request: Link) => (request instanceof Counted ? request.name : undefined);
const names = (queue: Queue) => [...queue].map((request) => nameOf(request));

function queueOf(length: number): { queue: Queue; requests: Counted[] } {
  const queue = new Queue();
  const requests = Array.from({ length }, (_, i) => new Counted(i));
  for (const request of requests) queue.insert(request);
  return { queue, requests };
}

it('B9: leaving the queue takes the same number of steps wherever one stands and however long it is', () => {
  const stepsFor = (length: number, place: number) => {
    const { requests } = queueOf(length);
    steps = 0;
    requests[place]?.leave();
    return steps;
  };
  const middle = stepsFor(100, 50);
  expect(middle).toBeLessThan(10);
  expect(stepsFor(20_000, 10_000)).toBe(middle);
  expect(stepsFor(20_000, 19_998)).toBe(middle);
  expect(stepsFor(20_000, 1)).toBe(middle);
});

it('B5: whoever leaves, the others keep their order, forwards and backwards', () => {
  for (const gone of [[0], [4], [2], [1, 2], [2, 1], [0, 1], [3, 4], [4, 3, 2, 1, 0]]) {
    const { queue, requests } = queueOf(5);
    for (const i of gone) requests[i]?.leave();
    const left = [0, 1, 2, 3, 4].filter((i) => !gone.includes(i));
    expect(names(queue)).toEqual(left);
    const backwards = [];
    for (let link: Link = queue.ahead; link !== queue; link = link.ahead as Link)
      backwards.unshift(nameOf(link));
    expect(backwards).toEqual(left);
  }
});

it('A9: a request is inserted behind those of the same or a higher priority', () => {
  const queue = new Queue();
  for (const [name, priority] of [0, 2, 1, 2, 0, -1, 3].entries())
    queue.insert(new Counted(name, priority));
  expect(names(queue)).toEqual([6, 1, 3, 2, 0, 4, 5]);
});
