import picocolors from 'picocolors';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Colours where there is a terminal that wants them; see https://no-color.org. */
export function colorsFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): Colors {
  const wanted = !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return picocolors.createColors(stream.isTTY === true && wanted);
}
