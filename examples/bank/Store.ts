import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Account {
  readonly id: number;
  readonly balance: number;
  /** How many transfers have changed this document. */
  readonly updates: number;
}

const OPENING_BALANCE = 1_000;

/** A folder with a JSON document for each account. */
export class Store {
  /** The sum of all balances, which must never change. */
  readonly total: number;
  readonly #folder: string;
  readonly #ids: readonly number[];

  constructor(folder: string, accounts: number) {
    this.#folder = folder;
    this.#ids = Array.from({ length: accounts }, (_, id) => id);
    this.total = accounts * OPENING_BALANCE;
    mkdirSync(folder);
    for (const id of this.#ids)
      writeFileSync(this.#path(id), toText({ id, balance: OPENING_BALANCE, updates: 0 }));
  }

  /** Fails with a `SyntaxError` if the document is being written at that moment. */
  async read(id: number): Promise<Account> {
    return JSON.parse(await readFile(this.#path(id), 'utf8')) as Account;
  }

  readAll(): Promise<Account[]> {
    return Promise.all(this.#ids.map((id) => this.read(id)));
  }

  async write(account: Account): Promise<void> {
    await writeFile(this.#path(account.id), toText(account));
  }

  #path(id: number): string {
    return join(this.#folder, `account-${id}.json`);
  }
}

/** All documents have one length: two writes at once lose an update, but leave valid JSON behind. */
function toText(account: Account): string {
  return `${JSON.stringify(account).padEnd(127)}\n`;
}
