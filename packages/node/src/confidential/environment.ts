/** The environment a daemon runs in, as hardware sees it. */
import type { EvidenceKindName } from '@atoma/sdk';

/** A quote and what it is judged with. */
export interface Quoted {
  readonly quote: Uint8Array;
  /** Certificates and lists: Intel's JSON, AMD's PEM; empty for a rehearsal. */
  readonly collateral: Uint8Array;
  /** Empty where there is none. */
  readonly eventLog: Uint8Array;
}

/** What makes evidence of this environment. */
export interface Environment {
  readonly kind: EvidenceKindName;
  /** Said with every output; null: hardware vouches for it. */
  readonly label: string | null;
  /** 32 bytes: H of the operator's configuration, and the root of the weights' tree where the image enforces one. */
  readonly configHash: Uint8Array;
  readonly weightsRoot: Uint8Array;
  /** Has the hardware sign 64 bytes. */
  readonly quote: (reportData: Uint8Array) => Promise<Quoted>;
  /** Evidence of the GPUs over a nonce, judged inside before it is given; empty without GPUs. */
  readonly gpu: (nonce: Uint8Array) => Promise<Uint8Array>;
}
