/** An update that has been subscribed and has not ended, as far as it has a patch. */
export class Edit<T> {
  readonly #patch: (value: T) => T;
  /** Ends the update with an error. */
  readonly fail: (error: unknown) => void;
  /** What the patch was applied to last, and what came of it. */
  #last: { readonly from: T; readonly to: T } | undefined;

  constructor(patch: (value: T) => T, fail: (error: unknown) => void) {
    this.#patch = patch;
    this.fail = fail;
  }

  /** Applies the patch, a pure function: the same value has the same result, as the same object. */
  apply(from: T): T {
    if (!this.#last || !Object.is(this.#last.from, from))
      this.#last = { from, to: this.#patch(from) };
    return this.#last.to;
  }
}

/** A committed value, and above it the patches of the updates that have not ended. */
export class Overlay<T> {
  committed: T;
  /** In the order of the updates. */
  readonly edits = new Set<Edit<T>>();

  constructor(committed: T) {
    this.committed = committed;
  }

  /**
   * The committed value with every patch applied. An edit whose patch throws is removed; what fails
   * its update is added to `failures`.
   */
  apply(failures: (() => void)[]): T {
    let value = this.committed;
    for (const edit of this.edits) {
      try {
        value = edit.apply(value);
      } catch (error) {
        this.edits.delete(edit);
        failures.push(() => edit.fail(error));
      }
    }
    return value;
  }
}
