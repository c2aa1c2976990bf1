import { ReadWriteLock } from 'rxjs-rwlock';

globalThis.program = { ReadWriteLock };
