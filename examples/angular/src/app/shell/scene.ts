import type { HttpInterceptorFn } from '@angular/common/http';
import { InjectionToken, type Provider, type Signal, type Type } from '@angular/core';
import type { Observable } from 'rxjs';
import type { KeyedReadWriteLock, ReadWriteLock } from 'rxjs-rwlock';

/**
 * A problem, and a script that shows it twice: on the same server, with the same view, without the
 * lock and with it. All functions run in an injection context of the column.
 */
export interface Scene {
  /** The address of its page. */
  readonly path: string;
  readonly title: string;
  /** The problem, in one sentence. */
  readonly problem: string;
  /** What the script does, step by step. */
  readonly steps: readonly string[];
  /** What can be chosen to go wrong. The first is chosen to begin with. */
  readonly upsets?: readonly string[];
  /** How long a run is watched, in milliseconds. What has not ended by then is taken to hang. */
  readonly lasts: number;
  /** What a person sees and uses. */
  readonly view: Type<unknown>;
  /** The part of it that the timeline shows: its name, and what it says. */
  readonly shows: string;
  readonly screen: () => Signal<string>;
  /** Emits when the view is ready for the script, if that takes a while. */
  readonly ready?: () => Observable<unknown>;
  /** What the person and the components do. */
  readonly script: (upset: string | undefined) => Observable<unknown>;
  /** What a person would say of the run at its end. */
  readonly verdict: (server: ServerState, upset: string | undefined) => Verdict;
  readonly without: Way;
  readonly with: Way & {
    /** What the panel of the devtools shows. There is none if the page does not have the lock. */
    readonly lock?: () => WatchableLock;
  };
}

/** What the panel of the devtools can show. */
export type WatchableLock = ReadWriteLock | KeyedReadWriteLock<string>;

/** What is different between the columns. */
export interface Way {
  /** How it works, in a sentence or two. */
  readonly how: string;
  /** Its few lines that matter. */
  readonly code: string;
  readonly providers: readonly Provider[];
  readonly interceptors?: readonly HttpInterceptorFn[];
}

export interface Verdict {
  readonly isRight: boolean;
  readonly text: string;
}

/** What the server has stored at the end of a run, as `server/world.ts` has it. */
export interface ServerState {
  readonly document: string;
  readonly done: boolean;
  readonly letters: readonly string[];
  readonly basket: Readonly<Record<string, number>>;
  readonly receipt: Readonly<Record<string, number>>;
}

/** The scene of a page. */
export const SCENE = new InjectionToken<Scene>('scene');
