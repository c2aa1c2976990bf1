import type { Scene } from './shell/scene';
import { autosaveAndSubmit } from './scenes/autosave-and-submit';
import { keyedList } from './scenes/keyed-list';
import { optimisticUpdate } from './scenes/optimistic-update';
import { saveAndReload } from './scenes/save-and-reload';
import { tabs } from './scenes/tabs';
import { tokenRefresh } from './scenes/token-refresh';

/** All scenes, in the order of the navigation. */
export const scenes: readonly Scene[] = [
  saveAndReload,
  optimisticUpdate,
  autosaveAndSubmit,
  keyedList,
  tokenRefresh,
  tabs,
];
