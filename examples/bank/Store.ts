import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Account {
  readonly id: number;
  readonly balance: number;
  /** How many transfers this document knows of. */
  readonly updates: number;
}

const OPENING_BALANCE = 1_000;

/** A folder with a JSON document for each account. The sum of the balances must never change. */
export class Store {
  readonly #folder: string;
  readonly #ids: readonly number[];

  constructor(folder: string, accounts: number) {
    this.#folder = folder;
    this.#ids = Array.from({ length: accounts }, (_, id) => id);
    mkdirSync(folder);
    for (const id of this.#ids)
      writeFileSync(this.#path(id), toText({ id, balance: OPENING_BALANCE, updates: 0 }));
  }

  /** What the balances add up to. */
  get total(): number {
    return this.#ids.length * OPENING_BALANCE;
  }

  /** Fails with a `SyntaxError` where a document is being written at that moment. */
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

/** Pads to one length: two writes at once cost an update, but never damage the file for good. */
function toText(account: Account): string {
  return `${JSON.stringify(account).padEnd(127)}\n`;
}
