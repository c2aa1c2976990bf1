import {
  catchError,
  defer,
  EMPTY,
  exhaustMap,
  map,
  Observable,
  retry,
  tap,
  throwError,
  timeout,
  timer,
} from 'rxjs';
import {
  type LockDriver,
  LockEngineError,
  type RemoteGrant,
  type RemoteRequest,
} from 'rxjs-rwlock/remote';

// EXPERIMENTAL: a driver for etcd 3.4 or later, over its JSON gateway. It shows how little an engine
// needs to keep a RemoteReadWriteLock, and is not part of the package.
//
// As in etcd's own recipe of an RWMutex, a request is a key, and waits until no key that was created
// earlier conflicts. Each key belongs to an etcd lease of its own, which etcd ends if it is not renewed.
// So whatever has become of a request, to revoke its etcd lease leaves nothing of it behind.

/** How many requests of a process one lease has tokens for. */
const TOKENS = 1024;

export interface EtcdOptions {
  /** Where etcd is, as in `http://127.0.0.1:2379`. */
  readonly url: string;
  /** After how many seconds etcd frees the lock of a process that is silent; 5 by default. */
  readonly ttl?: number | undefined;
}

/** Requests one lock of etcd. */
export function etcdDriver(name: string, { url, ttl = 5 }: EtcdOptions): LockDriver {
  const prefix = `rxjs-rwlock/${encodeURIComponent(name)}/`;
  const within = ttl * 200;
  const releases = new Set<Promise<unknown>>();

  async function send(path: string, body: object, signal: AbortSignal): Promise<Response> {
    const init = { method: 'POST', body: JSON.stringify(body), signal };
    const response = await fetch(`${url}/v3/${path}`, init).catch((cause: unknown) => {
      throw new LockEngineError("etcd can't be reached", { code: 'unreachable', cause });
    });
    if (!response.ok) throw new LockEngineError(`etcd: ${await response.text()}`);
    return response;
  }

  async function call(path: string, body: object): Promise<Answer> {
    return (await send(path, body, AbortSignal.timeout(within))).json() as Promise<Answer>;
  }

  /** Renews an etcd lease, and errors if it has ended, or before it ends without a renewal. */
  const renew = (ID: string) =>
    timer(within, within).pipe(
      exhaustMap(() => defer(() => call('lease/keepalive', { ID })).pipe(catchError(() => EMPTY))),
      map(({ result }) => checkIsAlive(result?.TTL)),
      // Counted from an answer, which may itself be as old as `within`.
      timeout({ each: 3 * within }),
    );

  /** Finds the last key that conflicts and was created before a revision, if there is one. */
  async function blocker({ mode }: RemoteRequest, revision: string) {
    const conflicting = mode === 'shared' ? `${prefix}write/` : prefix;
    const { header, kvs } = await call('kv/range', {
      key: base64(conflicting),
      range_end: base64(conflicting.replace(/\/$/, '0')),
      max_create_revision: String(BigInt(revision) - 1n),
      sort_target: 'CREATE',
      sort_order: 'DESCEND',
      limit: 1,
    });
    return kvs?.[0] && { key: kvs[0].key, start_revision: String(BigInt(header.revision) + 1n) };
  }

  /** Waits until a key has been deleted, or its watch has ended for another reason. */
  async function deleted(key: object, signal: AbortSignal): Promise<void> {
    const watch = { create_request: { ...key, filters: ['NOPUT'] } };
    const { body } = await send('watch', watch, signal);
    let told = '';
    try {
      for await (const part of body as unknown as AsyncIterable<Uint8Array>) {
        told += Buffer.from(part).toString();
        // The first line says that the watch has begun.
        if (told.trim().includes('\n')) return;
      }
    } catch {
      // Whoever waits looks again.
    }
  }

  /** Requests the lock, with an etcd lease that is revoked at the end. */
  const attempt = (request: RemoteRequest, arrived: () => void) =>
    new Observable<RemoteGrant>((subscriber) => {
      const over = new AbortController();
      const fail = (error: unknown) => subscriber.error(error);
      const leased = call('lease/grant', { TTL: ttl });
      const acquire = async () => {
        const { ID: lease = '' } = await leased;
        subscriber.add(renew(lease).subscribe({ error: fail }));
        const key = base64(`${prefix}${request.mode === 'shared' ? 'read' : 'write'}/${lease}`);
        const { revision } = (await call('kv/put', { key, lease })).header;
        arrived();
        for (;;) {
          const earlier = await blocker(request, revision);
          if (!earlier) break;
          if (request.ifAvailable) {
            subscriber.complete();
            return;
          }
          await deleted(earlier, over.signal);
        }
        // The grant is a write: it fails if the key has gone, and its revision is the token.
        const { header, succeeded } = await call('kv/txn', {
          compare: [{ key, target: 'CREATE', create_revision: revision }],
          success: [{ request_put: { key, lease } }],
        });
        checkIsAlive(succeeded);
        subscriber.next({ token: BigInt(header.revision) * BigInt(TOKENS), tokens: TOKENS });
      };
      acquire().catch(fail);
      return () => {
        over.abort();
        const released = leased
          .then(({ ID }) => call('lease/revoke', { ID }))
          // Then etcd ends the lease itself.
          .catch(() => undefined)
          .finally(() => releases.delete(released));
        releases.add(released);
      };
    });

  return {
    name: `etcd ${prefix}`,
    hold: (request) =>
      defer(() => {
        let isGranted = false;
        let failures = 0;
        // A request that waits has lost nothing if its etcd lease ends, and gets another one.
        const delay = (error: unknown) =>
          isGranted || request.ifAvailable || ++failures > 15
            ? throwError(() => error)
            : timer(Math.min(100 * 2 ** failures, 1000));
        return attempt(request, () => (failures = 0)).pipe(
          tap(() => (isGranted = true)),
          retry({ delay }),
        );
      }),
    released: () => Promise.all(releases),
  };
}

/** What is used of the answers. */
interface Answer {
  readonly header: { readonly revision: string };
  readonly ID?: string;
  readonly succeeded?: boolean;
  readonly kvs?: readonly { readonly key: string }[];
  readonly result?: { readonly TTL?: string };
}

function checkIsAlive(sign: unknown): void {
  if (!sign) throw new LockEngineError('the etcd lease has ended');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
