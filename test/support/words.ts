import type { Observable } from 'rxjs';

/** What an Observable tells from now on: its values, `#` with the name of its error, `|`. */
export function wordsOf(source: Observable<unknown>): string[] {
  const words: string[] = [];
  source.subscribe({
    next: (value) => words.push(String(value)),
    error: (error: unknown) =>
      words.push(`#${error instanceof Error ? error.name : String(error)}`),
    complete: () => words.push('|'),
  });
  return words;
}
