import { ReadWriteLock } from 'rxjs-rwlock';
import * as devtools from 'rxjs-rwlock/devtools';

globalThis.program = { ReadWriteLock, ...devtools };
