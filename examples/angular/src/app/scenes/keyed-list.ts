import { KeyValuePipe } from '@angular/common';
import { HttpClient } from '@angular/common/http';
import { Component, computed, inject, Injectable, signal } from '@angular/core';
import { merge, type Observable, tap } from 'rxjs';
import { withReadLock, withWriteLock } from 'rxjs-rwlock';
import { createKeyedLockToken, injectLockState } from 'rxjs-rwlock/angular';
import type { Scene } from '../shell/scene';
import { personAfter } from '../shell/script';
import { staged } from '../shell/staged';

type Amounts = Readonly<Record<string, number>>;
const ITEMS = ['tea', 'milk', 'bread'];

/** A basket. Each row is saved on its own, and the checkout charges what is stored. */
@Injectable()
abstract class BasketService {
  readonly #http = inject(HttpClient);
  readonly #amounts = signal<Amounts>(Object.fromEntries(ITEMS.map((item) => [item, 0])));
  readonly #receipt = signal<Amounts | undefined>(undefined);
  readonly amounts = this.#amounts.asReadonly();
  readonly receipt = this.#receipt.asReadonly();

  /** Shows one more of an item, and saves its row. */
  add(item: string, takes = 300): Observable<unknown> {
    const amount = (this.#amounts()[item] ?? 0) + 1;
    this.#amounts.update((amounts) => ({ ...amounts, [item]: amount }));
    return this.save(item, amount, takes);
  }

  abstract isSaving(item: string): boolean;
  abstract checkOut(): Observable<unknown>;
  protected abstract save(item: string, amount: number, takes: number): Observable<unknown>;

  protected put(item: string, amount: number, takes: number): Observable<unknown> {
    const label = `Save ${amount} ${item}`;
    return this.#http.put('/api/basket', amount, { params: { item }, ...staged(label, takes) });
  }

  protected readonly charge$ = this.#http
    .post<Amounts>('/api/checkout', null, staged('Check out', 200))
    .pipe(tap((receipt) => this.#receipt.set(receipt)));
}

@Injectable()
class UnlockedBasketService extends BasketService {
  override isSaving(): boolean {
    return false;
  }

  override checkOut(): Observable<unknown> {
    return this.charge$;
  }

  protected override save(item: string, amount: number, takes: number): Observable<unknown> {
    return this.put(item, amount, takes);
  }
}

const ROWS = createKeyedLockToken<string>('rows');

@Injectable()
class LockedBasketService extends BasketService {
  readonly #rows = inject(ROWS);
  readonly #writes = new Map(
    ITEMS.map((item) => [
      item,
      injectLockState(this.#rows.for(item), {
        select: ({ held, waiting }) => held.write + waiting.write,
      }),
    ]),
  );

  override isSaving(item: string): boolean {
    return (this.#writes.get(item)?.() ?? 0) > 0;
  }

  override checkOut(): Observable<unknown> {
    return this.charge$.pipe(withReadLock(this.#rows.all, { label: 'Check out' }));
  }

  protected override save(item: string, amount: number, takes: number): Observable<unknown> {
    const label = `Save ${amount} ${item}`;
    return this.put(item, amount, takes).pipe(withWriteLock(this.#rows.for(item), { label }));
  }
}

@Component({
  selector: 'app-basket',
  imports: [KeyValuePipe],
  template: `
    <ul>
      @for (row of basket.amounts() | keyvalue; track row.key) {
        <li>
          <span class="item">{{ row.key }}</span>
          <span class="amount">{{ row.value }}</span>
          <button
            type="button"
            [attr.aria-label]="'+1 ' + row.key"
            (click)="basket.add(row.key).subscribe()"
          >
            +1
          </button>
          <span class="state">{{ basket.isSaving(row.key) ? 'saving…' : '' }}</span>
        </li>
      }
    </ul>
    <p>
      <button type="button" (click)="basket.checkOut().subscribe()">Check out</button>
      @if (basket.receipt(); as receipt) {
        <span>Charged: {{ words(receipt) }}</span>
      } @else {
        <span>Nothing charged yet.</span>
      }
    </p>
  `,
  styles: `
    ul {
      display: grid;
      gap: 0.4rem;
      margin: 0;
      padding: 0;
      list-style: none;
    }
    li {
      display: grid;
      grid-template-columns: 4rem 2rem auto 1fr;
      gap: 0.75rem;
      align-items: center;
    }
    .amount {
      font-variant-numeric: tabular-nums;
    }
    .state {
      color: var(--quiet);
    }
    p {
      display: flex;
      flex-wrap: wrap;
      gap: 0.5rem 1rem;
      align-items: center;
      margin: 0.75rem 0 0;
    }
  `,
})
class BasketView {
  protected readonly basket = inject(BasketService);
  protected readonly words = words;
}

/** As in “2 tea, 1 milk”. */
function words(amounts: Amounts): string {
  const some = Object.entries(amounts).filter(([, amount]) => amount > 0);
  return some.map(([item, amount]) => `${amount} ${item}`).join(', ') || 'nothing';
}

export const keyedList: Scene = {
  path: 'keyed-list',
  title: 'List with a lock for each row',
  problem:
    'Each row of a basket is saved on its own: a slow save replaces what a newer one has stored, and the checkout charges before everything is saved.',
  steps: [
    'A person adds a tea, which takes the server 700 ms to save, and 150 ms later another one, which takes 200 ms.',
    'In between the person adds a milk, which takes 300 ms.',
    'After 300 ms the person checks out. The server charges what it has stored.',
  ],
  lasts: 2_000,
  view: BasketView,
  shows: 'Basket',
  screen: () => {
    const { amounts } = inject(BasketService);
    return computed(() => words(amounts()));
  },
  script: () => {
    const basket = inject(BasketService);
    return merge(
      personAfter(0, 'Adds a tea', () => basket.add('tea', 700)),
      personAfter(80, 'Adds a milk', () => basket.add('milk', 300)),
      personAfter(150, 'Adds a tea', () => basket.add('tea', 200)),
      personAfter(300, 'Checks out', () => basket.checkOut()),
    );
  },
  verdict: (server) => {
    const wanted = words(inject(BasketService).amounts());
    const [stored, charged] = [words(server.basket), words(server.receipt)];
    return stored === wanted && charged === wanted
      ? { isRight: true, text: `${wanted} are stored and charged, as the screen says.` }
      : {
          isRight: false,
          text: `The screen says ${wanted}. Stored are ${stored}, and charged was ${charged}.`,
        };
  },
  without: {
    how: 'Each request goes out at once. The server stores what ends last, and charges what it has.',
    code: `
return this.put(item, amount, takes);
return this.charge$;`,
    providers: [{ provide: BasketService, useClass: UnlockedBasketService }],
  },
  with: {
    how: 'Saves of one row run in order, and different rows do not wait for each other. The checkout reads all rows, so it waits for the saves before it.',
    code: `
const ROWS = createKeyedLockToken<string>('rows');
readonly #rows = inject(ROWS);
return this.put(item, amount, takes).pipe(withWriteLock(this.#rows.for(item), { label }));
return this.charge$.pipe(withReadLock(this.#rows.all, { label: 'Check out' }));`,
    providers: [{ provide: BasketService, useClass: LockedBasketService }],
    lock: () => inject(ROWS),
  },
};
