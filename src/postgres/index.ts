export {
  type HeartbeatOptions,
  PostgresLocks,
  type PostgresLocksOptions,
} from './PostgresLocks.js';
