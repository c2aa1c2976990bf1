import type { Lane, Timeline } from '../Timeline.js';

const endings = {
  completed: 'completes',
  errored: 'errors',
  cancelled: 'is unsubscribed',
} satisfies Record<NonNullable<Lane['outcome']>, string>;

/** Writes a timeline as text, for readers who can't see the picture. */
export function describeTimeline({ lanes, states = [], input }: Timeline): string {
  const sentences = lanes.map(describeLane);
  if (input) sentences.push(`The lock's input ends with ${input.kind} at ${input.at}.`);
  if (states.length > 0) {
    sentences.push(
      `The lock emits ${states.map(({ label, at }) => `${label} at ${at}`).join(', ')}.`,
    );
  }
  return sentences.join(' ');
}

export function describeLane(lane: Lane): string {
  const { label, mode, note } = lane;
  const what = note === undefined ? mode : `${mode}, ${note}`;
  return `${label} (${what}) ${describeEvents(lane)}`;
}

/** What happened to a request, without its name. */
export function describeEvents(lane: Lane): string {
  const { requested, granted, values } = lane;
  const events = [`requests the lock at ${requested}`];
  if (granted !== undefined) events.push(`is granted at ${granted}`);
  if (values.length > 0) {
    events.push(`emits ${values.map(({ text, at }) => `${text} at ${at}`).join(', ')}`);
  }
  return `${[...events, describeEnd(lane)].join(', ')}.`;
}

function describeEnd({ granted, ended, outcome }: Lane): string {
  const state = granted === undefined ? 'wait' : 'hold';
  if (ended === undefined) return `${state}s on`;
  return `${outcome === undefined ? `ends its ${state}` : endings[outcome]} at ${ended}`;
}
