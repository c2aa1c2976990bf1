import type { Browser, Page } from 'playwright-core';

/** An event of a trace that Chromium records; times in microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** The time that the thread ran. */
  readonly tdur?: number;
  readonly args: { readonly data?: Readonly<Record<string, unknown>> };
}

/** Records what the performance panel records, while something is done in a page. */
export async function traceOf(
  browser: Browser,
  page: Page,
  act: () => Promise<void>,
): Promise<TraceEvent[]> {
  await browser.startTracing(page, {
    categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8.execute'],
  });
  await act();
  const trace = await browser.stopTracing();
  return (JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] }).traceEvents;
}

const SCRIPT = ['FireAnimationFrame', 'EventDispatch', 'TimerFire'];

/**
 * Returns, for each frame in which something was scrolled, the milliseconds for which scripts ran:
 * the time of their thread, as another program may have had the processor.
 */
export function scriptTimes(trace: readonly TraceEvent[]): number[] {
  const page = trace.find(({ name }) => name === 'FireAnimationFrame');
  const times: number[] = [];
  let time = 0;
  let isScrolled = false;
  for (const { name, tid, pid, tdur = 0, args } of [...trace].sort((a, b) => a.ts - b.ts)) {
    if (pid !== page?.pid || tid !== page.tid) continue;
    if (SCRIPT.includes(name)) time += tdur / 1000;
    if (name === 'EventDispatch' && args.data?.['type'] === 'scroll') isScrolled = true;
    if (name !== 'Commit') continue;
    if (isScrolled) times.push(time);
    time = 0;
    isScrolled = false;
  }
  return times;
}
