import { hasOwnServer, hasServer } from './TestServer.js';

/** Tests that need a server. Where there is none they are skipped. */
export const describeServer = hasServer ? describe : describe.skip;

/** Tests that need a server that they may stop. */
export const describeOwnServer = hasOwnServer ? describe : describe.skip;
