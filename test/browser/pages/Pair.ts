/**
 * Two counters in IndexedDB that are equal, except while somebody counts. Each is read and written in
 * a transaction of its own, so only a lock keeps two tabs from counting to the same number.
 */
export class Pair {
  readonly #database = open();

  async increment(): Promise<void> {
    const next = (await this.#get('a')) + 1;
    await this.#put('a', next);
    await this.#put('b', next);
  }

  async read(): Promise<{ a: number; b: number }> {
    return { a: await this.#get('a'), b: await this.#get('b') };
  }

  async #get(key: string): Promise<number> {
    const store = (await this.#database).transaction('counters').objectStore('counters');
    return ((await result(store.get(key))) as number | undefined) ?? 0;
  }

  async #put(key: string, value: number): Promise<void> {
    const transaction = (await this.#database).transaction('counters', 'readwrite', {
      durability: 'relaxed',
    });
    await result(transaction.objectStore('counters').put(value, key));
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open('pair');
  request.onupgradeneeded = () => request.result.createObjectStore('counters');
  return result(request);
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error(request.error?.message));
  });
}
