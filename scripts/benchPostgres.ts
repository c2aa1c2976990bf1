// npm run bench:postgres measures locks between processes over a real PostgreSQL, and prints the tables of
// bench/README.md.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import { firstValueFrom, of } from 'rxjs';
import { withWriteLock } from 'rxjs-rwlock';
import { PostgresLocks } from 'rxjs-rwlock/postgres';
import { greatest } from '../src/devtools/greatest.js';
import { hasServer, TestServer } from '../test/postgres/support/TestServer.js';
import type { Load } from './bench/writer.js';

/** How long a write holds the lock, in milliseconds. */
const HOLD = 5;

const print = (...cells: unknown[]) => console.log(`| ${cells.join(' | ')} |`);
const sorted = (all: readonly number[]) => [...all].sort((a, b) => a - b);
const part = (all: readonly number[], share: number) =>
  sorted(all)[Math.floor(all.length * share)] ?? NaN;

/** Lets processes write at the same time; returns how long the writes of each have waited. */
async function write(processes: readonly ChildProcess[], loads: readonly Load[]) {
  const waits = loads.map(async (load, i) => {
    const child = processes[i] as ChildProcess;
    child.send(load);
    return ((await once(child, 'message')) as [number[]])[0];
  });
  return Promise.all(waits);
}

/** How many writes a second two busy processes make, by the number of grants of a cohort. */
async function compareCohorts(processes: readonly ChildProcess[]): Promise<void> {
  console.log('25 writers in each of two processes, which do nothing while they hold the lock:\n');
  print('cohort', 'grants in a second', 'longest wait');
  print('---:', '---:', '---:');
  const perSecond: number[] = [];
  for (const grants of [1, 8, 64]) {
    const rounds: { count: number; longest: number }[] = [];
    for (let round = 0; round < 3; round++) {
      const cohort = { grants, time: 50 };
      const load = { name: `${grants} ${round}`, cohort, writers: 25, hold: 0, duration: 2000 };
      const waits = (await write(processes, [load, load])).flat();
      rounds.push({ count: waits.length, longest: greatest(waits) });
    }
    const [, median] = rounds.sort((a, b) => a.count - b.count) as [never, (typeof rounds)[0]];
    perSecond.push(median.count / 2);
    const count = Math.round(median.count / 2).toLocaleString('en');
    print(grants, count, `${Math.round(median.longest)} ms`);
  }
  const [direct = NaN, , cohort = NaN] = perSecond;
  console.log(`\nA cohort of 64 is ${Math.round(cohort / direct)} times as fast as one of 1.`);
}

/** How long a writer waits for a process that is busy all the time. */
async function compareBudgets(processes: readonly ChildProcess[]): Promise<void> {
  console.log('\nA writer waits for a process with 25 writers, which hold the lock for 5 ms:\n');
  print('cohort', 'budget and hold', 'median', 'p99', 'longest', 'waits');
  print('---', '---:', '---:', '---:', '---:', '---:');
  for (const cohort of [
    { grants: 1, time: 50 },
    { grants: 64, time: 20 },
    { grants: 64, time: 50 },
  ]) {
    const load = { name: JSON.stringify(cohort), cohort, writers: 25, hold: HOLD, duration: 6000 };
    const [, waits = []] = await write(processes, [load, { ...load, writers: 1, duration: 5500 }]);
    const bound = Math.min(cohort.time, HOLD * (cohort.grants - 1)) + HOLD;
    const times = [bound, part(waits, 0.5), part(waits, 0.99), greatest(waits)];
    const cells = times.map((time) => `${time.toFixed(1)} ms`);
    print(`${cohort.grants} × ${HOLD} ms, ${cohort.time} ms`, ...cells, waits.length);
  }
}

/** How many statements an acquire and a release take if no other process wants the lock. */
async function countStatements(locks: PostgresLocks): Promise<void> {
  const lock = locks.lock('alone');
  const acquire = () => firstValueFrom(of(0).pipe(withWriteLock(lock)));
  await acquire();
  await setTimeout(200);
  let statements = 0;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its client below
  const query = Client.prototype.query as (...args: unknown[]) => unknown;
  Client.prototype.query = function (this: Client, ...args: unknown[]) {
    if (String(args[0]).includes('advisory')) statements++;
    return query.apply(this, args);
  } as typeof Client.prototype.query;
  const times: number[] = [];
  for (let i = 0; i < 200; i++) {
    const start = performance.now();
    await acquire();
    times.push(performance.now() - start);
    // The release goes on behind it.
    await setTimeout(5);
  }
  const each = statements / times.length;
  const wait = part(times, 0.5).toFixed(2);
  console.log(
    `\nA lock that no other process wants: ${each} statements for an acquire and its release,`,
  );
  console.log(`and ${wait} ms until it is granted (median of ${times.length}).`);
}

async function run(): Promise<void> {
  const server = await TestServer.start();
  const config = JSON.stringify(server.config);
  const start = () => fork('scripts/bench/writer.ts', [config], { execArgv: ['--import', 'tsx'] });
  const processes = [start(), start()];
  await compareCohorts(processes);
  await compareBudgets(processes);
  const locks = new PostgresLocks({ connection: server.config });
  await countStatements(locks);
  await locks.close();
  const ended = processes.map((child) => once(child, 'exit'));
  for (const child of processes) child.send('end');
  await Promise.all(ended);
  await server.stop();
}

if (hasServer) void run();
