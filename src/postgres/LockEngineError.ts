export type EngineErrorCode =
  'unreachable' | 'exhausted' | 'pooled' | 'standby' | 'permission' | 'unsupported';

export class LockEngineError extends Error {
  readonly code: EngineErrorCode;

  constructor(message: string, { code, cause }: { code: EngineErrorCode; cause?: unknown }) {
    super(message, { cause });
    this.code = code;
  }
}
