import { type Mode, WRITE } from '../core/LockMode.js';
import type { Key, Request } from '../core/Request.js';

/** A key, and the strongest mode that is requested of it. */
export interface KeyMode {
  /** `ALL` stands for all keys. */
  readonly key: unknown;
  readonly most: Mode;
}

export const ALL = undefined;

/** The keys of one lock that are requested together, each with its mode. */
export class KeySet implements Key {
  readonly keys: readonly KeyMode[];

  constructor(keys: readonly KeyMode[]) {
    this.keys = keys;
  }

  /** One key, in whatever mode a request has. */
  static of(key: unknown): KeySet {
    return new KeySet([{ key, most: WRITE }]);
  }

  /** Whether it stands for all keys, which are never requested together with others. */
  get isOfAll(): boolean {
    return (this.keys[0] as KeyMode).key === ALL;
  }

  toString(): string {
    const names = this.keys.map(({ key }) => shown(key));
    return this.isOfAll ? '' : `[${names.join(', ')}]`;
  }

  inOneMode(): KeySet {
    return new KeySet(this.keys.map(({ key }) => ({ key, most: WRITE })));
  }
}

export function keysOf({ key }: Request): readonly KeyMode[] {
  return (key as KeySet).keys;
}

/** The mode that a request has on a key, if it overlaps that key. */
export function modeAt(request: Request, at: unknown): Mode | undefined {
  const isAt = ({ key }: KeyMode) => key === ALL || at === ALL || [key].includes(at);
  const most = keysOf(request).reduce(
    (most, one) => (isAt(one) ? Math.max(most, one.most) : most),
    -1,
  );
  return most < 0 ? undefined : (Math.min(most, request.modeIndex) as Mode);
}

function shown(key: unknown): string {
  try {
    return String(key);
  } catch {
    return typeof key;
  }
}
