/** What the server keeps for one column of a scene. Each run of a script gets a new one. */
export class World {
  /** The numbers of the only tokens that work. */
  access = 1;
  refresh = 1;
  document = 'Old title';
  done = false;
  draft = '';
  readonly letters: string[] = [];
  readonly basket: Record<string, number> = { tea: 0, milk: 0, bread: 0 };
  receipt: Readonly<Record<string, number>> = {};
}

/** The worlds that were used last, by the names that the pages gave them. */
export class Worlds {
  readonly #worlds = new Map<string, World>();

  of(name: string): World {
    const world = this.#worlds.get(name) ?? new World();
    this.#worlds.delete(name);
    this.#worlds.set(name, world);
    for (const oldest of this.#worlds.keys()) {
      if (this.#worlds.size <= MAX_WORLDS) break;
      this.#worlds.delete(oldest);
    }
    return world;
  }
}

const MAX_WORLDS = 200;
