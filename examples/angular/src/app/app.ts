import { Component } from '@angular/core';
import { RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { scenes } from './scenes';

/** The frame of the application: a heading, the list of scenes, and the page of one of them. */
@Component({
  selector: 'app-root',
  imports: [RouterLink, RouterLinkActive, RouterOutlet],
  template: `
    <a class="skip" href="#main" (click)="skipTo(main, $event)">Skip to the scene</a>
    <header>
      <p class="name"><code>rxjs-rwlock</code> in Angular</p>
      <nav aria-label="Scenes">
        @for (scene of scenes; track scene.path) {
          <a [routerLink]="scene.path" routerLinkActive="active" ariaCurrentWhenActive="page">{{
            scene.title
          }}</a>
        }
      </nav>
    </header>
    <main #main id="main" tabindex="-1">
      <router-outlet />
    </main>
  `,
  styles: `
    header {
      display: flex;
      flex-wrap: wrap;
      align-items: baseline;
      gap: 0.25rem 2rem;
      padding: 0.75rem var(--gutter) 0;
      border-bottom: 1px solid var(--line);
      background: var(--card);
    }
    .name {
      margin: 0;
      font-weight: 600;
    }
    nav {
      display: flex;
      flex-wrap: wrap;
      gap: 0 1.25rem;
    }
    nav a {
      padding: 0.5rem 0;
      border-bottom: 3px solid transparent;
      color: var(--quiet);
      text-decoration: none;
    }
    nav a:hover {
      color: var(--text);
    }
    nav a.active {
      border-color: var(--accent);
      color: var(--text);
      font-weight: 600;
    }
    main {
      max-width: 90rem;
      margin: 0 auto;
      padding: 1.5rem var(--gutter) 4rem;
      outline: none;
    }
    .skip {
      position: absolute;
      left: -100vw;
    }
    .skip:focus {
      left: var(--gutter);
      padding: 0.5rem;
      background: var(--card);
    }
  `,
})
export class App {
  protected readonly scenes = scenes;

  /** Moves the focus. The link alone would leave the page, because of the base address. */
  protected skipTo(main: HTMLElement, event: Event): void {
    event.preventDefault();
    main.focus();
  }
}
