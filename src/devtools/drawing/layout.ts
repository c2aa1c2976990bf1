import { greatest } from '../greatest.js';
import { framesOf, type Timeline } from '../Timeline.js';
import { textWidth } from './svg.js';

/** A part of the picture, drawn from `y = 0`; the parts are stacked from top to bottom. */
export interface Block {
  /** The x of its right edge. */
  readonly right: number;
  readonly height: number;
  readonly svg: readonly string[];
}

/** The horizontal positions of frames. */
export interface TimeScale {
  /** The present, or the end. */
  readonly last: number;
  readonly frameWidth: number;
  readonly x: (frame: number) => number;
}

/** The horizontal positions of modes and frames. */
export interface Scale extends TimeScale {
  readonly modeX: number;
}

export const margin = 16;

/** Finds the horizontal positions that fit the labels, notes and frames of a timeline. */
export function scaleOf(timeline: Timeline): Scale {
  const { lanes } = timeline;
  // The end may come before something that happened, which is shown all the same.
  const last = Math.max(0, greatest(framesOf(timeline)));
  const modeX = margin + Math.ceil(widest(lanes.map(({ label }) => label))) + 8;
  const modesEnd = modeX + widest(lanes.map(({ mode }) => mode));
  const notes = lanes.map(({ note = '' }) => note);
  const notesEnd = margin + widest(notes, 10);
  const left = Math.ceil(Math.max(modesEnd, notesEnd)) + 24;
  const frameWidth = Math.min(last <= 24 ? 28 : 24, 1440 / last);
  return { modeX, last, frameWidth, x: (frame) => left + frame * frameWidth };
}

function widest(texts: readonly string[], fontSize?: number): number {
  return Math.max(0, greatest(texts.map((text) => textWidth(text, fontSize))));
}

/** Lists the frames to number, some twenty at most: every one, every second, every fifth, … */
export function ticks(last: number, first = 0, most = 20): number[] {
  const least = Math.max(1, (last - first) / most);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * ([1, 2, 5].find((step) => step * power >= least) ?? 10);
  const start = Math.ceil(first / step);
  const count = Math.max(0, Math.floor(last / step) - start + 1);
  return Array.from({ length: count }, (_, index) => (start + index) * step);
}
