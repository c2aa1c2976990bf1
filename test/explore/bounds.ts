import type { PolicyName } from '../model/ReferenceLock.js';

/** A request that has been granted: what it asked for, and when it asked and entered. */
interface Served {
  readonly mode: string;
  readonly asked: number;
  readonly granted: number;
}

/** Whether a request entered while another, which did so later, was waiting already. */
const passed = (first: Served, second: Served): boolean =>
  second.asked < first.granted && first.granted < second.granted;

const isWrite = ({ mode }: Served): boolean => mode === 'write';
const conflict = (a: Served, b: Served): boolean =>
  a.mode !== 'read' ? b.mode !== 'read' || isWrite(a) : isWrite(b);

/** What each policy promises (A4): what must not be found among those that were served. */
const BROKEN: Record<PolicyName, (served: readonly Served[]) => boolean> = {
  // Nobody is overtaken by a conflicting request.
  fifo: (served) =>
    served.some((a) => served.some((b) => conflict(a, b) && passed(a, b) && b.asked < a.asked)),
  // A reader waits for at most one writer.
  phaseFair: (served) =>
    served
      .filter(({ mode }) => mode === 'read')
      .some(
        (reader) => served.filter((other) => isWrite(other) && passed(other, reader)).length > 1,
      ),
  // Nobody reads first while a writer waits.
  writersFirst: (served) =>
    served.some((a) => !isWrite(a) && served.some((b) => isWrite(b) && passed(a, b))),
  // Nobody writes first while a reader waits.
  readersFirst: (served) =>
    served.some((a) => isWrite(a) && served.some((b) => !isWrite(b) && passed(a, b))),
};

/** Whether what has happened breaks the bound of a policy. */
export function breaksBound(policy: PolicyName, log: readonly string[]): boolean {
  return BROKEN[policy](servedIn(log));
}

// What is asked through a lease passes everybody, under every policy: it is left out.
function servedIn(log: readonly string[]): Served[] {
  return log.flatMap((event, asked) => {
    const [, name = '', mode = ''] = /^(\w) asks (\w+)$/.exec(event) ?? [];
    const granted = log.indexOf(`${name} granted`);
    return mode && granted >= 0 ? [{ mode, asked, granted }] : [];
  });
}
