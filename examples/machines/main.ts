import { setTimeout } from 'node:timers/promises';
import picocolors from 'picocolors';
import type { Lane } from 'rxjs-rwlock/devtools';
import { TestServer, hasServer } from '../../test/postgres/support/TestServer.js';
import { drawVerdict, indented, text } from '../shared/report.js';
import { drawLanes, marks, timelineWidth } from '../shared/timeline.js';
import { Machine } from './Machine.js';

const { bold, dim, green, red } = picocolors;
const MACHINES = 3;
/** How much is drawn, in milliseconds. */
const DRAWN = 1_500;

console.log(
  indented([
    '',
    `${bold('rxjs-rwlock')} at work in ${MACHINES} processes, which share a PostgreSQL`,
    dim('Processes are killed and started again while they work.'),
    '',
    `Each serves pages from a cache    ${green('withReadLock(cache)')}`,
    `refreshes the cache               ${red('withWriteLock(cache)')}`,
    `and posts to a ledger             ${red('withWriteLock(ledger)')} and a fencing token`,
    '',
  ]),
);

async function run(server: TestServer): Promise<void> {
  const { user, password, host, port, database, connectionString } = server.config;
  const connection =
    connectionString ?? `postgres://${user}:${String(password)}@${host}:${port}/${database}`;
  await server.query('create table cache as select 0 as page');
  await server.query('create table ledger as select 0 as balance, 0::bigint as fence');
  await server.query('create table postings (id serial, token bigint)');

  const machines = Array.from({ length: MACHINES }, () => new Machine(connection));
  await Promise.all(machines.map((machine) => machine.ready()));
  for (const machine of machines) {
    await setTimeout(500);
    machine.kill();
    await machine.restart();
  }
  // The last one is killed in the part that is drawn.
  await setTimeout(DRAWN / 3);
  machines[0]?.kill();
  await setTimeout((DRAWN * 2) / 3);
  const end = Date.now();
  await machines[0]?.restart();
  await Promise.all(machines.map((machine) => machine.end()));

  const [ledger] = await server.query<{ balance: number }>('select balance from ledger');
  const [postings] = await server.query<{ n: number; back: number }>(
    'select count(*)::int as n, count(*) filter (where token < before)::int as back ' +
      'from (select token, lag(token) over (order by id) as before from postings) as p',
  );
  const lanes = machines.flatMap((machine) => machine.lanes);
  const faults = [
    ...(ledger?.balance === postings?.n
      ? []
      : [`the ledger has ${ledger?.balance}, posted were ${postings?.n}`]),
    ...((postings?.n ?? 0) > 0 ? [] : ['nothing has been posted']),
    ...(postings?.back === 0 ? [] : [`${postings?.back} stale postings`]),
    ...['cache', 'ledger'].map((lock) => overlaps(lanes.filter(({ label }) => label === lock))),
  ].filter((fault) => fault !== '');

  const { wait, read, write, cross } = marks;
  const legend = `${wait} waits   ${read} reads   ${write} writes   ${cross} killed`;
  const drawn = drawnLanes(machines, end - DRAWN, end);
  console.log(drawLanes('While process 1 is killed', legend, drawn, timelineWidth(process.stdout)));
  console.log(
    indented([
      '',
      `${text(lanes.length)} requests, ${text(postings?.n ?? 0)} postings, ` +
        `${machines.reduce((sum, { kills }) => sum + kills, 0)} processes killed`,
    ]),
  );
  console.log(drawVerdict(faults, 'no posting is lost, and writers are alone'));
  process.exitCode = faults.length === 0 ? 0 : 1;
}

/** What was requested in that time, in a row for each process, lock and mode. */
function drawnLanes(machines: readonly Machine[], start: number, end: number): Lane[] {
  const isDrawn = ({ requested, ended = 0 }: Lane) => requested >= start && ended < end;
  return machines.flatMap(({ lanes }, i) =>
    ['cache read', 'cache write', 'ledger write'].flatMap((what) =>
      lanes
        .filter((lane) => `${lane.label} ${lane.mode}` === what && isDrawn(lane))
        .map((lane) => ({ ...lane, label: `${i + 1} ${what}` })),
    ),
  );
}

/** Says how often a writer was not alone, by the clock of this machine. */
function overlaps(lanes: readonly Lane[]): string {
  const held = lanes.filter(({ granted, ended }) => granted !== undefined && ended !== undefined);
  const count = held.filter(({ mode, granted = 0, ended = 0 }, i) =>
    held.some(
      (other, j) =>
        i !== j &&
        mode === 'write' &&
        // A millisecond is the finest that the clock tells.
        (other.granted as number) + 1 < ended &&
        granted + 1 < (other.ended as number),
    ),
  ).length;
  return count === 0 ? '' : `${count} writers were not alone`;
}

if (hasServer) {
  const server = await TestServer.start();
  await run(server);
  await server.stop();
}
