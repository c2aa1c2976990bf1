import { HttpClient, provideHttpClient, withFetch, withInterceptors } from '@angular/common/http';
import {
  type ApplicationRef,
  effect,
  runInInjectionContext,
  signal,
  untracked,
} from '@angular/core';
import { createApplication } from '@angular/platform-browser';
import {
  defer,
  ignoreElements,
  map,
  type Observable,
  of,
  Subscription,
  switchMap,
  take,
  timer,
} from 'rxjs';
import { Journal } from './journal';
import type { Scene, ServerState, Verdict, Way } from './scene';
import { stagedInterceptor, WORLD } from './staged';

/**
 * One run of a scene in one column. It is an Angular application of its own, with its own services
 * and locks, and with its own world on the server.
 */
export class Stage {
  readonly journal: Journal;
  readonly #scene: Scene;
  readonly #upset: string | undefined;
  readonly #app: ApplicationRef;
  #script = Subscription.EMPTY;
  readonly #phase = signal<'waiting' | 'playing' | 'over'>('waiting');
  readonly #verdict = signal<Verdict | undefined>(undefined);
  readonly phase = this.#phase.asReadonly();
  readonly verdict = this.#verdict.asReadonly();

  private constructor(scene: Scene, upset: string | undefined, app: ApplicationRef) {
    this.journal = app.injector.get(Journal);
    this.#scene = scene;
    this.#upset = upset;
    this.#app = app;
  }

  static async open(scene: Scene, way: Way, upset: string | undefined): Promise<Stage> {
    const interceptors = [...(way.interceptors ?? []), stagedInterceptor];
    const app = await createApplication({
      providers: [
        ...way.providers,
        { provide: WORLD, useValue: crypto.randomUUID() },
        provideHttpClient(withFetch(), withInterceptors(interceptors)),
      ],
    });
    return new Stage(scene, upset, app);
  }

  /** Shows the view of the scene in an element. */
  show(host: Element): void {
    this.#app.bootstrap(this.#scene.view, host);
  }

  /** Plays the script, and judges what it has come to. */
  play(): Observable<never> {
    return defer(() => {
      this.#phase.set('playing');
      return this.inject(() => this.#scene.ready?.() ?? of(true));
    }).pipe(
      take(1),
      switchMap(() => this.#run()),
    );
  }

  #run(): Observable<never> {
    return defer(() => {
      this.journal.begin();
      this.inject(() => this.#followScreen());
      // It is not cut off at the end, since that would change the screen: what polls goes on.
      this.#script = this.inject(() => this.#scene.script(this.#upset)).subscribe();
      return timer(this.#scene.lasts).pipe(
        switchMap(() => this.#judge()),
        ignoreElements(),
      );
    });
  }

  /** Calls a function in the injection context of the application. */
  inject<T>(work: () => T): T {
    return runInInjectionContext(this.#app.injector, work);
  }

  destroy(): void {
    this.#script.unsubscribe();
    this.#app.destroy();
  }

  #judge(): Observable<void> {
    this.journal.close();
    return this.#app.injector
      .get(HttpClient)
      .get<ServerState>('/api/world')
      .pipe(
        map((server) => {
          this.#verdict.set(this.inject(() => this.#scene.verdict(server, this.#upset)));
          this.#phase.set('over');
        }),
      );
  }

  /** Notes what the screen shows, each time that it has changed. */
  #followScreen(): void {
    const text = this.#scene.screen();
    effect(() => {
      const shown = text();
      untracked(() => this.journal.show(shown));
    });
  }
}
