/** Returns the greatest number. More than some 100,000 arguments of `Math.max` overflow the stack. */
export function greatest(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b), -Infinity);
}
