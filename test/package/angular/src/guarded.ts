import { provideHttpClient, withInterceptors } from '@angular/common/http';
import { bootstrapApplication } from '@angular/platform-browser';
import { App, auth } from './app';
import { zones } from './zones';

void bootstrapApplication(App, {
  providers: [...zones, provideHttpClient(withInterceptors([auth]))],
});
