import type { Timeline } from '../Timeline.js';
import { textWidth } from './svg.js';

/** A part of the picture, drawn from its own top; the parts stand one below the other. */
export interface Block {
  /** How far it reaches to the right. */
  readonly right: number;
  readonly height: number;
  readonly svg: readonly string[];
}

/** Where everything stands from left to right: names, modes, frames. */
export interface Scale {
  readonly modeX: number;
  readonly last: number;
  readonly frameWidth: number;
  readonly x: (frame: number) => number;
}

export const margin = 16;

/** Lays a timeline out from left to right. */
export function scaleOf(timeline: Timeline): Scale {
  const { lanes } = timeline;
  const last = lastFrame(timeline);
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

/** Nothing that happened is left out, even where it happened after the end. */
function lastFrame({ end, lanes, states = [], input }: Timeline): number {
  const inLanes = lanes.flatMap(({ requested, granted = 0, ended = 0, values }) => [
    requested,
    granted,
    ended,
    ...values.map(({ at }) => at),
  ]);
  return Math.max(end, ...inLanes, ...states.map(({ at }) => at), input?.at ?? 0);
}

/** The frames to be numbered, some twenty at most: every one, or second, or fifth, … */
export function ticks(last: number): number[] {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
  const step = steps.find((step) => last / step <= 20) ?? Math.ceil(last / 20);
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, index) => index * step);
}
