import { afterNextRender, Component, type ElementRef, input, viewChild } from '@angular/core';
import type { Scene, Way } from './scene';
import type { Stage } from './stage';
import { Timeline } from './timeline';

/** One of the two columns: what a person sees, what came of it, and what happened behind it. */
@Component({
  selector: 'app-column',
  imports: [Timeline],
  host: { role: 'region', '[attr.aria-label]': 'heading()', '[class]': 'stage().phase()' },
  template: `
    <div>
      <h2>{{ heading() }}</h2>
      <p class="how">{{ way().how }}</p>
    </div>
    <details>
      <summary>The lines that matter</summary>
      <pre tabindex="0"><code>{{ way().code }}</code></pre>
    </details>

    <div class="view">
      <div #host></div>
    </div>

    @if (stage().verdict(); as verdict) {
      <p class="verdict" [class.right]="verdict.isRight">
        <strong>{{ verdict.isRight ? '✔ Right.' : '✘ Wrong.' }}</strong> {{ verdict.text }}
      </p>
    } @else {
      <p class="verdict pending">
        {{ stage().phase() === 'playing' ? 'Playing…' : 'Nothing has happened yet.' }}
      </p>
    }

    <section>
      <h3>What happened</h3>
      <app-timeline
        [journal]="stage().journal"
        [shows]="scene().shows"
        [lasts]="scene().lasts"
        [isPlaying]="stage().phase() === 'playing'"
      />
    </section>
  `,
  styles: `
    :host {
      display: grid;
      grid-row: span 5;
      grid-template-rows: subgrid;
      grid-template-columns: minmax(0, 1fr);
      padding: 1.25rem;
      border: 1px solid var(--line);
      border-radius: 0.75rem;
      background: var(--card);
    }
    :host(.playing) {
      border-color: var(--accent);
      box-shadow: 0 0 0 1px var(--accent);
    }
    .how {
      margin: 0.25rem 0 0;
      color: var(--quiet);
    }
    details {
      color: var(--quiet);
    }
    summary {
      cursor: pointer;
    }
    pre {
      margin: 0.5rem 0 0;
      padding: 0.75rem;
      overflow-x: auto;
      border-radius: 0.4rem;
      background: var(--page);
      color: var(--text);
      line-height: 1.4;
    }
    .view {
      padding: 1rem;
      border: 1px solid var(--line);
      border-radius: 0.5rem;
    }
    .verdict {
      margin: 0;
      padding: 0.6rem 0.9rem;
      border-left: 4px solid var(--wrong);
      border-radius: 0.25rem;
      background: var(--wrong-soft);
    }
    .verdict strong {
      color: var(--wrong);
    }
    .verdict.right {
      border-color: var(--right);
      background: var(--right-soft);
    }
    .verdict.right strong {
      color: var(--right);
    }
    .verdict.pending {
      border-color: var(--line);
      background: var(--page);
      color: var(--quiet);
    }
    h3 {
      margin-bottom: 0.5rem;
      font-size: 1rem;
    }
  `,
})
export class Column {
  readonly heading = input.required<string>();
  readonly scene = input.required<Scene>();
  readonly way = input.required<Way>();
  readonly stage = input.required<Stage>();
  private readonly host = viewChild.required<ElementRef<Element>>('host');

  constructor() {
    // The page makes a new column for each stage.
    afterNextRender(() => this.stage().show(this.host().nativeElement));
  }
}
