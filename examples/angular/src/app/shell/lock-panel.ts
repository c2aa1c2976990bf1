import { Component, computed, CUSTOM_ELEMENTS_SCHEMA, input, isDevMode } from '@angular/core';
import { defineLockPanel } from 'rxjs-rwlock/devtools';
import type { WatchableLock } from './scene';

/**
 * The panel of `rxjs-rwlock/devtools`: a lane for each request of a lock, as it waits and holds. A
 * production build has a stub in its place, which does nothing.
 */
@Component({
  selector: 'app-lock-panel',
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: `
    @if (isDevelopment) {
      <lock-panel [locks]="locks()"></lock-panel>
    } @else {
      <p>This is a production build, which has none of the devtools.</p>
    }
  `,
})
export class LockPanel {
  readonly lock = input.required<WatchableLock>();
  protected readonly locks = computed(() => [this.lock()]);
  protected readonly isDevelopment = isDevMode();

  constructor() {
    defineLockPanel();
  }
}
