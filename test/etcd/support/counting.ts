import { defer, lastValueFrom, range } from 'rxjs';
import { withWriteLock } from 'rxjs-rwlock';
import { RemoteReadWriteLock } from 'rxjs-rwlock/remote';
import { etcdDriver } from '../../../examples/etcd/etcdDriver.js';

// A process that adds 1 to a number in etcd again and again, by a read and a later write.

const { url, times } = JSON.parse(process.argv[2] as string) as { url: string; times: number };
const key = Buffer.from('counted').toString('base64');

async function call(path: string, body: object): Promise<{ kvs?: { value: string }[] }> {
  const response = await fetch(`${url}/v3/kv/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  return response.json() as Promise<{ kvs?: { value: string }[] }>;
}

async function add(): Promise<void> {
  const [found] = (await call('range', { key })).kvs ?? [];
  const counted = Number(Buffer.from(found?.value ?? '', 'base64').toString());
  await call('put', { key, value: Buffer.from(String(counted + 1)).toString('base64') });
}

async function count(): Promise<void> {
  await using lock = new RemoteReadWriteLock(etcdDriver('counted', { url }), {
    cohort: { grants: 4 },
  });
  await lastValueFrom(range(times).pipe(withWriteLock(lock, () => defer(add))));
}

void count();
