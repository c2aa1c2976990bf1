import * as rxjs from 'rxjs';
import type * as Testing from 'rxjs/testing';

/** What `rxjs/testing` has, from the bundle of RxJS that the tests use. */
export const { TestScheduler } = (rxjs as unknown as { testing: typeof Testing }).testing;
