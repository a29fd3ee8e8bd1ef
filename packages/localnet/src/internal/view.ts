import type { Address, Owner } from '@atoma/move-engine';

/** An object before it has version, digest and rebate. */
export interface NewObject {
  readonly id: Address;
  readonly owner: Owner;
  /** Canonical type text, or `package`. */
  readonly type: string;
  readonly publicTransfer: boolean;
  readonly contents: Uint8Array;
}
