import { framesOf, type Timeline } from '../Timeline.js';
import { textWidth } from './svg.js';

/** A part of the picture, drawn from `y = 0`; the parts are stacked from top to bottom. */
export interface Block {
  /** The x of its right edge. */
  readonly right: number;
  readonly height: number;
  readonly svg: readonly string[];
}

/** The horizontal positions of modes and frames. */
export interface Scale {
  readonly modeX: number;
  readonly last: number;
  readonly frameWidth: number;
  readonly x: (frame: number) => number;
}

export const margin = 16;

/** Finds the horizontal positions that fit the labels, notes and frames of a timeline. */
export function scaleOf(timeline: Timeline): Scale {
  const { lanes } = timeline;
  // The end may come before something that happened, which is shown all the same.
  const last = Math.max(0, ...framesOf(timeline));
  const modeX = margin + Math.ceil(widest(lanes.map(({ label }) => label))) + 8;
  const modesEnd = modeX + widest(lanes.map(({ mode }) => mode));
  const notes = lanes.map(({ note = '' }) => note);
  const notesEnd = margin + widest(notes, 10);
  const left = Math.ceil(Math.max(modesEnd, notesEnd)) + 24;
  const frameWidth = Math.min(last <= 24 ? 28 : 24, 1440 / last);
  return { modeX, last, frameWidth, x: (frame) => left + frame * frameWidth };
}

function widest(texts: readonly string[], fontSize?: number): number {
  return Math.max(0, ...texts.map((text) => textWidth(text, fontSize)));
}

/** Lists the frames to number, some twenty at most: every one, every second, every fifth, … */
export function ticks(last: number): number[] {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
  const step = steps.find((step) => last / step <= 20) ?? Math.ceil(last / 20);
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, index) => index * step);
}
