/** Waits for the timers that are due. */
export const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

/** Waits until a log has so many entries, and another turn, in which there may be one too many. */
export async function until(log: readonly unknown[], length: number): Promise<void> {
  while (log.length < length) await turn();
  await turn();
}
