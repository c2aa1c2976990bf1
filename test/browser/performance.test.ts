import type * as rxjs_ from 'rxjs';
import type * as rwlock_ from 'rxjs-rwlock';
import type * as devtools_ from 'rxjs-rwlock/devtools';
import { describeInChromium } from './support/inChromium.js';
import { scriptTimes, traceOf } from './support/traceOf.js';

declare const rxjs: typeof rxjs_;
declare const rwlock: typeof rwlock_;
declare const devtools: typeof devtools_;
declare const panel: HTMLElement & devtools_.LockPanel;

describeInChromium('a trace', { panel: 'test/browser/pages/panel.ts' }, (browsing) => {
  it('N3: has a track of each lock, with a bar for each wait and each hold', async () => {
    const page = await browsing.open('panel');
    const trace = await traceOf(browsing.browser, page, () =>
      page.evaluate(async () => {
        const lock = new rwlock.ReadWriteLock({ name: 'settings' });
        const accounts = new rwlock.KeyedReadWriteLock<string>({ name: 'accounts' });
        devtools.markPerformance(lock);
        devtools.markPerformance(accounts);
        const hold = (gate: rwlock_.Gate, label: string) =>
          rxjs.lastValueFrom(rxjs.timer(50).pipe(rwlock.withGate(gate, { label })));
        await Promise.all([
          hold(lock.writer, 'save'),
          hold(lock.reader, 'load'),
          hold(accounts.for('ann').writer, 'deposit'),
        ]);
      }),
    );
    const bars = trace
      .filter(({ name }) => name === 'TimeStamp')
      .map(({ args }) => args.data ?? {});
    const looks = bars.map(({ trackGroup, track, name, color }) =>
      [trackGroup, track, name, color].join(', '),
    );
    expect(looks.sort()).toEqual([
      'locks, accounts, deposit write, primary',
      'locks, settings, load read, secondary',
      'locks, settings, load waits, secondary-light',
      'locks, settings, save write, primary',
    ]);
    const milliseconds = bars.map(({ start, end }) => (Number(end) - Number(start)) / 1000);
    expect(Math.min(...milliseconds)).toBeGreaterThan(40);
  });

  it('N2: of ten thousand requests that scroll, only those in view are drawn', async () => {
    const page = await browsing.open('panel');
    await page.evaluate(() => {
      panel.style.height = '600px';
      const lock = new rwlock.ReadWriteLock({ name: 'settings' });
      panel.locks = [lock];
      const hold = (gate: rwlock_.Gate, label: string) =>
        rxjs.NEVER.pipe(rwlock.withGate(gate, { label })).subscribe();
      for (let i = 0; i < 5000; i++) hold(lock.writer, `save ${i}`).unsubscribe();
      hold(lock.writer, 'held');
      for (let i = 1; i < 5000; i++) hold(i % 3 ? lock.reader : lock.writer, `load ${i}`);
    });
    await page.getByRole('listbox').hover();
    const trace = await traceOf(browsing.browser, page, async () => {
      for (let i = 0; i < 90; i++) {
        await page.mouse.wheel(0, i < 60 ? -400 : -3000);
        await page.evaluate(() => new Promise(requestAnimationFrame));
      }
    });
    const times = scriptTimes(trace).sort((a, b) => a - b);
    const [median = NaN, most = NaN] = [0.5, 0.95].map(
      (part) => times[Math.floor(part * times.length)],
    );
    console.log(
      `script per scrolled frame: median ${median.toFixed(1)} ms, 95 % within ${most.toFixed(1)} ms, ` +
        `of ${times.length} frames`,
    );
    // How long a frame takes depends on the machine: it is printed, and compared with 16 ms by a person.
    expect(times.length).toBeGreaterThan(40);
    const drawn = await page.getByRole('option').count();
    expect(drawn).toBeGreaterThan(5);
    expect(drawn).toBeLessThan(200);
  });
});
