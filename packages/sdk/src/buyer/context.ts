/** What the parts of a buyer share. */
import { toHex } from '@atoma/base';
import type { Signer } from '@mysten/sui/cryptography';
import { fromBase58 } from '@mysten/sui/utils';
import { type Atoma, requireSender, requireSigner } from '../context/atoma.ts';
import { sdkError } from '../sdk-errors.ts';
import type { UnitCounter } from '../wire/counters.ts';
import type { Channels } from './confidential/channels.ts';
import type { Directory } from './directory.ts';
import type { Journal } from './journal/types.ts';
import type { Measurements } from './measured.ts';
import type { StackBook } from './stack-book.ts';
import type { Transport } from './transport/http.ts';
import type { BuyerEvent, BuyerParameters, BuyerPolicy, Caps } from './types.ts';

/** Ids every signed message carries. */
export interface WireIds {
  /** Digest of the genesis checkpoint, 32 bytes. */
  readonly chainId: Uint8Array;
  /** First-published id of the market package, 32 bytes. */
  readonly packageId: Uint8Array;
}

/** The shared context of a buyer. */
export interface BuyerContext {
  readonly atoma: Atoma;
  readonly signer: Signer;
  /** Address of the wallet. */
  readonly address: string;
  readonly ids: WireIds;
  readonly journal: Journal;
  readonly caps: Caps;
  readonly policy: BuyerPolicy;
  readonly counters: Readonly<Record<string, UnitCounter>>;
  readonly send: Transport;
  readonly directory: Directory;
  readonly book: StackBook;
  readonly measured: Measurements;
  /** Confidential environments of nodes. */
  readonly channels: Channels;
  readonly now: () => number;
  readonly emit: (event: BuyerEvent) => void;
}

/** The wire ids of a deployment. Throws `SDK_DEPLOYMENT_INCOMPLETE` when the record has no chain id. */
export const wireIdsOf = ({ deployment }: Atoma): WireIds => {
  if (deployment.chainId === null)
    throw sdkError('DEPLOYMENT_INCOMPLETE', { network: deployment.network, what: 'chain id' });
  return {
    chainId: fromBase58(deployment.chainId),
    packageId: new Uint8Array(Buffer.from(deployment.originalPackageId.slice(2), 'hex')),
  };
};

/** Identity of a buyer, for its journal. */
export const ownerOf = (atoma: Atoma) => ({
  chainId: String(atoma.deployment.chainId),
  packageId: atoma.deployment.originalPackageId,
  address: requireSender(atoma),
});

/** The signer, or `SDK_NO_SIGNER`. */
export const buyerSigner = (p: BuyerParameters): Signer => requireSigner(p.atoma);

/** 32 hex digits of a request id. */
export const idText = (requestId: Uint8Array): string => toHex(requestId);
