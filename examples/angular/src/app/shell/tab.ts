import {
  computed,
  Directive,
  ElementRef,
  inject,
  Injectable,
  input,
  type OnInit,
  signal,
} from '@angular/core';
import { Journal, type Outcome } from './journal';
import { WORLD } from './staged';

export type TabState = 'opening' | 'not loaded' | 'loading' | 'loaded' | 'signed out' | 'closed';

/**
 * A tab of a column. It is a page of its own in an iframe of the same origin, with scripts, memory and
 * Web Locks of its own: to remove the iframe is to close the tab. Only the stage goes across.
 */
export class Tab implements Pick<Journal, 'send'> {
  readonly state = signal<TabState>('opening');
  /** What the button in the tab does. The page in the tab sets it. */
  load?: () => void;
  readonly #journal: Journal;
  readonly #sent = new Set<(outcome: Outcome, result: string) => void>();

  constructor(
    readonly name: string,
    /** Whether it shares a lock with the other tabs. */
    readonly sharesLock: boolean,
    readonly world: string,
    journal: Journal,
  ) {
    this.#journal = journal;
  }

  /** Notes that the tab has sent a request. */
  send(label: string): (outcome: Outcome, result: string) => void {
    const end = this.#journal.send(`${this.name}: ${label}`);
    this.#sent.add(end);
    return (...outcome) => {
      if (this.#sent.delete(end)) end(...outcome);
    };
  }

  /** Closes the tab. The browser aborts its requests, of which its page is not told any more. */
  close(): void {
    this.state.set('closed');
    for (const end of this.#sent) end('aborted', '');
    this.#sent.clear();
  }
}

/** The tabs of a column. */
@Injectable({ providedIn: 'root' })
export class Tabs {
  readonly #journal = inject(Journal);
  readonly #world = inject(WORLD);
  readonly #all = signal<readonly Tab[]>([]);
  readonly all = this.#all.asReadonly();
  readonly areOpen = computed(
    () => this.#all().length > 0 && this.#all().every((tab) => tab.state() !== 'opening'),
  );

  open(names: readonly string[], sharesLock: boolean): void {
    this.#all.set(names.map((name) => new Tab(name, sharesLock, this.#world, this.#journal)));
  }
}

interface TabElement extends Element {
  tab?: Tab;
}

/** Gives the page in an iframe its tab. */
@Directive({ selector: 'iframe[appTab]' })
export class TabFrame implements OnInit {
  readonly appTab = input.required<Tab>();
  readonly #frame = inject<ElementRef<TabElement>>(ElementRef).nativeElement;

  ngOnInit(): void {
    this.#frame.tab = this.appTab();
  }
}

/** The tab that this page is, if it is one. */
export function ownTab(): Tab | undefined {
  const frame: TabElement | null = window.frameElement;
  return frame?.tab;
}
