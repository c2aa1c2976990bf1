/** One step of a client of the model, with the state of the lock before and after it. */
export interface Transition {
  /** `a=u+r | b?w`: `a` holds two leases, `b` waits to write. */
  readonly from: string;
  readonly client: string;
  readonly action: string;
  readonly to: string;
}

/** The state of a lock that is free. */
export const FREE = '|';

const ACTION = 'requests [ruw]|nests [ruw]|cancels(?: \\+w)?|downgrades to [ru]|releases(?: \\+)?';
const STATE = '(?:.* )?\\|(?: .*)?';
const LINE = new RegExp(`^(${STATE}) > ([a-z]) (${ACTION}) > (${STATE})$`);

/** Reads a line that the model prints: `a=w | > b requests r > a=w | b?r`. */
export function parseTransition(line: string): Transition {
  const [, from, client, action, to] = LINE.exec(line) ?? [];
  if (!from || !client || !action || !to) throw new Error(`not a transition: ${line}`);
  return { from, client, action, to };
}
