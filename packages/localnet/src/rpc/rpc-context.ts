import type { MovePackage, MoveVm } from '@atoma/move-engine';
import type { Ledger } from './ledger-functions.ts';

/** What every method of the RPC works with. */
export interface RpcContext {
  readonly ledger: Ledger;
  /** Layouts, signatures and types of everything published. */
  readonly vm: MoveVm;
  /** Code by storage id. */
  readonly packageAt: (id: string) => MovePackage | undefined;
  /** Resolves after the next commit, or once the signal aborts. */
  readonly nextCommit: (signal: AbortSignal) => Promise<void>;
  /** Wakes waiting streams after a commit of this process. */
  readonly notifyCommit: () => void;
}
