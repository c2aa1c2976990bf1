import { panelClass } from './panel/panelClass.js';

/**
 * Defines a custom element that shows, live, which requests wait for locks and which hold them. It
 * does nothing where there are no custom elements, as in Node, and if the name is defined already.
 *
 * @remarks
 * Give the element a height by CSS. It draws what is visible, so ten thousand requests scroll as
 * ten do; it keeps the last hundred thousand. While it is in no document it watches nothing. A
 * watched lock costs about as much as one with {@link traceLock}.
 *
 * @example
 * ```ts
 * import { ReadWriteLock } from 'rxjs-rwlock';
 * import { defineLockPanel, type LockPanel } from 'rxjs-rwlock/devtools';
 *
 * const lock = new ReadWriteLock({ name: 'settings' });
 * defineLockPanel();
 * if (typeof document !== 'undefined') {
 *   const panel = document.createElement('lock-panel') as HTMLElement & LockPanel;
 *   panel.locks = [lock];
 *   document.body.append(panel);
 * }
 * ```
 *
 * @param name - the name of the element
 * @throws TypeError or a DOMException if the name is not that of a custom element
 */
export function defineLockPanel(name = 'lock-panel'): void {
  const { customElements } = globalThis as Partial<typeof globalThis>;
  if (customElements && !customElements.get(name)) customElements.define(name, panelClass());
}
