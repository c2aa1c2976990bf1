import type * as package_ from 'rxjs-rwlock';
import { describeInChromium } from './support/inChromium.js';

declare const rwlock: typeof package_;

describeInChromium('a page in Chromium', { lock: 'test/browser/pages/lock.ts' }, (browsing) => {
  it('has the package, bundled from its sources', async () => {
    const page = await browsing.open('lock');
    const held = await page.evaluate(() => {
      const lock = new rwlock.ReadWriteLock();
      lock.writer.tryAcquire();
      return lock.state.held.write;
    });
    expect(held).toBe(1);
  });

  it('reports what is thrown and what is logged as an error', async () => {
    const page = await browsing.open('lock');
    await page.evaluate(async () => {
      console.error('logged');
      setTimeout(() => {
        throw new Error('thrown');
      });
      await new Promise((resolve) => setTimeout(resolve, 10));
    });
    expect(browsing.errors.splice(0)).toEqual(['logged', 'Error: thrown']);
  });
});
