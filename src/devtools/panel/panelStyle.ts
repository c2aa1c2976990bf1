import { timelineStyle } from '../drawing/timelineStyle.js';

/** The height of a lane, in pixels. */
export const rowHeight = 28;
/** The widest column of labels, in pixels. In a narrow panel it takes a third of the width. */
const widest = 240;
const labelWidth = `min(${widest}px, 100% / 3)`;

/** The width of the column of labels in a panel, in pixels, as the style sheet has it. */
export function labelWidthIn(width: number): number {
  return Math.min(widest, width / 3);
}

/** The style sheet of a panel; its lanes look as those of a drawn timeline. */
export const panelStyle = `
  :host {
    color-scheme: light dark;
    display: flex; flex-direction: column; height: 320px; overflow: hidden;
    font: 12px/1.4 system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif;
    color: #1f2328; background: #ffffff; border: 1px solid #d1d9e0; border-radius: 6px;
  }
  :host([hidden]) { display: none }
  ${timelineStyle}
  /* A wide stroke with short dashes: a wait is a hatched bar. */
  .lanes .wait { stroke-width: 12; stroke-dasharray: 2 3; opacity: .75 }
  .bar { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; padding: 6px 8px }
  .bar input { flex: 1 1 160px; min-width: 0 }
  .bar button { min-width: 28px }
  .bar button, .bar input {
    font: inherit; color: inherit; padding: 3px 8px; border: 1px solid #818b98; border-radius: 6px;
    background: #f6f8fa;
  }
  .bar input { background: transparent }
  .count { color: #59636e; font-variant-numeric: tabular-nums }
  .axis { display: block; flex: none; height: 20px; border-bottom: 1px solid #d1d9e0 }
  .lanes { position: relative; flex: 1; min-height: 0; overflow: hidden auto; contain: strict }
  :focus-visible { outline: 2px solid #0969da; outline-offset: -2px }
  .space { position: relative; overflow: hidden }
  .lane { position: absolute; inset: 0 0 auto; height: ${rowHeight}px; display: flex; contain: strict }
  .lane[aria-selected='true'] { background: #0969da22 }
  .lane.blocker { box-shadow: inset 3px 0 #0969da }
  .label {
    flex: none; box-sizing: border-box; width: ${labelWidth}; padding: 0 10px;
    display: flex; gap: 8px; align-items: center; white-space: nowrap;
  }
  .label span { overflow: hidden; text-overflow: ellipsis }
  .label .name { flex: 0 1 auto; color: #1f2328 }
  .label .lock { flex: 1 1 0; color: #59636e }
  .label .mode { flex: none; order: 1 }
  .lane svg, .pointers { overflow: hidden }
  .lane svg { flex: none }
  .pointers { position: absolute; left: ${labelWidth}; pointer-events: none }
  .pointer { fill: none; stroke: #59636e; stroke-width: 1.5 }
  .pointer.chosen { stroke: #0969da; stroke-width: 2.5 }
  .empty { padding: 16px; color: #59636e }
  .detail {
    flex: none; box-sizing: border-box; min-height: 30px; padding: 6px 10px;
    border-top: 1px solid #d1d9e0; overflow-wrap: anywhere;
  }
  .heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  @media (prefers-color-scheme: dark) {
    :host { color: #f0f6fc; background: #0d1117; border-color: #3d444d }
    .bar button, .bar input { border-color: #656c76; background: #212830 }
    .bar input { background: transparent }
    .axis, .detail { border-color: #3d444d }
    .label .name { color: #f0f6fc }
    .count, .label .lock, .empty { color: #9198a1 }
    :focus-visible { outline-color: #4493f8 }
    .lane[aria-selected='true'] { background: #4493f833 }
    .lane.blocker { box-shadow: inset 3px 0 #4493f8 }
    .pointer { stroke: #9198a1 }
    .pointer.chosen { stroke: #4493f8 }
  }
`;
