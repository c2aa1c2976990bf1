export { drawTimeline } from './drawing/drawTimeline.js';
export type { Lane, Timeline } from './Timeline.js';
export { timelineOf } from './timelineOf.js';
