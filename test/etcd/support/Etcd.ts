import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// The etcd 3.4 of Debian runs on arm64, too, if it is told that this is meant.
const env = { ...process.env, ...(process.arch === 'arm64' && { ETCD_UNSUPPORTED_ARCH: 'arm64' }) };

/** Whether there is a program `etcd` that runs here. */
export const hasEtcd = (() => {
  try {
    execFileSync('etcd', ['--version'], { env, stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write(
      "\nSKIPPED: the tests with a real etcd. Install it, as with Debian's `apt-get install etcd-server`.\n",
    );
    return false;
  }
})();

/** A real etcd of one member, with its data in a temporary folder. */
export class Etcd {
  readonly url: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'rxjs-rwlock-etcd-'));
  readonly #peerUrl: string;
  #process: ChildProcess | undefined;

  private constructor(url: string, peerUrl: string) {
    this.url = url;
    this.#peerUrl = peerUrl;
  }

  static async start(): Promise<Etcd> {
    const etcd = new Etcd(await freeUrl(), await freeUrl());
    await etcd.startAgain();
    return etcd;
  }

  async startAgain(): Promise<void> {
    const [url, peerUrl] = [this.url, this.#peerUrl];
    const args = ['--data-dir', this.#folder, '--initial-cluster', `default=${peerUrl}`];
    args.push('--listen-client-urls', url, '--advertise-client-urls', url);
    args.push('--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl);
    this.#process = spawn('etcd', args, { env, stdio: 'ignore' });
    for (;;) {
      // Answers as soon as there is a leader.
      const answer = await this.call('kv/range', { key: 'AA==' }).catch(() => undefined);
      if (answer) return;
      if (this.#process.exitCode !== null) throw new Error('etcd did not start');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends the server, as a crash does. */
  async kill(): Promise<void> {
    const child = this.#process as ChildProcess;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }

  /** The keys that requests have, the earliest first, with the etcd lease of each. */
  async keys(): Promise<readonly { key: string; lease: string }[]> {
    const all = { key: encode('rxjs-rwlock/'), range_end: encode('rxjs-rwlock0') };
    const order = { sort_target: 'CREATE', sort_order: 'ASCEND' };
    const { kvs = [] } = (await this.call('kv/range', { ...all, ...order })) as {
      kvs?: { key: string; lease: string }[];
    };
    return kvs.map(({ key, lease }) => ({ key: Buffer.from(key, 'base64').toString(), lease }));
  }

  /** The etcd leases that there are. */
  async leases(): Promise<readonly unknown[]> {
    return ((await this.call('lease/leases', {})) as { leases?: unknown[] }).leases ?? [];
  }

  async call(path: string, body: object): Promise<unknown> {
    const init = { method: 'POST', body: JSON.stringify(body) };
    return (await fetch(`${this.url}/v3/${path}`, init)).json();
  }
}

export function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function freeUrl(): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return `http://127.0.0.1:${port}`;
}
