import { type Link, type Prioritized, Queue, unlink } from '../../src/core/Queue.js';

let steps = 0;

/** An element that counts how often its neighbours are looked at. */
class Counted implements Prioritized {
  readonly name: number;
  readonly effectivePriority: number;
  #ahead: Link | undefined = undefined;
  #behind: Link | undefined = undefined;

  constructor(name: number, effectivePriority = 0) {
    this.name = name;
    this.effectivePriority = effectivePriority;
  }

  get ahead(): Link | undefined {
    steps++;
    return this.#ahead;
  }

  set ahead(link: Link | undefined) {
    steps++;
    this.#ahead = link;
  }

  get behind(): Link | undefined {
    steps++;
    return this.#behind;
  }

  set behind(link: Link | undefined) {
    steps++;
    this.#behind = link;
  }
}

const nameOf = (link: Link) => (link instanceof Counted ? link.name : undefined);
const namesOf = (queue: Queue<Counted>) => [...queue].map(nameOf);

function queueOf(length: number): { queue: Queue<Counted>; elements: Counted[] } {
  const queue = new Queue<Counted>();
  const elements = Array.from({ length }, (_, i) => new Counted(i));
  for (const element of elements) queue.insert(element);
  return { queue, elements };
}

it('B9: leaving takes the same number of steps from every place, however long the queue is', () => {
  const stepsFor = (length: number, place: number) => {
    const { elements } = queueOf(length);
    steps = 0;
    unlink(elements[place] as Counted);
    return steps;
  };
  const middle = stepsFor(100, 50);
  expect(middle).toBeLessThan(10);
  expect(stepsFor(20_000, 10_000)).toBe(middle);
  expect(stepsFor(20_000, 19_998)).toBe(middle);
  expect(stepsFor(20_000, 1)).toBe(middle);
});

it('D6: an upgrade goes to the front in a constant number of steps, however long the queue is', () => {
  const stepsFor = (length: number) => {
    const { queue } = queueOf(length);
    steps = 0;
    queue.insert(new Counted(-1, Infinity));
    expect(queue.first?.name).toBe(-1);
    return steps;
  };
  expect(stepsFor(20_000)).toBe(stepsFor(2));
});

it('B5: when some leave, the others keep their order, forwards and backwards', () => {
  for (const gone of [[0], [4], [2], [1, 2], [2, 1], [0, 1], [3, 4], [4, 3, 2, 1, 0]]) {
    const { queue, elements } = queueOf(5);
    for (const i of gone) unlink(elements[i] as Counted);
    const left = [0, 1, 2, 3, 4].filter((i) => !gone.includes(i));
    expect(namesOf(queue)).toEqual(left);
    const backwards = [];
    for (let link: Link = queue.ahead; link !== queue; link = link.ahead as Link)
      backwards.unshift(nameOf(link));
    expect(backwards).toEqual(left);
  }
});

it('A9: an element is inserted behind those of the same or a higher priority', () => {
  const queue = new Queue<Counted>();
  for (const [name, priority] of [0, 2, 1, 2, 0, -1, 3, Infinity, 0, Infinity].entries())
    queue.insert(new Counted(name, priority));
  expect(namesOf(queue)).toEqual([7, 9, 6, 1, 3, 2, 0, 4, 8, 5]);
});
