// The operators that most applications have anyway, in an interceptor that does nothing.
import type { HttpInterceptorFn } from '@angular/common/http';
import { catchError, concat, defer, ignoreElements, mergeMap, of, throwError } from 'rxjs';

export const authorize: HttpInterceptorFn = (request, next) =>
  of(1).pipe(
    mergeMap(() =>
      concat(
        of(2).pipe(ignoreElements()),
        defer(() => next(request)),
      ),
    ),
    catchError((error: unknown) => throwError(() => error)),
  );
