/** What a process tells of one of its requests. */
export interface Note {
  readonly id: string;
  readonly mode: 'read' | 'write';
  readonly lock: 'cache' | 'ledger';
  readonly what: 'requested' | 'granted' | 'ended';
  readonly at: number;
}
