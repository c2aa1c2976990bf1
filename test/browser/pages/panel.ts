import * as rxjs from 'rxjs';
import * as rwlock from 'rxjs-rwlock';
import * as devtools from 'rxjs-rwlock/devtools';

// A page with a panel: a test evaluates in it what is to be shown.
devtools.defineLockPanel();
const panel = document.createElement('lock-panel') as HTMLElement & devtools.LockPanel;
document.body.append(panel);
Object.assign(globalThis, { rxjs, rwlock, devtools, panel });
