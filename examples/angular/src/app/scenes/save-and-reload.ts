import { HttpClient } from '@angular/common/http';
import { Component, computed, inject, Injectable, input, type Signal, signal } from '@angular/core';
import { merge, type Observable, tap } from 'rxjs';
import { withReadLock, withWriteLock } from 'rxjs-rwlock';
import { createLockToken, injectLockState } from 'rxjs-rwlock/angular';
import type { Scene } from '../shell/scene';
import { after, personAfter } from '../shell/script';
import { staged } from '../shell/staged';

const [OLD, NEW] = ['Old title', 'New title'];

/** A document whose title three components show, and which each of them reloads. */
@Injectable()
abstract class DocumentService {
  readonly #http = inject(HttpClient);
  readonly #title = signal(OLD);
  readonly #isSaved = signal(false);
  readonly title = this.#title.asReadonly();
  readonly isSaved = this.#isSaved.asReadonly();
  abstract readonly isSaveWaiting: Signal<boolean>;

  abstract reload(part: string, takes: number): Observable<string>;
  abstract save(title: string): Observable<string>;

  protected get(part: string, takes: number): Observable<string> {
    return this.#http
      .get<string>('/api/document', { params: { part }, ...staged(`${part} reloads`, takes) })
      .pipe(tap((title) => this.#title.set(title)));
  }

  protected put(title: string): Observable<string> {
    return this.#http.put<string>('/api/document', JSON.stringify(title), staged('Save', 150)).pipe(
      tap((saved) => {
        this.#title.set(saved);
        this.#isSaved.set(true);
      }),
    );
  }
}

@Injectable()
class UnlockedDocumentService extends DocumentService {
  override readonly isSaveWaiting = signal(false).asReadonly();

  override reload(part: string, takes: number): Observable<string> {
    return this.get(part, takes);
  }

  override save(title: string): Observable<string> {
    return this.put(title);
  }
}

const DOCUMENT = createLockToken('document');

@Injectable()
class LockedDocumentService extends DocumentService {
  readonly #lock = inject(DOCUMENT);
  override readonly isSaveWaiting = injectLockState(DOCUMENT, {
    select: ({ waiting }) => waiting.write > 0,
  });

  override reload(part: string, takes: number): Observable<string> {
    return this.get(part, takes).pipe(withReadLock(this.#lock, { label: `${part} reloads` }));
  }

  override save(title: string): Observable<string> {
    return this.put(title).pipe(withWriteLock(this.#lock, { label: 'Save' }));
  }
}

@Component({
  selector: 'app-part',
  template: `
    <span>{{ name() }}</span>
    <strong>{{ title() }}</strong>
  `,
  styles: `
    :host {
      display: grid;
      padding: 0.4rem 0.7rem;
      border: 1px solid var(--line);
      border-radius: 0.4rem;
    }
    span {
      color: var(--quiet);
      font-size: 0.8125rem;
    }
  `,
})
class Part {
  readonly name = input.required<string>();
  protected readonly title = inject(DocumentService).title;
}

@Component({
  selector: 'app-document',
  imports: [Part],
  template: `
    <div class="parts">
      <app-part name="Header" />
      <app-part name="Outline" />
      <app-part name="Preview" />
    </div>
    <p>{{ status() }}</p>
  `,
  styles: `
    .parts {
      display: grid;
      grid-template-columns: repeat(3, 1fr);
      gap: 0.5rem;
    }
    p {
      margin: 0.75rem 0 0;
    }
  `,
})
class DocumentView {
  readonly #document = inject(DocumentService);
  protected readonly status = computed(() => {
    if (this.#document.isSaved()) return 'Saved.';
    return this.#document.isSaveWaiting() ? 'Waiting for the reloads…' : 'Not saved.';
  });
}

export const saveAndReload: Scene = {
  path: 'save-and-reload',
  title: 'Save and reload',
  problem:
    'Three components reload a document while a person saves a new title: a slow answer brings the old title back.',
  steps: [
    'Header, outline and preview reload the document. The server takes 600, 1,000 and 1,400 ms.',
    'After 100 ms a person saves “New title”, which takes the server 150 ms.',
  ],
  lasts: 2_400,
  view: DocumentView,
  shows: 'Title',
  screen: () => inject(DocumentService).title,
  script: () => {
    const document = inject(DocumentService);
    return merge(
      after(0, () => document.reload('Header', 600)),
      after(0, () => document.reload('Outline', 1_000)),
      after(0, () => document.reload('Preview', 1_400)),
      personAfter(100, 'Clicks Save', () => document.save(NEW)),
    );
  },
  verdict: (server) => {
    const shown = inject(DocumentService).title();
    return shown === server.document
      ? { isRight: true, text: `“${server.document}” is stored, and all three parts show it.` }
      : {
          isRight: false,
          text: `“${server.document}” is stored, but the screen shows “${shown}”, beside the word “Saved”.`,
        };
  },
  without: {
    how: 'Each answer goes to the screen when it arrives, the oldest one last.',
    code: `
return this.get(part, takes);
return this.put(title);`,
    providers: [{ provide: DocumentService, useClass: UnlockedDocumentService }],
  },
  with: {
    how: 'Reloads read and may overlap. The save writes: it waits for the reloads before it, and later ones wait for it.',
    code: `
const DOCUMENT = createLockToken('document');
readonly #lock = inject(DOCUMENT);
return this.get(part, takes).pipe(withReadLock(this.#lock, { label: \`\${part} reloads\` }));
return this.put(title).pipe(withWriteLock(this.#lock, { label: 'Save' }));`,
    providers: [{ provide: DocumentService, useClass: LockedDocumentService }],
    lock: () => inject(DOCUMENT),
  },
};
