import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { routes } from './routes.js';
import { Worlds } from './world.js';

/** A server that runs. */
export interface Served {
  /** As in `http://localhost:4200`. */
  readonly origin: string;
  close(): void;
}

/** Serves the built application from a folder, and its data below `/api/`. */
export async function serve(folder: string, port = 0): Promise<Served> {
  const worlds = new Worlds();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const answered = url.pathname.startsWith('/api/')
      ? answer(worlds, url, request, response)
      : sendFile(folder, url.pathname, response);
    answered.catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, 'localhost', resolve);
  });
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  worlds: Worlds,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const route = routes[`${request.method ?? ''} ${url.pathname}`];
  if (route === undefined) {
    sendJson(response, 404, 'not found');
    return;
  }
  const json = await text(request);
  const { status = 200, body } = await route({
    world: worlds.of(header(request, 'x-world')),
    query: url.searchParams,
    token: header(request, 'authorization').replace('Bearer ', ''),
    body: json === '' ? undefined : (JSON.parse(json) as unknown),
    work: () => wait(Number(header(request, 'x-takes'))),
  });
  sendJson(response, status, body);
}

function header({ headers }: IncomingMessage, name: string): string {
  return String(headers[name] ?? '');
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.map': 'application/json',
};

/** Every path that is not a file is a page of the application. */
async function sendFile(folder: string, path: string, response: ServerResponse): Promise<void> {
  const asked = join(folder, normalize(path));
  const file = existsSync(asked) && extname(asked) ? asked : join(folder, 'index.html');
  const content = await readFile(file);
  response.writeHead(200, {
    'Content-Type': types[extname(file)] ?? 'application/octet-stream',
    'Cache-Control': 'no-cache',
    'Content-Security-Policy':
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'",
  });
  response.end(content);
}
