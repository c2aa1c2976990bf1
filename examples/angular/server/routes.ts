import type { World } from './world.js';

/** What a route is told. */
export interface Call {
  readonly world: World;
  readonly query: URLSearchParams;
  /** The bearer token, or an empty string. */
  readonly token: string;
  readonly body: unknown;
  /** Waits for as long as the page has asked for. It does not end early if the page has gone. */
  readonly work: () => Promise<void>;
}

export interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

/**
 * A read sees what is stored when it arrives, and a write has stored its value when it answers. Both
 * go on if the page aborts the request, as they do on most servers.
 */
export const routes: Readonly<Record<string, (call: Call) => Promise<Answer>>> = {
  'GET /api/tiles': async ({ world, query, token, work }) => {
    const isKnown = token === `access-${world.access}`;
    await work();
    return isKnown ? { body: query.get('tile') } : { status: 401, body: 'expired' };
  },

  /** A refresh token works once: it is exchanged when the request arrives, and the answer is late. */
  'POST /api/refresh': async ({ world, body, work }) => {
    const isKnown = body === `refresh-${world.refresh}`;
    if (isKnown) {
      world.access++;
      world.refresh++;
    }
    const tokens = { access: `access-${world.access}`, refresh: `refresh-${world.refresh}` };
    await work();
    return isKnown ? { body: tokens } : { status: 403, body: 'refused' };
  },

  /** Ends the access token before its time. */
  'POST /api/expire': async ({ world, work }) => {
    await work();
    world.access++;
    return { body: null };
  },

  'GET /api/document': async ({ world, work }) => {
    const { document } = world;
    await work();
    return { body: document };
  },

  'PUT /api/document': async ({ world, body, work }) => {
    await work();
    world.document = String(body);
    return { body: world.document };
  },

  'GET /api/todo': async ({ world, work }) => {
    const { done } = world;
    await work();
    return { body: done };
  },

  'PATCH /api/todo': async ({ world, body, work }) => {
    await work();
    world.done = body === true;
    return { body: world.done };
  },

  'PUT /api/draft': async ({ world, body, work }) => {
    await work();
    world.draft = String(body);
    return { body: world.draft };
  },

  /** Sends the draft that is stored when the request arrives. */
  'POST /api/letters': async ({ world, work }) => {
    const { draft } = world;
    await work();
    world.letters.push(draft);
    return { body: draft };
  },

  'PUT /api/basket': async ({ world, query, body, work }) => {
    await work();
    world.basket[String(query.get('item'))] = Number(body);
    return { body };
  },

  /** Charges what is in the basket when the request arrives. */
  'POST /api/checkout': async ({ world, work }) => {
    world.receipt = { ...world.basket };
    await work();
    return { body: world.receipt };
  },

  /** What is stored, for the verdict at the end of a run. */
  'GET /api/world': ({ world }) => Promise.resolve({ body: world }),
};
