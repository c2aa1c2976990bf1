import { ticks } from '../drawing/layout.js';
import { element, textElement } from '../drawing/svg.js';
import type { LockPanel } from '../LockPanel.js';
import type { Timeline } from '../Timeline.js';
import { coresOf, type WatchedLock } from '../watchedLocks.js';
import { blockerOf, LaneList, sentenceOf, until } from './LaneList.js';
import { labelWidthIn, panelStyle } from './panelStyle.js';
import { type PanelLane, Recording } from './Recording.js';
import { TimeWindow } from './TimeWindow.js';

const MARKUP = `
  <div class="bar">
    <button type="button" data-do="pause" aria-pressed="false">Pause</button>
    <button type="button" data-do="out" aria-label="Zoom out">−</button>
    <button type="button" data-do="in" aria-label="Zoom in">+</button>
    <button type="button" data-do="fit">Show all</button>
    <button type="button" data-do="clear">Clear</button>
    <input type="search" placeholder="Filter by label, lock, key or mode" aria-label="Filter" />
    <span class="count"></span>
  </div>
  <svg class="axis ink" aria-hidden="true"></svg>
  <div class="lanes" role="listbox" aria-label="Requests" tabindex="0">
    <div class="space" role="presentation"><svg class="pointers" aria-hidden="true"></svg></div>
  </div>
  <div class="detail"></div>
  <div class="heard" role="status"></div>
`;
const HINT = 'Choose a request to see what it waits for.';

/** How often the present moves while nothing else happens, in milliseconds. */
const BEAT = 50;
/** How long a text must stand before a screen reader is told, in milliseconds. */
const CALM = 700;
/** Pixels that a key moves the time by. */
const STEP = 80;
const ZOOM = 1.5;

/** Returns the class of the element. It is made in here, as not every program has `HTMLElement`. */
export function panelClass(): CustomElementConstructor {
  return class extends HTMLElement implements LockPanel {
    readonly #origin = performance.now();
    readonly #recording = new Recording(
      () => this.#now,
      () => {
        this.#changed = this.#now;
        this.#schedule();
      },
    );
    readonly #window = new TimeWindow();
    readonly #root = this.attachShadow({ mode: 'open' });
    readonly #list: LaneList;
    #locks: readonly WatchedLock[] = [];
    #timeline: Timeline | undefined;
    #pausedAt: number | undefined;
    /** When something happened last. */
    #changed = 0;
    #chosen: PanelLane | undefined;
    #words: readonly string[] = [];
    /** The lanes that have all words, among the first ones, and how many these are. */
    #matching: PanelLane[] = [];
    #looked = 0;
    #epoch = 0;
    #frame = 0;
    #beat: ReturnType<typeof setTimeout> | undefined;
    #calm: ReturnType<typeof setTimeout> | undefined;
    readonly #resizes = new ResizeObserver(() => this.#schedule());

    constructor() {
      super();
      const style = new CSSStyleSheet();
      style.replaceSync(panelStyle);
      this.#root.adoptedStyleSheets = [style];
      this.#root.innerHTML = MARKUP;
      const lanes = this.#find('.lanes');
      this.#list = new LaneList(lanes);
      this.#root.addEventListener('click', ({ target }) => this.#click(target as Element));
      this.#input.addEventListener('input', () => this.#search());
      lanes.addEventListener('keydown', (event) => {
        if (!this.#press(event)) return;
        event.preventDefault();
        this.#schedule();
      });
      lanes.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
      lanes.addEventListener('scroll', () => this.#schedule(), { passive: true });
    }

    connectedCallback(): void {
      // What was set before the element was defined.
      for (const name of ['locks', 'timeline', 'paused', 'filter'] as const) {
        if (!Object.hasOwn(this, name)) continue;
        const value: unknown = this[name];
        Reflect.deleteProperty(this, name);
        Object.assign(this, { [name]: value });
      }
      this.#resizes.observe(this.#find('.lanes'));
      this.#recording.watch(coresOf(this.#locks));
      this.#schedule();
    }

    disconnectedCallback(): void {
      this.#recording.watch(new Set());
      this.#resizes.disconnect();
      cancelAnimationFrame(this.#frame);
      this.#frame = 0;
      clearTimeout(this.#beat);
      clearTimeout(this.#calm);
    }

    get locks(): readonly WatchedLock[] {
      return this.#locks;
    }

    set locks(locks) {
      const cores = coresOf(locks);
      if (this.#timeline) this.timeline = undefined;
      this.#locks = [...locks];
      if (this.isConnected) this.#recording.watch(cores);
    }

    get timeline(): Timeline | undefined {
      return this.#timeline;
    }

    set timeline(timeline) {
      if (timeline === this.#timeline) return;
      this.#locks = [];
      this.#timeline = timeline;
      this.#chosen = undefined;
      this.#recording.load(timeline?.lanes ?? []);
      this.#fit();
    }

    get paused(): boolean {
      return this.#pausedAt !== undefined;
    }

    set paused(paused) {
      if (paused === this.paused) return;
      this.#pausedAt = paused ? this.#now : undefined;
      const button = this.#find('[data-do=pause]');
      button.ariaPressed = String(paused);
      button.textContent = paused ? 'Go on' : 'Pause';
      this.#say(paused ? 'Paused' : 'Live');
      this.#schedule();
    }

    get filter(): string {
      return this.#input.value;
    }

    set filter(filter) {
      this.#input.value = filter;
      this.#search();
    }

    clear(): void {
      this.#recording.clear();
      this.#say('Cleared');
    }

    get #now(): number {
      return performance.now() - this.#origin;
    }

    /** The time up to which all is shown. */
    get #present(): number {
      return this.#timeline?.end ?? this.#pausedAt ?? this.#now;
    }

    get #labelWidth(): number {
      return labelWidthIn(this.#find('.lanes').clientWidth);
    }

    #find(selector: string): HTMLElement {
      return this.#root.querySelector(selector) as HTMLElement;
    }

    get #input(): HTMLInputElement {
      return this.#find('input') as HTMLInputElement;
    }

    #schedule(): void {
      if (this.#frame || !this.isConnected) return;
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#draw();
      });
    }

    #draw(): void {
      const present = this.#present;
      const lanes = this.#shown(present);
      const window = this.#window;
      window.width = Math.max(1, this.#find('.lanes').clientWidth - this.#labelWidth);
      const isLive = !this.paused && !this.#timeline;
      const first = this.#recording.lanes[0];
      const goesOn = isLive && this.#recording.open > 0;
      // While nothing goes on, what is over stays in view.
      if (isLive) window.follow(goesOn ? present : this.#changed, first?.requested ?? present);
      const chosen = this.#chosen;
      const follows = isLive && !chosen;
      const indexOf = (lane: PanelLane) => indexIn(lanes, lane);
      const times = ticks(window.end, Math.max(0, window.start), window.width / 80);
      this.#list.draw({ lanes, indexOf, window, present, ticks: times, chosen, follows });
      this.#drawAxis(times);
      const all = this.#recording.lanes.length;
      const count = lanes.length < all ? `${text(lanes.length)} of ${text(all)}` : text(all);
      setText(this.#find('.count'), `${count} ${all === 1 ? 'request' : 'requests'}`);
      setText(this.#find('.detail'), chosen ? this.#detailOf(chosen) : HINT);
      clearTimeout(this.#beat);
      if (goesOn) this.#beat = setTimeout(() => this.#schedule(), BEAT);
    }

    #drawAxis(times: readonly number[]): void {
      const labels = this.#labelWidth;
      const marks = times.map((at) => {
        const x = this.#window.x(at) + labels;
        const line = element('line', { class: 'grid', x1: x, y1: 14, x2: x, y2: 20 });
        const label = at < 1000 ? `${at} ms` : `${at / 1000} s`;
        return line + textElement('text', { class: 'small middle', x, y: 12 }, label);
      });
      this.#find('.axis').innerHTML = marks.join('');
    }

    /** The lanes that have been requested so far and pass the filter. */
    #shown(present: number): readonly PanelLane[] {
      const { lanes, epoch } = this.#recording;
      let shown = lanes;
      if (this.#words.length > 0) {
        if (epoch !== this.#epoch) this.#looked = 0;
        if (this.#looked === 0) this.#matching = [];
        for (const lane of lanes.slice(this.#looked))
          if (this.#isMatching(lane)) this.#matching.push(lane);
        this.#looked = lanes.length;
        this.#epoch = epoch;
        shown = this.#matching;
      }
      let count = shown.length;
      while ((shown[count - 1]?.requested ?? -Infinity) > present) count--;
      return count < shown.length ? shown.slice(0, count) : shown;
    }

    #isMatching({ label, note, mode }: PanelLane): boolean {
      const text = `${label} ${note} ${mode}`.toLowerCase();
      return this.#words.every((word) => text.includes(word));
    }

    #detailOf(lane: PanelLane): string {
      const present = this.#present;
      const shown = until(lane, present);
      const blocker = blockerOf(lane, present);
      const { granted, ended } = shown;
      if (!blocker || granted === shown.requested) return sentenceOf(shown);
      const waits = granted === undefined && ended === undefined ? 'waits' : 'waited';
      return `${sentenceOf(shown)} It ${waits} for ${blocker.label} (${blocker.mode}).`;
    }

    #search(): void {
      this.#words = this.filter.toLowerCase().split(/\s+/).filter(Boolean);
      this.#looked = 0;
      const shown = this.#shown(this.#present).length;
      this.#say(`${text(shown)} ${shown === 1 ? 'request' : 'requests'}`);
      this.#schedule();
    }

    /** Tells a screen reader, of several texts in a short time only the last one. */
    #say(what: string): void {
      clearTimeout(this.#calm);
      this.#calm = setTimeout(() => setText(this.#find('.heard'), what), CALM);
    }

    #click(target: Element): void {
      const action = target.closest<HTMLElement>('[data-do]')?.dataset['do'];
      if (action === 'pause') this.paused = !this.paused;
      else if (action === 'in') this.#zoom(1 / ZOOM);
      else if (action === 'out') this.#zoom(ZOOM);
      else if (action === 'fit') this.#fit();
      else if (action === 'clear') this.clear();
      else {
        const lane = this.#shown(this.#present)[this.#list.indexAt(target)];
        if (lane) this.#chosen = lane;
      }
      this.#schedule();
    }

    /** Returns whether the key does something. */
    #press({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
      if (ctrlKey || metaKey || altKey) return false;
      const lanes = this.#shown(this.#present);
      const at = this.#chosen ? indexIn(lanes, this.#chosen) : -1;
      const page = this.#list.page;
      const moves: Record<string, () => unknown> = {
        ArrowDown: () => this.#choose(lanes, at + 1),
        ArrowUp: () => this.#choose(lanes, at < 0 ? lanes.length - 1 : at - 1),
        PageDown: () => this.#choose(lanes, at + page),
        PageUp: () => this.#choose(lanes, at - page),
        Home: () => this.#choose(lanes, 0),
        End: () => this.#choose(lanes, lanes.length - 1),
        Enter: () => this.#goToBlocker(lanes),
        Escape: () => (this.#chosen = undefined),
        ArrowLeft: () => this.#move(-STEP),
        ArrowRight: () => this.#move(STEP),
        '+': () => this.#zoom(1 / ZOOM),
        '-': () => this.#zoom(ZOOM),
        '0': () => this.#fit(),
        ' ': () => (this.paused = !this.paused),
      };
      moves['='] = moves['+'] as () => void;
      const move = Object.hasOwn(moves, key) ? moves[key] : undefined;
      move?.();
      return move !== undefined;
    }

    #choose(lanes: readonly PanelLane[], index: number): void {
      const at = Math.max(0, Math.min(index, lanes.length - 1));
      const lane = lanes[at];
      if (!lane) return;
      this.#chosen = lane;
      this.#list.reveal(at);
      if (this.paused || this.#timeline) this.#window.reveal(lane.granted ?? lane.requested);
    }

    #goToBlocker(lanes: readonly PanelLane[]): void {
      const blocker = this.#chosen && blockerOf(this.#chosen, this.#present);
      const at = blocker ? indexIn(lanes, blocker) : -1;
      if (at >= 0) this.#choose(lanes, at);
    }

    #wheel(event: WheelEvent): void {
      const { deltaX, deltaY, shiftKey, ctrlKey, clientX } = event;
      const left = this.#find('.lanes').getBoundingClientRect().left + this.#labelWidth;
      if (ctrlKey) this.#window.zoom(ZOOM ** Math.sign(deltaY), Math.max(0, clientX - left));
      else if (shiftKey || Math.abs(deltaX) > Math.abs(deltaY)) this.#move(deltaX || deltaY);
      else return;
      event.preventDefault();
      this.#schedule();
    }

    /** Zooms around the middle of what is visible of the lanes. */
    #zoom(factor: number): void {
      const { x, width } = this.#window;
      const edges = [this.#recording.lanes[0]?.requested ?? 0, this.#present].map((time) =>
        Math.max(0, Math.min(x(time), width)),
      );
      this.#window.zoom(factor, ((edges[0] ?? 0) + (edges[1] ?? 0)) / 2);
    }

    /** Moves in time; what is live stands still for it. */
    #move(pixels: number): void {
      if (!this.#timeline) this.paused = true;
      this.#window.move(pixels);
    }

    #fit(): void {
      const present = this.#present;
      const first = this.#shown(present)[0];
      this.#window.fit(first?.requested ?? 0, Math.max(present, (first?.requested ?? 0) + 10));
      this.#schedule();
    }
  };
}

/** The lanes are in the order of their indices. */
function indexIn(lanes: readonly PanelLane[], { index }: PanelLane): number {
  if (index < 0) return -1;
  let low = 0;
  let high = lanes.length - 1;
  while (low <= high) {
    const mid = (low + high) >> 1;
    const found = lanes[mid]?.index ?? NaN;
    if (found === index) return mid;
    if (found < index) low = mid + 1;
    else high = mid - 1;
  }
  return -1;
}

function text(value: number): string {
  return value.toLocaleString('en-US');
}

function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
