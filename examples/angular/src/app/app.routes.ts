import type { Routes } from '@angular/router';
import { scenes } from './scenes';
import { SCENE } from './shell/scene';
import { ScenePage } from './shell/scene-page';

/** A route for each scene. Each has a page of its own, which knows its scene by injection. */
export const routes: Routes = [
  ...scenes.map((scene) => ({
    path: scene.path,
    title: `${scene.title} · rxjs-rwlock in Angular`,
    component: ScenePage,
    providers: [{ provide: SCENE, useValue: scene }],
  })),
  { path: '**', redirectTo: scenes[0]?.path ?? '' },
];
