import { Queue } from '../../src/core/Queue.js';
import { Request } from '../../src/core/Request.js';

let steps = 0;

/** A request that counts how often a list looks at its neighbours. */
class Counted extends Request {
  readonly #neighbours: { previous?: Request | undefined; next?: Request | undefined } = {};

  readonly name: number;

  constructor(name: number, priority = 0) {
    super('read', undefined, { priority });
    this.name = name;
    for (const side of ['previous', 'next'] as const)
      Object.defineProperty(this, side, {
        get: () => {
          steps++;
          return this.#neighbours[side];
        },
        set: (request: Request | undefined) => {
          steps++;
          this.#neighbours[side] = request;
        },
      });
  }

  override granted(): void {}
  override failed(): void {}
}

const nameOf = (request: Request) => (request instanceof Counted ? request.name : undefined);
const names = (queue: Queue) => [...queue].map((request) => nameOf(request));

function queueOf(length: number): { queue: Queue; requests: Counted[] } {
  const queue = new Queue();
  const requests = Array.from({ length }, (_, i) => new Counted(i));
  for (const request of requests) queue.insert(request);
  return { queue, requests };
}

it('B9: leaving the queue takes the same number of steps wherever one stands and however long it is', () => {
  const stepsFor = (length: number, place: number) => {
    const { queue, requests } = queueOf(length);
    steps = 0;
    queue.remove(requests[place] as Counted);
    return steps;
  };
  const middle = stepsFor(100, 50);
  expect(middle).toBeLessThan(10);
  expect(stepsFor(100_000, 50_000)).toBe(middle);
  expect(stepsFor(100_000, 99_998)).toBe(middle);
  expect(stepsFor(100_000, 1)).toBe(middle);
});

it('B5: whoever leaves, the others keep their order, forwards and backwards', () => {
  for (const gone of [[0], [4], [2], [1, 2], [2, 1], [0, 1], [3, 4], [4, 3, 2, 1, 0]]) {
    const { queue, requests } = queueOf(5);
    for (const i of gone) queue.remove(requests[i] as Counted);
    const left = [0, 1, 2, 3, 4].filter((i) => !gone.includes(i));
    expect(names(queue)).toEqual(left);
    expect(queue.size).toBe(left.length);
    const backwards = [];
    for (let request = queue.last; request; request = request.previous)
      backwards.unshift(nameOf(request));
    expect(backwards).toEqual(left);
  }
});

it('A9: a request is inserted behind those of the same or a higher priority', () => {
  const queue = new Queue();
  for (const [name, priority] of [0, 2, 1, 2, 0, -1, 3].entries())
    queue.insert(new Counted(name, priority));
  expect(names(queue)).toEqual([6, 1, 3, 2, 0, 4, 5]);
});
