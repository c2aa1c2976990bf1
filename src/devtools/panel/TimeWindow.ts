/** In milliseconds per pixel: from a frame that fills a page to some days on a screen. */
const FINEST = 0.005;
const COARSEST = 200_000;

/** The part of the time that a panel shows, in milliseconds. */
export class TimeWindow {
  /** The time at the left edge. */
  start = 0;
  /** Milliseconds per pixel. */
  #pace = 10;
  /** In pixels. */
  width = 600;

  get pace(): number {
    return this.#pace;
  }

  /** The pixels that the past and the present have. */
  get #room(): number {
    return Math.max(1, this.width - LEFT - RIGHT);
  }

  get end(): number {
    return this.start + this.width * this.#pace;
  }

  /** The pixel of a time. One far outside gets a pixel that is just outside. */
  x = (time: number): number => {
    const x = (time - this.start) / this.#pace;
    return Math.max(-OUTSIDE, Math.min(x, this.width + OUTSIDE));
  };

  /** Shows more or less time, around a pixel that keeps its time. */
  zoom(factor: number, around: number): void {
    const fixed = this.start + around * this.#pace;
    this.#pace = Math.max(FINEST, Math.min(this.#pace * factor, COARSEST));
    this.start = fixed - around * this.#pace;
  }

  move(pixels: number): void {
    this.start += pixels * this.#pace;
  }

  /** Shows all of a time. */
  fit(start: number, end: number): void {
    this.#pace = Math.max(FINEST, Math.min((end - start) / this.#room, COARSEST));
    this.start = start - LEFT * this.#pace;
  }

  /** Shows a time at the right edge, or further left as long as nothing has been before `first`. */
  follow(now: number, first: number): void {
    this.start = Math.max(first, now - this.#room * this.#pace) - LEFT * this.#pace;
  }

  /** Shows a time that is outside, in the middle. */
  reveal(time: number): void {
    if (time >= this.start && time <= this.end) return;
    this.start = time - (this.width / 2) * this.#pace;
  }
}

/** More than any mark is wide. */
const OUTSIDE = 100;
/** The margins, in pixels: to the right there are arrows. */
const LEFT = 12;
const RIGHT = 48;
