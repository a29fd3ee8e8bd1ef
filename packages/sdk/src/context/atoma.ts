/** What every function that talks to a chain needs: a client, the deployment it works on, and who acts. */
import type { Signer } from '@mysten/sui/cryptography';
import type { SuiGrpcClient } from '@mysten/sui/grpc';
import type { Deployment } from '../deployment/record.ts';
import { sdkError } from '../sdk-errors.ts';
import { parseObjectId } from '../values/ids.ts';

/** The chain client the SDK works with. */
export type AtomaClient = SuiGrpcClient;

/** A market on a chain, seen by one actor. */
export interface Atoma {
  readonly client: AtomaClient;
  readonly deployment: Deployment;
  /** Signs writes; absent: only reads and simulations. */
  readonly signer: Signer | null;
  /** Whom reads and simulations act for; the signer's address unless given. */
  readonly sender: string | null;
  /** MIST a write may spend on gas; null: the chain's estimate. */
  readonly gasBudget: bigint | null;
}

/** What {@link createAtoma} takes. */
export interface CreateAtomaParameters {
  readonly client: AtomaClient;
  readonly deployment: Deployment;
  readonly signer?: Signer;
  readonly sender?: string;
  /** MIST. */
  readonly gasBudget?: bigint;
}

/** Puts a context together. Throws `SDK_OLDER_GENERATION` for a deployment whose calls this SDK does not know. */
export const createAtoma = (parameters: CreateAtomaParameters): Atoma => {
  const { client, deployment, signer = null, sender, gasBudget = null } = parameters;
  if (deployment.generation === 'older') throw sdkError('OLDER_GENERATION', { network: deployment.network });
  const address = sender ?? signer?.toSuiAddress();
  return { client, deployment, signer, sender: address === undefined ? null : parseObjectId(address), gasBudget };
};

/** The acting address. Throws `SDK_NO_SENDER`. */
export const requireSender = (atoma: Atoma): string => {
  if (atoma.sender === null) throw sdkError('NO_SENDER');
  return atoma.sender;
};

/** The signer. Throws `SDK_NO_SIGNER`. */
export const requireSigner = (atoma: Atoma): Signer => {
  if (atoma.signer === null) throw sdkError('NO_SIGNER');
  return atoma.signer;
};
