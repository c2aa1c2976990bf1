export { createKeyedLockToken } from './createKeyedLockToken.js';
export { createLockToken } from './createLockToken.js';
export { injectLockState, type LockSource, type LockStateOptions } from './injectLockState.js';
export type { LockTokenOptions } from './lockToken.js';
export { provideLock } from './provideLock.js';
export { tokenRefreshInterceptor } from './tokenRefreshInterceptor.js';
export type { TokenRefreshOptions } from './TokenRefreshOptions.js';
