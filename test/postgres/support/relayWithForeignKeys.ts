import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/**
 * Stands before a server as a pooler does: with cancel keys of its own, since what serves a session is
 * another process each time.
 */
export async function relayWithForeignKeys(
  port: number,
): Promise<{ port: number; close: () => void }> {
  const relay = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    near.pipe(far);
    far.on('data', (data) => near.write(withOtherKey(data)));
    for (const socket of [near, far]) socket.on('error', () => {});
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  return { port: (relay.address() as AddressInfo).port, close: () => relay.close() };
}

/** Changes the process in the message `K`, which has 12 bytes behind its letter. */
function withOtherKey(data: Buffer): Buffer {
  const at = data.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
  if (at >= 0) data.writeInt32BE(1, at + 5);
  return data;
}
