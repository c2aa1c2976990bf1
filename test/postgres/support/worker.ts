import type { ClientConfig } from 'pg';
import { PostgresEngine } from '../../../src/postgres/PostgresEngine.js';
import type { Pace } from '../../../src/postgres/Session.js';
import { TokenSequence } from '../../../src/postgres/TokenSequence.js';

// A process that holds one lock until it is ended.

const { config, pace, name } = JSON.parse(process.argv[2] as string) as {
  config: ClientConfig;
  pace: Pace;
  name: string;
};

const engine = new PostgresEngine(config, pace, 10, new TokenSequence('test_tokens'));
engine
  .driver([name])
  .hold({ mode: 'exclusive', ifAvailable: false })
  .subscribe({
    next: () => process.send?.('granted'),
    error: () => process.send?.('lost'),
  });
process.on('disconnect', () => process.exit());
