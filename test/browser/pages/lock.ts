import * as rwlock from 'rxjs-rwlock';

// Makes the package reachable from what a test evaluates in the page.
Object.assign(globalThis, { rwlock });
