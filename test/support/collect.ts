import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Collects garbage, in a turn of its own: a WeakRef keeps its target for the turn it was made in. */
export async function collectGarbage(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  gc();
}

/** How many objects are still there after all garbage has been collected; some takes more than one time. */
export async function countKept(objects: readonly WeakRef<object>[], atMost = 0): Promise<number> {
  for (let kept, times = 1; ; times++) {
    await collectGarbage();
    kept = objects.filter((object) => object.deref()).length;
    if (kept <= atMost || times === 3) return kept;
  }
}
