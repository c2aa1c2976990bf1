import { mergeMap, type ObservableInput } from 'rxjs';

// The library, but for one operator, which doesn't wait for its lock.
export * from '../../src/index.js';

export function withGate<T, R>(_gate: unknown, project: (value: T) => ObservableInput<R>) {
  return mergeMap(project);
}
