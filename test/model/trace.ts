import type { PolicyName } from './rules.js';

/** A step of a walk through the model: what a client does, and who holds and waits after it. */
export interface TraceStep {
  /** Where it stands in its file. */
  readonly line: number;
  readonly client: string;
  readonly action: string;
  /** `a=u+r | b?w`: `a` holds two leases, `b` waits to write. */
  readonly state: string;
}

/** A walk of clients, from a lock that is free. */
export type Walk = readonly TraceStep[];

export const POLICY_NAMES: readonly PolicyName[] = [
  'fifo',
  'phaseFair',
  'writersFirst',
  'readersFirst',
];

export const traceFile = (policy: PolicyName): string => `model/traces/${policy}.txt`;

const ACTION = 'asks [ruw]|gives up(?: \\+w)?|nests [ruw]|downgrades to [ru]|lets go(?: \\+)?';
const STEP = new RegExp(`^([a-z]) (${ACTION}) > ((?:.* )?\\|(?: .*)?)$`);

/** Reads walks, of which each is a paragraph of steps; lines that begin with `#` are comments. */
export function parseTraces(text: string): Walk[] {
  const walks: TraceStep[][] = [];
  let walk: TraceStep[] | undefined;
  for (const [i, content] of text.split('\n').entries()) {
    if (content.startsWith('#')) continue;
    if (content === '') {
      walk = undefined;
      continue;
    }
    if (!walk) walks.push((walk = []));
    walk.push(parseStep(content, i + 1));
  }
  return walks;
}

function parseStep(content: string, line: number): TraceStep {
  const [, client, action, state] = STEP.exec(content) ?? [];
  if (!client || !action || !state) throw new Error(`line ${line} is no step: ${content}`);
  return { line, client, action, state };
}

/** Writes walks as they are read. */
export function formatTraces(walks: readonly Walk[]): string {
  const format = ({ client, action, state }: TraceStep) => `${client} ${action} > ${state}\n`;
  return walks.map((walk) => walk.map(format).join('')).join('\n');
}
