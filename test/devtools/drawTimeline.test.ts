import * as fc from 'fast-check';
import type { LockMode } from 'rxjs-rwlock';
import { drawTimeline, type Lane, type Timeline } from 'rxjs-rwlock/devtools';
import { scaleOf } from '../../src/devtools/drawing/layout.js';
import { valueMark } from '../../src/devtools/drawing/marks.js';
import { placeMarks, rowsOf } from '../../src/devtools/drawing/placeMarks.js';
import { type Box, boxOf, readSvg, type SvgElement } from './readSvg.js';

const lane = (rest: Partial<Lane> = {}): Lane => ({
  label: 'A',
  mode: 'write',
  requested: 0,
  values: [],
  ...rest,
});

const timeline = (rest: Partial<Timeline> = {}): Timeline => ({
  title: 'A3 Readers share the lock',
  end: 8,
  lanes: [
    lane({
      mode: 'read',
      granted: 0,
      ended: 5,
      outcome: 'completed',
      values: [{ at: 2, text: 'a' }],
    }),
    lane({ label: 'W', requested: 2, granted: 5, ended: 8, outcome: 'completed' }),
  ],
  ...rest,
});

const read = (...lanes: Lane[]): SvgElement[] => readSvg(drawTimeline(timeline({ lanes })));

const withClass = (elements: readonly SvgElement[], name: string): SvgElement[] =>
  elements.filter(({ attributes }) => attributes['class']?.split(' ').includes(name));

const textsOf = (elements: readonly SvgElement[], name: string): string[] =>
  withClass(elements, name)
    .filter((element) => element.name === 'text')
    .map(({ text }) => text);

const anyText = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('</text>'));
const plainText = fc.stringMatching(/^[a-zA-Z0-9]{1,20}$/);

const timelines = (text: fc.Arbitrary<string>): fc.Arbitrary<Timeline> => {
  const at = fc.nat(60);
  const values = fc.array(fc.record({ at, text }), { maxLength: 6 });
  const outcome = fc.constantFrom<NonNullable<Lane['outcome']>>(
    'completed',
    'errored',
    'cancelled',
  );
  const mode = fc.constantFrom<LockMode>('read', 'upgradable', 'write');
  const requiredKeys: ['label', 'mode', 'requested', 'values'] = [
    'label',
    'mode',
    'requested',
    'values',
  ];
  const times = { requested: fc.nat(20), granted: fc.nat({ max: 40 }).map((time) => time + 20) };
  const ended = at.map((time) => time + 60);
  const shape = { label: text, mode, note: text, ...times, ended, outcome, values };
  const kind = fc.constantFrom<'complete' | 'error'>('complete', 'error');
  return fc.record(
    {
      title: text,
      end: at,
      lanes: fc.array(fc.record(shape, { requiredKeys }), { maxLength: 15 }),
      states: fc.array(fc.record({ at, label: text }), { maxLength: 8 }),
      input: fc.record({ at, kind }),
    },
    { requiredKeys: ['title', 'end', 'lanes'] },
  );
};

describe('drawTimeline', () => {
  it('measures and places more lanes and marks than a call can have arguments', () => {
    const many = Array.from({ length: 150_000 }, () => ({ at: 2, width: 1, inset: 0 }));
    const lanes = many.map(() => lane());
    expect(scaleOf(timeline({ lanes, end: 9 })).last).toBe(9);
    const marks = many.map((mark) => ({ ...mark, draw: () => [] }));
    expect(rowsOf(placeMarks(marks, (frame) => frame))).toBe(marks.length);
  });

  it('looks at each mark a constant number of times to place it', () => {
    let looks = 0;
    const marks = Array.from({ length: 3_000 }, (_, frame) => {
      const mark = valueMark(frame, 'a value');
      return Object.defineProperty({ ...mark }, 'at', { get: () => ++looks && frame });
    });
    expect(placeMarks(marks, (frame) => frame)).toHaveLength(marks.length);
    expect(looks).toBeLessThan(10 * marks.length);
  });

  it('names and describes the picture for screen readers', () => {
    const elements = readSvg(drawTimeline(timeline({ description: 'Two readers' })));
    const [root] = elements;
    const [title, desc] = root?.attributes['aria-labelledby']?.split(' ') ?? [];
    const byId = (id?: string): SvgElement | undefined =>
      elements.find(({ attributes }) => attributes['id'] === id);
    expect(root?.attributes['role']).toBe('img');
    expect(byId(title)).toMatchObject({ name: 'title', text: 'A3 Readers share the lock' });
    expect(byId(desc)).toMatchObject({ name: 'desc', text: 'Two readers' });
  });

  it('describes the timeline in words if it has no description', () => {
    const lanes = [
      lane({
        note: 'waitTimeout=3',
        granted: 1,
        values: [
          { at: 2, text: 'a' },
          { at: 3, text: 'b' },
        ],
      }),
      lane({ label: 'B', mode: 'read', requested: 1, ended: 4, outcome: 'cancelled' }),
      lane({ label: 'C', mode: 'upgradable', requested: 2 }),
      lane({ label: 'D', granted: 0, ended: 1 }),
    ];
    const states = [
      { at: 0, label: 'w1' },
      { at: 8, label: 'r2' },
    ];
    const svg = drawTimeline(timeline({ lanes, states, input: { at: 6, kind: 'complete' } }));
    expect(readSvg(svg).find(({ name }) => name === 'desc')?.text).toBe(
      'A (write, waitTimeout=3) requests the lock at 0, is granted at 1, emits a at 2, b at 3, holds on. ' +
        'B (read) requests the lock at 1, is unsubscribed at 4. ' +
        'C (upgradable) requests the lock at 2, waits on. ' +
        'D (write) requests the lock at 0, is granted at 0, ends its hold at 1. ' +
        "The lock's input ends with complete at 6. The lock emits w1 at 0, r2 at 8.",
    );
  });

  it('escapes every text', () => {
    const text = `<b a="1">&amp;</b>\u0000\uD800`;
    const shown = '<b a="1">&amp;</b>\uFFFD\uFFFD';
    const svg = drawTimeline({
      title: text,
      description: text,
      end: 1,
      lanes: [lane({ label: text, note: text, values: [{ at: 0, text }] })],
      states: [{ at: 0, label: text }],
    });
    const texts = readSvg(svg).map((element) => element.text);
    expect(texts.filter((drawn) => drawn === shown)).toHaveLength(6 + 1);
  });

  it('writes the mode and the note beside the label', () => {
    const texts = read(lane({ label: 'U', mode: 'upgradable', note: 'of A' })).map(
      ({ text }) => text,
    );
    expect(texts).toEqual(expect.arrayContaining(['U', 'upgradable', 'of A']));
  });

  it('draws no hold for a request that was never granted', () => {
    const elements = read(lane({ ended: 3, outcome: 'cancelled' }), lane());
    expect(withClass(elements, 'hold')).toHaveLength(0);
    expect(withClass(elements, 'wait')).toHaveLength(2);
  });

  it('draws no wait for a request that was granted at once', () => {
    const elements = read(lane({ granted: 0 }));
    expect(withClass(elements, 'wait')).toHaveLength(0);
    expect(withClass(elements, 'hold')).toHaveLength(1);
  });

  it('draws a hold from the frame of its grant to the frame of its end', () => {
    const elements = read(lane({ granted: 2, ended: 5 }));
    const grid = withClass(elements, 'grid').map(({ attributes }) => Number(attributes['x1']));
    const [hold] = withClass(elements, 'hold').map(boxOf);
    expect([hold?.left, hold?.right]).toEqual([grid[2], grid[5]]);
  });

  it('shows a hold that has no length', () => {
    const [hold] = withClass(read(lane({ granted: 2, ended: 2 })), 'hold').map(boxOf);
    expect(Number(hold?.right) - Number(hold?.left)).toBeGreaterThan(5);
  });

  describe('of thousands of frames', () => {
    const hold = (granted: number, ended: number): Box => {
      const elements = read(lane({ requested: 0, granted, ended }), lane({ requested: 5_000 }));
      return withClass(elements, 'hold').map(boxOf)[0] as Box;
    };
    const widthOf = ({ left, right }: Box): number => right - left;

    it('shows a hold of one frame', () => {
      expect(widthOf(hold(4_000, 4_001))).toBeGreaterThanOrEqual(4);
    });

    it('shows a hold that has no length no longer than one of some frames', () => {
      expect(widthOf(hold(4_000, 4_000))).toBeGreaterThanOrEqual(4);
      expect(widthOf(hold(4_000, 4_000))).toBeLessThan(widthOf(hold(4_000, 4_040)));
    });
  });

  const shapes = (lanes: Partial<Lane>[]): Set<string> =>
    new Set(
      lanes.map((rest) =>
        read(lane(rest))
          .filter(({ classes }) => classes.includes('write'))
          .map(({ name, attributes }) => `${name} ${attributes['class'] ?? ''}`)
          .join(),
      ),
    );

  it('gives each end of a hold a shape of its own', () => {
    const ends: Partial<Lane>[] = [
      {},
      { ended: 4 },
      { ended: 4, outcome: 'completed' },
      { ended: 4, outcome: 'errored' },
      { ended: 4, outcome: 'cancelled' },
    ];
    expect(shapes(ends.map((end) => ({ granted: 1, ...end }))).size).toBe(5);
  });

  it('gives each end of a wait a shape of its own', () => {
    const ends: Partial<Lane>[] = [
      {},
      { ended: 4, outcome: 'errored' },
      { ended: 4, outcome: 'cancelled' },
    ];
    expect(shapes(ends).size).toBe(3);
  });

  it('makes room for a long value in the last frame', () => {
    const text = 'a value of more than the usual length';
    expect(beyond(read(lane({ granted: 0, values: [{ at: 20, text }] })))).toEqual([]);
  });

  it('moves values that are long and many down to a few rows', () => {
    const values = Array.from({ length: 40 }, (_, at) => ({ at, text: `value${at}` }));
    const boxes = boxesOf(withClass(read(lane({ granted: 0, values })), 'box'));
    expect(new Set(boxes.map(({ top }) => top)).size).toBeLessThanOrEqual(8);
    expect(overlaps(boxes)).toEqual([]);
  });

  it.each(['label', 'note'])('keeps a long %s to the left of the time', (key) => {
    const elements = read(lane({ [key]: 'a text of more than the usual length' }));
    const [grid] = boxesOf(withClass(elements, 'grid'));
    const texts = elements.filter(
      ({ name, classes }) => name === 'text' && classes.includes('write'),
    );
    const right = Math.max(...boxesOf(texts).map((box) => box.right));
    expect(right).toBeLessThan(Number(grid?.left));
  });

  it('wraps a long title', () => {
    const title = `Wraps ${'every word '.repeat(20)}${'x'.repeat(100)}`;
    const lines = textsOf(readSvg(drawTimeline(timeline({ title }))), 'title');
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.join(' ').replace(/ /g, '')).toBe(title.replace(/ /g, ''));
  });

  it('names the end of the input of the lock', () => {
    const elements = readSvg(drawTimeline(timeline({ input: { at: 3, kind: 'error' } })));
    expect(textsOf(elements, 'small')).toContain('lock.error()');
  });

  describe('for any timeline', () => {
    it('is well-formed, and the same text each time', () => {
      fc.assert(
        fc.property(timelines(anyText), (any) => {
          const svg = drawTimeline(any);
          readSvg(svg);
          expect(drawTimeline(structuredClone(any))).toBe(svg);
        }),
      );
    });

    it('draws every value and every state', () => {
      fc.assert(
        fc.property(timelines(plainText), (any) => {
          const values = any.lanes.flatMap((each) => each.values.map(({ text }) => text));
          const states = (any.states ?? []).map(({ label }) => label);
          const drawn = textsOf(readSvg(drawTimeline(any)), 'value');
          expect(drawn.sort()).toEqual([...values, ...states].sort());
        }),
      );
    });

    it('draws nothing beyond the picture', () => {
      fc.assert(
        fc.property(timelines(plainText), (any) => {
          expect(beyond(readSvg(drawTimeline(any)))).toEqual([]);
        }),
      );
    });

    it('covers no text with another', () => {
      fc.assert(
        fc.property(timelines(plainText), (any) => {
          const elements = readSvg(drawTimeline(any)).filter(({ name }) => name === 'text');
          expect(overlaps(boxesOf(elements))).toEqual([]);
        }),
      );
    });

    it('covers no value, state or error with another', () => {
      fc.assert(
        fc.property(timelines(plainText), (any) => {
          const elements = readSvg(drawTimeline(any));
          const marks = ['box', 'badge', 'cross'].flatMap((name) => withClass(elements, name));
          expect(overlaps(boxesOf(marks))).toEqual([]);
        }),
      );
    });
  });

  it('refuses a time that is not a finite number', () => {
    const message = 'the times of a timeline must be finite numbers, got';
    expect(() => drawTimeline(timeline({ lanes: [lane({ granted: NaN })] }))).toThrow(
      new RangeError(`${message} NaN`),
    );
    expect(() => drawTimeline(timeline({ end: Infinity }))).toThrow(`${message} Infinity`);
  });

  it('keeps its colours legible on light pages, on dark pages, and on the wrong one', () => {
    const [light = '', dark = ''] = drawTimeline(timeline()).split('@media');
    const white = luminance('#ffffff');
    const night = luminance('#0d1117');
    expect(colours(light)).toHaveLength(5);
    expect(colours(dark)).toHaveLength(5);
    for (const colour of colours(light)) {
      expect(contrast(white, luminance(colour))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(night, luminance(colour))).toBeGreaterThanOrEqual(3);
    }
    for (const colour of colours(dark)) {
      expect(contrast(night, luminance(colour))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(white, luminance(colour))).toBeGreaterThanOrEqual(3);
    }
  });
});

function boxesOf(elements: readonly SvgElement[]): Box[] {
  return elements.map(boxOf).filter((box) => box !== undefined);
}

/** What reaches out of the picture. */
function beyond([root, ...elements]: readonly SvgElement[]): Box[] {
  const [, , width, height] = root?.attributes['viewBox']?.split(' ').map(Number) ?? [];
  return boxesOf(elements).filter(
    ({ left, right, top, bottom }) =>
      !(left >= 0 && top >= 0 && right <= Number(width) && bottom <= Number(height)),
  );
}

function overlaps(boxes: readonly Box[]): [Box, Box][] {
  const overlap = (a: Box, b: Box): boolean =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return boxes.flatMap((a, index) =>
    boxes
      .slice(index + 1)
      .filter((b) => overlap(a, b))
      .map((b): [Box, Box] => [a, b]),
  );
}

function colours(style: string): string[] {
  return [...style.matchAll(/\bcolor: (#[0-9a-f]{6})/g)].map(([, colour = '']) => colour);
}

// As in WCAG 2: relative luminance, and the contrast of two of them.
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: number, b: number): number {
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
