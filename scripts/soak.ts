import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Command } from 'commander';
import { hasServer, TestServer } from '../test/postgres/support/TestServer.js';
import { Link } from '../test/postgres/support/Link.js';

// Counts in several processes under one lock, while sessions, processes and links are killed at random,
// and then looks whether anything has been lost or left behind.

const { minutes, processes } = new Command()
  .description('Counts in several processes under a lock of PostgreSQL while things are killed.')
  .option('--minutes <minutes>', 'how long', Number, 1)
  .option('--processes <processes>', 'how many', Number, 4)
  .parse()
  .opts<{ minutes: number; processes: number }>();

const counts = new Map<string, number>();
const count = (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1);
const of = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)];

class Worker {
  child: ChildProcess;
  readonly link: Link;
  readonly #server: TestServer;
  #isOver = false;

  private constructor(server: TestServer, link: Link) {
    this.#server = server;
    this.link = link;
    this.child = this.#start();
  }

  static async start(server: TestServer): Promise<Worker> {
    return new Worker(server, await Link.to(server.config.port as number));
  }

  async end(): Promise<void> {
    this.#isOver = true;
    this.child.kill('SIGCONT');
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.send('end');
    await exited;
  }

  /** One process; the next one when it has been killed. */
  #start(): ChildProcess {
    const { config } = this.#server;
    const options = { locks: { ...config, port: this.link.port }, work: config };
    const child = fork('scripts/soak/worker.ts', [JSON.stringify(options)], {
      execArgv: ['--import', 'tsx'],
    });
    child.on('message', (what: string) => count(what));
    child.once('exit', () => {
      if (!this.#isOver) this.child = this.#start();
    });
    return child;
  }
}

async function killSession(server: TestServer): Promise<void> {
  const session = of(await server.sessions());
  if (session) await server.terminate(session.pid);
}

async function killProcess(worker: Worker): Promise<void> {
  worker.child.kill('SIGKILL');
  await setTimeout(500);
}

async function stopProcess(worker: Worker): Promise<void> {
  worker.child.kill('SIGSTOP');
  await setTimeout(Math.random() * 6000);
  worker.child.kill('SIGCONT');
}

async function cutLink({ link }: Worker): Promise<void> {
  link.cut();
  await setTimeout(Math.random() * 6000);
  link.heal();
}

async function resetLink({ link }: Worker): Promise<void> {
  link.reset();
  await setTimeout(100);
}

async function soak(server: TestServer): Promise<string[]> {
  await server.query('create table counted as select 0 as n, 0::bigint as fence');
  await server.query('create table writes (id serial, token bigint, n int)');
  const workers = await Promise.all(Array.from({ length: processes }, () => Worker.start(server)));
  const end = performance.now() + minutes * 60_000;
  const harms = [killSession, killSession, resetLink, killProcess, cutLink, stopProcess];
  while (performance.now() < end) {
    await setTimeout(Math.random() * 2000);
    const harm = of(harms) as (typeof harms)[number];
    count(harm.name);
    await harm.call(undefined, (harm === killSession ? server : of(workers)) as never);
  }
  await Promise.all(workers.map((worker) => worker.end()));
  for (const { link } of workers) link.close();
  // The server gives up sessions of processes that were killed.
  await setTimeout(4000);

  const [counted] = await server.query<{ n: number }>('select n from counted');
  const [written] = await server.query<{ writes: number; back: number }>(
    'select count(*)::int as writes, count(*) filter (where token < before)::int as back ' +
      'from (select token, lag(token) over (order by id) as before from writes) as w',
  );
  const sessions = await server.sessions();
  const locks = await server.locks();
  console.log({ ...Object.fromEntries(counts), counted: counted?.n, written: written?.writes });
  return [
    ...(counted?.n === written?.writes ? [] : [`counted ${counted?.n}, not ${written?.writes}`]),
    ...(written?.back === 0
      ? []
      : [`${written?.back} writes with an older token than the one before`]),
    ...(sessions.length === 0 ? [] : [`${sessions.length} sessions are left`]),
    ...(locks.length === 0 ? [] : [`${locks.length} locks are left`]),
    ...((written?.writes ?? 0) > minutes * 60 ? [] : ['less than a write a second']),
  ];
}

async function run(): Promise<void> {
  const server = await TestServer.start();
  const faults = await soak(server);
  await server.stop();
  for (const fault of faults) console.error(`FAULT: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}

if (hasServer) void run();
