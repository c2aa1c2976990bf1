import { bootstrapApplication } from '@angular/platform-browser';
import { App } from './app/app';
import { appConfig } from './app/app.config';
import { startTab } from './app/scenes/tabs';
import { ownTab } from './app/shell/tab';

const tab = ownTab();
const started = tab ? startTab(tab) : bootstrapApplication(App, appConfig);
started.catch((error: unknown) => console.error(error));
