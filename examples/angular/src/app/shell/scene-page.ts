import { Component, computed, inject, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { concat, from, NEVER, Observable, of, startWith, Subject, switchMap } from 'rxjs';
import { Column } from './column';
import { LockPanel } from './lock-panel';
import { SCENE } from './scene';
import { Stage } from './stage';

/** The page of a scene: what it is about, its controls, and the two columns. */
@Component({
  selector: 'app-scene-page',
  imports: [Column, LockPanel],
  template: `
    <h1>{{ scene.title }}</h1>
    <p class="problem">{{ scene.problem }}</p>
    <details open>
      <summary>What the script does</summary>
      <ol>
        @for (step of scene.steps; track $index) {
          <li>{{ step }}</li>
        }
      </ol>
    </details>
    @if (scene.upsets; as upsets) {
      <fieldset>
        <legend>What else happens</legend>
        @for (one of upsets; track one) {
          <label>
            <input
              type="radio"
              name="upset"
              [value]="one"
              [checked]="one === upset()"
              (change)="choose(one)"
            />
            {{ one }}
          </label>
        }
      </fieldset>
    }
    <p class="controls">
      <button type="button" class="primary" [disabled]="isPlaying()" (click)="play()">
        {{ isPlaying() ? 'Playing…' : 'Play' }}
      </button>
      <button type="button" (click)="reset()">Reset</button>
    </p>
    <div class="columns">
      @for (column of columns(); track column.stage) {
        <app-column
          [scene]="scene"
          [way]="column.way"
          [stage]="column.stage"
          [heading]="column.heading"
        />
      }
    </div>
    @if (scene.with.lock) {
      <section class="lock" aria-labelledby="lock">
        <h2 id="lock">The lock, in the panel of the devtools</h2>
        <p>
          Each request of the right column: hatched while it waits, solid while it holds the lock.
        </p>
        @if (lock(); as lock) {
          <app-lock-panel [lock]="lock" />
        }
      </section>
    }
    <p class="visually-hidden" role="status">{{ spoken() }}</p>
  `,
  styles: `
    .problem {
      max-width: 60rem;
      margin: 0.5rem 0;
      font-size: 1.125rem;
    }
    details {
      max-width: 60rem;
      color: var(--quiet);
    }
    summary {
      cursor: pointer;
    }
    ol {
      margin: 0.25rem 0;
    }
    fieldset {
      display: flex;
      flex-wrap: wrap;
      gap: 0.25rem 1.5rem;
      margin: 1rem 0 0;
      padding: 0;
      border: 0;
    }
    legend {
      margin-bottom: 0.25rem;
      padding: 0;
      font-weight: 600;
    }
    input {
      accent-color: var(--accent);
    }
    .controls {
      display: flex;
      gap: 0.75rem;
      margin: 1rem 0 1.5rem;
    }
    .lock {
      margin-top: 2rem;
    }
    .lock p {
      margin: 0.25rem 0 0.75rem;
      color: var(--quiet);
    }
    .columns {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr));
      gap: 1rem 1.5rem;
    }
  `,
})
export class ScenePage {
  protected readonly scene = inject(SCENE);
  protected readonly upset = signal(this.scene.upsets?.[0]);
  readonly #resets = new Subject<'play' | 'wait'>();
  /** The stages of the newest run. Those of the run before are destroyed. */
  readonly #stages = toSignal(
    this.#resets.pipe(
      startWith('wait'),
      switchMap((next) =>
        this.#openStages().pipe(
          switchMap((stages) => (next === 'play' ? playInTurn(stages) : of(stages))),
        ),
      ),
    ),
    { initialValue: [] },
  );

  protected readonly columns = computed(() => {
    const [without, withLock] = this.#stages();
    return without && withLock
      ? [
          { heading: 'Without the lock', way: this.scene.without, stage: without },
          { heading: 'With the lock', way: this.scene.with, stage: withLock },
        ]
      : [];
  });
  protected readonly lock = computed(() => {
    const { lock } = this.scene.with;
    return lock && this.#stages()[1]?.inject(lock);
  });
  protected readonly isPlaying = computed(() =>
    this.#stages().some((stage) => stage.phase() === 'playing'),
  );
  /** What a screen reader announces. */
  protected readonly spoken = computed(() =>
    this.columns()
      .map(({ heading, stage }) => {
        if (stage.phase() === 'playing') return `${heading}: playing.`;
        const verdict = stage.verdict();
        return verdict ? `${heading}: ${verdict.isRight ? 'right' : 'wrong'}. ${verdict.text}` : '';
      })
      .join(' '),
  );

  protected play(): void {
    this.#resets.next('play');
  }

  protected reset(): void {
    this.#resets.next('wait');
  }

  protected choose(upset: string): void {
    this.upset.set(upset);
    this.reset();
  }

  /** Emits a new stage for each column, and destroys them when it is unsubscribed. */
  #openStages(): Observable<readonly Stage[]> {
    const ways = [this.scene.without, this.scene.with];
    const opened = Promise.all(ways.map((way) => Stage.open(this.scene, way, this.upset())));
    return new Observable((subscriber) => {
      subscriber.add(concat(from(opened), NEVER).subscribe(subscriber));
      subscriber.add(
        () => void opened.then((stages) => stages.forEach((stage) => stage.destroy())),
      );
    });
  }
}

/** Plays the script without the lock, and then with it. */
function playInTurn(stages: readonly Stage[]): Observable<readonly Stage[]> {
  return concat(of(stages), ...stages.map((stage) => stage.play()));
}
