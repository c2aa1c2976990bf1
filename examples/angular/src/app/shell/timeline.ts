import { Component, computed, input } from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { interval, map, of, switchMap } from 'rxjs';
import type { Entry, Journal } from './journal';

/** How often the bars grow, in milliseconds. */
const FRAME = 50;

interface Bar {
  readonly left: number;
  /** `undefined` for an action, which takes no time. */
  readonly width: number | undefined;
  readonly entry: Entry;
  /** Equal texts on the screen have the same tint. */
  readonly tint: number;
}

interface Row {
  readonly label: string;
  readonly result: string;
  readonly bars: readonly Bar[];
  /** The row in words, for those who don't see the bars. */
  readonly words: string;
}

/** Draws a journal: a row for what the screen shows, and one for each action and each request. */
@Component({
  selector: 'app-timeline',
  template: `
    @if (rows().length > 0) {
      <ol>
        @for (row of rows(); track $index) {
          <li>
            <span class="visually-hidden">{{ row.words }}</span>
            <span class="label" aria-hidden="true">{{ row.label }}</span>
            <span class="track" aria-hidden="true">
              @for (bar of row.bars; track $index) {
                <span
                  [class]="['bar', bar.entry.kind, bar.entry.outcome ?? 'open', 'tint' + bar.tint]"
                  [style.left.%]="bar.left"
                  [style.width.%]="bar.width"
                  [title]="bar.entry.label"
                  >{{ bar.entry.kind === 'screen' ? bar.entry.label : '' }}</span
                >
              }
            </span>
            <span class="result" aria-hidden="true">{{ row.result }}</span>
          </li>
        }
      </ol>
      <div class="axis" aria-hidden="true">
        @for (mark of marks(); track mark.left) {
          <span [style.left.%]="mark.left">{{ mark.text }}</span>
        }
      </div>
    } @else {
      <p>Press Play.</p>
    }
  `,
  styles: `
    :host {
      --labels: 8.5rem;
      --results: 5rem;
      display: block;
    }
    ol {
      display: grid;
      gap: 2px;
      margin: 0;
      padding: 0;
      list-style: none;
      font-size: 0.8125rem;
    }
    li,
    .axis {
      display: grid;
      grid-template-columns: var(--labels) minmax(0, 1fr) var(--results);
      align-items: center;
      gap: 0 0.5rem;
    }
    .label,
    .result {
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .result {
      color: var(--quiet);
    }
    .track {
      position: relative;
      height: 1.4rem;
      border-radius: 0.2rem;
      background: var(--page);
    }
    .bar {
      position: absolute;
      inset-block: 0.2rem;
      min-width: 2px;
      overflow: hidden;
      border-radius: 0.15rem;
      background: var(--accent);
    }
    .bar.open {
      opacity: 0.6;
    }
    .bar.refused {
      background: var(--wrong);
    }
    .bar.aborted {
      background: repeating-linear-gradient(-45deg, var(--quiet) 0 3px, transparent 3px 6px);
    }
    .bar.action {
      inset-block: 0.4rem;
      width: 0.6rem;
      margin-left: -0.3rem;
      border-radius: 50%;
      background: var(--text);
    }
    .bar.screen {
      inset-block: 0;
      padding: 0 0.35rem;
      border-left: 2px solid var(--text);
      border-radius: 0;
      opacity: 1;
      line-height: 1.4rem;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .screen.tint0 {
      background: var(--tint0);
    }
    .screen.tint1 {
      background: var(--tint1);
    }
    .screen.tint2 {
      background: var(--tint2);
    }
    .axis {
      position: relative;
      height: 1.25rem;
      margin: 0.1rem calc(var(--results) + 0.5rem) 0 calc(var(--labels) + 0.5rem);
      color: var(--quiet);
      font-size: 0.75rem;
    }
    .axis span {
      position: absolute;
      transform: translateX(-50%);
      white-space: nowrap;
    }
    p {
      margin: 0;
      color: var(--quiet);
    }
    @media (max-width: 40rem) {
      li {
        grid-template-columns: minmax(0, 1fr) auto;
        margin-bottom: 0.3rem;
      }
      .track {
        grid-row: 2;
        grid-column: 1 / -1;
      }
      .axis {
        margin-inline: 0;
      }
    }
  `,
})
export class Timeline {
  readonly journal = input.required<Journal>();
  /** What of the screen it shows, in a word or two. */
  readonly shows = input.required<string>();
  /** How many milliseconds its whole width stands for. */
  readonly lasts = input.required<number>();
  readonly isPlaying = input.required<boolean>();

  readonly #now = toSignal(
    toObservable(this.isPlaying).pipe(
      switchMap((isPlaying) => (isPlaying ? interval(FRAME) : of(0))),
      map(() => this.journal().now()),
    ),
    { initialValue: 0 },
  );
  readonly #end = computed(() => Math.min(this.#now(), this.lasts()));

  protected readonly rows = computed<readonly Row[]>(() => {
    const entries = this.journal().entries();
    const screen = entries.filter(({ kind }) => kind === 'screen');
    const others = entries.filter(({ kind }) => kind !== 'screen');
    if (entries.length === 0) return [];
    return [
      {
        label: this.shows(),
        result: '',
        bars: this.#bars(screen),
        words: `${this.shows()} on the screen: ${screen.map((entry) => `${entry.label} from ${at(entry.from)}`).join(', then ')}.`,
      },
      ...others.map((entry) => ({
        label: entry.label,
        result: resultOf(entry),
        bars: this.#bars([entry]),
        words: wordsOf(entry),
      })),
    ];
  });

  protected readonly marks = computed(() => {
    const step = this.lasts() > 2_000 ? 1_000 : 500;
    const count = Math.floor(this.lasts() / step) + 1;
    return Array.from({ length: count }, (_, i) => ({
      left: ((i * step) / this.lasts()) * 100,
      text: at(i * step),
    }));
  });

  #bars(entries: readonly Entry[]): Bar[] {
    const labels = [...new Set(entries.map(({ label }) => label))];
    return entries.map((entry) => ({
      entry,
      left: (entry.from / this.lasts()) * 100,
      width:
        entry.kind === 'action'
          ? undefined
          : (Math.max((entry.to ?? this.#end()) - entry.from, 0) / this.lasts()) * 100,
      tint: labels.indexOf(entry.label) % 3,
    }));
  }
}

function resultOf({ kind, to, outcome, result = '' }: Entry): string {
  if (kind === 'action' || to === undefined) return '';
  return outcome === 'aborted' ? 'aborted' : result;
}

function wordsOf(entry: Entry): string {
  const { kind, label, from, to, outcome = '' } = entry;
  if (kind === 'action') return `${at(from)}: ${label}.`;
  if (to === undefined) return `From ${at(from)}: ${label}, without an answer.`;
  return `From ${at(from)} to ${at(to)}: ${label}, ${outcome} ${resultOf(entry)}.`;
}

function at(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms / 10) * 10} ms` : `${Math.round(ms / 10) / 100} s`;
}
