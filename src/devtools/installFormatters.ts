import { Subscription } from 'rxjs';
import { described } from '../core/errors.js';
import { LockCore } from '../core/LockCore.js';
import { LOCK_MODES } from '../core/LockMode.js';
import { GRANTED } from '../core/Request.js';
import type { LockState } from '../index.js';
import { LeaseRequest, LockGate } from '../lock/LockGate.js';
import { ObservableLock } from '../lock/ReadWriteLock.js';
import { KeyedReadWriteLock } from '../many/KeyedReadWriteLock.js';
import { inspectLock } from './inspectLock.js';
import { gateOf, lockOf, type WatchedLock } from './watchedLocks.js';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');
const NAMES = ['toString', INSPECT];
const CLASSES = [ObservableLock, KeyedReadWriteLock, LeaseRequest, LockGate];

/** They belong to this copy of the package, as its classes do. */
const installations = new Set<Subscription>();
const page = globalThis as { devtoolsFormatters?: CustomFormatter[] | undefined };

/** By phase. */
const PHASES = ['not requested', 'accepted', 'waiting', 'granted', 'held', 'over'];

/** An element of Chrome's console. */
type Markup = readonly [name: string, attributes: object, content: string];

/** What Chrome's console calls for each value, if custom formatters are enabled in its settings. */
interface CustomFormatter {
  header(value: unknown): Markup | null;
  hasBody(value: unknown): boolean;
  body(value: unknown): Markup;
}

/**
 * Makes `String(…)` and `console.log(…)` tell about locks, leases, gates and requests: the name of
 * the lock, the mode, the label, and how many hold and wait.
 *
 * @remarks
 * In Chrome enable "Custom formatters" in the settings of the developer tools; a lock that is
 * opened there shows what {@link inspectLock} tells. The texts are for people and may change.
 *
 * It adds methods to the classes of this package, for all locks. If a program loads the package in
 * both formats, it concerns the locks of the format from which it is imported.
 *
 * @example
 * ```ts
 * import { ReadWriteLock } from 'rxjs-rwlock';
 * import { installFormatters } from 'rxjs-rwlock/devtools';
 *
 * const formatters = installFormatters();
 * const lock = new ReadWriteLock({ name: 'settings' });
 * const lease = lock.reader.tryAcquire({ label: 'report' });
 * console.log(String(lock)); // ReadWriteLock settings: held 1 read
 * console.log(String(lease)); // Lease #1 of settings: read "report" (held)
 * formatters.unsubscribe();
 * ```
 *
 * @returns a subscription that undoes it; if it was called more often, the last one does
 */
export function installFormatters(): Subscription {
  const installed = new Subscription(() => {
    installations.delete(installed);
    if (installations.size === 0) uninstall();
  });
  installations.add(installed);
  if (installations.size > 1) return installed;
  for (const { prototype } of CLASSES)
    for (const name of NAMES) {
      const value = function (this: unknown) {
        return textOf(this);
      };
      Object.defineProperty(prototype, name, { value, configurable: true });
    }
  page.devtoolsFormatters = [...(page.devtoolsFormatters ?? []), formatter];
  return installed;
}

function uninstall(): void {
  for (const { prototype } of CLASSES)
    for (const name of NAMES) Reflect.deleteProperty(prototype, name);
  page.devtoolsFormatters = page.devtoolsFormatters?.filter((one) => one !== formatter);
}

const formatter: CustomFormatter = {
  header(value) {
    const text = textOf(value);
    return text === undefined ? null : ['span', {}, text];
  },
  hasBody: isLock,
  body: (value) => ['pre', {}, inspectLock(value as WatchedLock).toString()],
};

function isLock(value: unknown): value is WatchedLock {
  return value instanceof ObservableLock || value instanceof KeyedReadWriteLock;
}

function textOf(value: unknown): string | undefined {
  if (isLock(value)) return lockText(value);
  if (value instanceof LeaseRequest) return requestText(value);
  return value instanceof LockGate ? gateText(value as LockGate) : undefined;
}

function lockText(lock: WatchedLock): string {
  const { state } = lockOf('lock', lock);
  const { name } = gateOf('lock', lock);
  const parts = [
    countsText('held', state.held),
    countsText('waiting', state.waiting),
    state.closed ? 'closed' : '',
  ].filter(Boolean);
  const kind = lock instanceof ObservableLock ? 'ReadWriteLock' : 'KeyedReadWriteLock';
  return `${kind} ${name}: ${parts.join('; ') || 'free'}`;
}

function countsText(what: string, counts: LockState['held']): string {
  const modes = LOCK_MODES.filter((mode) => counts[mode] > 0);
  if (modes.length === 0) return '';
  return `${what} ${modes.map((mode) => `${counts[mode]} ${mode}`).join(', ')}`;
}

function requestText(request: LeaseRequest): string {
  const { phase, order, lockName } = request;
  const kind = phase < GRANTED ? 'Request' : 'Lease';
  // A request for several locks has no number of its own.
  const number = order > 0 ? ` #${order}` : '';
  return `${kind}${number} of ${lockName}: ${described(request)} (${PHASES[phase]})`;
}

function gateText({ lock, key, mode, modeIndex, name, parent }: LockGate): string {
  const text = `Gate of ${name}: ${mode}`;
  if (parent) return `${text} through ${requestText(parent)}`;
  if (!(lock instanceof LockCore)) return text;
  const { held, waiting } = lock.table.stateAt(key) ?? lock;
  return `${text} (${held[modeIndex]} held, ${waiting[modeIndex]} waiting)`;
}
