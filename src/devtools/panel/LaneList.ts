import { describeEvents, describeLane } from '../drawing/describeTimeline.js';
import { laneTimes, middle } from '../drawing/laneBlock.js';
import type { TimeScale } from '../drawing/layout.js';
import { element, rounded } from '../drawing/svg.js';
import type { Lane } from '../Timeline.js';
import { rowHeight } from './panelStyle.js';
import type { PanelLane } from './Recording.js';
import type { TimeWindow } from './TimeWindow.js';

/** What is to be drawn. */
export interface Drawing {
  /** The lanes that pass the filter. */
  readonly lanes: readonly PanelLane[];
  /** Where a lane is among them; -1 if it isn't. */
  readonly indexOf: (lane: PanelLane) => number;
  readonly window: TimeWindow;
  /** What is later is not drawn. */
  readonly present: number;
  /** The times of the grid. */
  readonly ticks: readonly number[];
  readonly chosen: PanelLane | undefined;
  /** Whether to stay at the end if it is there. */
  readonly follows: boolean;
}

/** Lanes above and below the visible ones, so that a fast scroll shows no gap. */
const SPARE = 6;

interface Row {
  readonly root: HTMLElement;
  readonly texts: readonly HTMLElement[];
  readonly svg: Element;
  lane: PanelLane | undefined;
  /** What it was drawn from. */
  drawn: string;
}

/** A scrolled list that has elements for the visible lanes only, and an arrow for each wait. */
export class LaneList {
  readonly #viewport: HTMLElement;
  readonly #space: HTMLElement;
  readonly #pointers: Element;
  #rows = new Map<number, Row>();
  #height = 0;

  constructor(viewport: HTMLElement) {
    this.#viewport = viewport;
    this.#space = viewport.querySelector('.space') as HTMLElement;
    this.#pointers = viewport.querySelector('.pointers') as Element;
  }

  /** How many lanes are visible. */
  get page(): number {
    return Math.max(1, Math.floor(this.#viewport.clientHeight / rowHeight));
  }

  /** Scrolls as little as is needed to show a lane. */
  reveal(index: number): void {
    const { scrollTop, clientHeight } = this.#viewport;
    const top = index * rowHeight;
    if (top < scrollTop) this.#viewport.scrollTop = top;
    else if (top + rowHeight > scrollTop + clientHeight)
      this.#viewport.scrollTop = top + rowHeight - clientHeight;
  }

  draw(drawing: Drawing): void {
    const { lanes, chosen, indexOf } = drawing;
    const { clientHeight } = this.#viewport;
    const top = this.#scroll(lanes.length * rowHeight, clientHeight, drawing.follows);
    const first = Math.max(0, Math.floor(top / rowHeight) - SPARE);
    const last = Math.min(lanes.length, Math.ceil((top + clientHeight) / rowHeight) + SPARE);
    const blocker = chosen && blockerOf(chosen, drawing.present);
    const before = this.#rows;
    const unused = [...before].filter(([i]) => i < first || i >= last).map(([, row]) => row);
    this.#rows = new Map();
    for (let i = first; i < last; i++) {
      const row = before.get(i) ?? unused.pop() ?? this.#makeRow();
      this.#rows.set(i, row);
      drawRow(row, lanes[i] as PanelLane, i, drawing, blocker);
    }
    for (const { root } of unused) root.remove();
    this.#drawPointers(first, last, drawing);
    const at = chosen ? indexOf(chosen) : -1;
    if (this.#rows.has(at)) this.#viewport.setAttribute('aria-activedescendant', idOf(at));
    else this.#viewport.removeAttribute('aria-activedescendant');
  }

  /** The index of the lane that an element belongs to. */
  indexAt(target: Element): number {
    const root = target.closest('.lane');
    return [...this.#rows].find(([, row]) => row.root === root)?.[0] ?? -1;
  }

  #scroll(height: number, clientHeight: number, follows: boolean): number {
    const { scrollTop } = this.#viewport;
    if (height === this.#height) return scrollTop;
    const wasAtEnd = scrollTop + clientHeight >= this.#height - rowHeight / 2;
    this.#height = height;
    this.#space.style.height = `${height}px`;
    const end = Math.max(0, height - clientHeight);
    if (!(follows && wasAtEnd)) return Math.min(scrollTop, end);
    this.#viewport.scrollTop = end;
    return end;
  }

  #makeRow(): Row {
    const root = document.createElement('div');
    root.setAttribute('role', 'option');
    // The words are in the order of the name of the option.
    root.innerHTML =
      '<div class="label"><span class="name"></span> <span class="mode"></span> ' +
      `<span class="lock"></span></div><svg height="${rowHeight}"></svg>`;
    this.#space.append(root);
    const texts = [...root.querySelectorAll('span')];
    return { root, texts, svg: root.querySelector('svg') as Element, lane: undefined, drawn: '' };
  }

  #drawPointers(first: number, last: number, drawing: Drawing): void {
    const { lanes, window, ticks } = drawing;
    const height = (last - first) * rowHeight;
    const lines = ticks.map((at) => {
      const x = window.x(at);
      return element('line', { class: 'grid ink', x1: x, y1: 0, x2: x, y2: height });
    });
    const aims = new Map<number, PanelLane[]>();
    for (let i = first; i < last; i++) {
      const lane = lanes[i] as PanelLane;
      const pointer = pointerOf(lane, drawing);
      if (!pointer) continue;
      // Pointers from one place to different lanes stand side by side.
      const others = aims.get(pointer.x) ?? [];
      if (!others.includes(pointer.to)) others.push(pointer.to);
      aims.set(pointer.x, others);
      const x = pointer.x - 7 * (others.indexOf(pointer.to) % 8);
      const d = pathOf(x, i - first, pointer.at - first, last - first);
      lines.push(
        element('path', { class: lane === drawing.chosen ? 'pointer chosen' : 'pointer', d }),
      );
    }
    this.#pointers.innerHTML = lines.join('');
    this.#pointers.setAttribute('width', String(window.width));
    this.#pointers.setAttribute('height', String(height));
    (this.#pointers as SVGElement).style.transform = `translateY(${first * rowHeight}px)`;
  }
}

function idOf(index: number): string {
  return `lane-${index}`;
}

function drawRow(
  row: Row,
  lane: PanelLane,
  index: number,
  { window, present, chosen, lanes }: Drawing,
  blocker: PanelLane | undefined,
): void {
  const { root, svg, texts } = row;
  const isChosen = lane === chosen;
  const isOpen = lane.ended === undefined || lane.ended > present;
  const { start, pace, width } = window;
  const state = [index, lane.granted, lane.ended, isChosen, lane === blocker, lanes.length];
  const drawn = [...state, start, pace, width, isOpen && present].join();
  if (row.lane === lane && row.drawn === drawn) return;
  if (row.lane !== lane) {
    const words = [lane.label, lane.mode, lane.note];
    for (const [i, text] of texts.entries()) text.textContent = words[i] ?? '';
  }
  row.lane = lane;
  row.drawn = drawn;
  const shown = until(lane, present);
  const scale: TimeScale = { last: present, frameWidth: 1 / pace, x: window.x };
  svg.innerHTML = laneTimes({ ...shown, values: [] }, scale).join('');
  svg.setAttribute('width', String(width));
  svg.setAttribute('viewBox', `0 ${middle - rowHeight / 2} ${width} ${rowHeight}`);
  root.id = idOf(index);
  root.className = `lane ${lane.mode}${lane === blocker ? ' blocker' : ''}`;
  root.style.transform = `translateY(${index * rowHeight}px)`;
  root.ariaLabel = nameOf(shown);
  root.ariaSelected = String(isChosen);
  root.ariaPosInSet = String(index + 1);
  root.ariaSetSize = String(lanes.length);
}

/** The lane as it was at some time. */
export function until(lane: PanelLane, present: number): Lane {
  const { label, mode, note, requested, values } = lane;
  const { granted, ended, outcome } = lane;
  const isGranted = granted !== undefined && granted <= present;
  const isOver = ended !== undefined && ended <= present;
  return {
    ...{ label, mode, note, requested, values },
    ...(isGranted && { granted }),
    ...(isOver && { ended, ...(outcome && { outcome }) }),
  };
}

/** What a lane waits for, or has waited for last. */
export function blockerOf(lane: PanelLane, present: number): PanelLane | undefined {
  if (lane.granted === undefined && lane.ended === undefined)
    lane.blocker = lane.findBlocker?.() ?? lane.blocker;
  const isThere = lane.blocker && lane.blocker.requested <= present;
  return isThere ? lane.blocker : undefined;
}

/** What happened to a request, in words. */
export function sentenceOf(lane: Lane): string {
  return describeLane(withRoundedTimes(lane));
}

/**
 * The name of a lane for assistive technology: the words that are seen, and what happened. Without
 * parentheses, since speech control may leave out what they enclose.
 */
function nameOf(lane: Lane): string {
  const words = [lane.label, lane.mode, lane.note].filter(Boolean).join(', ');
  return `${words}: ${describeEvents(withRoundedTimes(lane))}`;
}

function withRoundedTimes(lane: Lane): Lane {
  const { requested, granted, ended } = lane;
  return {
    ...lane,
    requested: rounded(requested),
    ...(granted !== undefined && { granted: rounded(granted) }),
    ...(ended !== undefined && { ended: rounded(ended) }),
  };
}

/** An arrow from the end of a wait to the lane that it is for. */
interface Pointer {
  readonly x: number;
  readonly to: PanelLane;
  /** The index of that lane. */
  readonly at: number;
}

function pointerOf(lane: PanelLane, { window, present, indexOf }: Drawing): Pointer | undefined {
  const { requested, granted, ended } = until(lane, present);
  const end = granted ?? ended ?? present;
  if (end <= requested || end < window.start || end > window.end) return undefined;
  const to = blockerOf(lane, present);
  const at = to ? indexOf(to) : -1;
  return to && at >= 0 ? { x: rounded(window.x(end)), to, at } : undefined;
}

/** Draws an arrow between two rows; one that leads to a row that is not drawn has no head. */
function pathOf(x: number, from: number, to: number, rows: number): string {
  const middleOf = (row: number) => (row + 0.5) * rowHeight;
  const down = to > from ? 1 : -1;
  const isDrawn = to >= 0 && to < rows;
  const tip = middleOf(Math.max(-1, Math.min(to, rows))) - (isDrawn ? 9 * down : 0);
  const head = isDrawn ? `m-4 ${-6 * down}l4 ${6 * down}l4 ${-6 * down}` : '';
  return `M${rounded(x)} ${middleOf(from)}V${tip}${head}`;
}
