/** A published market on an embedded ledger of its own, for tests. */

import { blake2b256 } from '@atoma/base';
import {
  advanceEpoch,
  chainState,
  closeLedger,
  embeddedFetch,
  fundAddress,
  type Ledger,
  openLedger,
  type readFramework,
} from '@atoma/localnet';
import type { Signer } from '@mysten/sui/cryptography';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { type Atoma, type AtomaClient, createAtoma } from '../context/atoma.ts';
import { createClient } from '../context/client.ts';
import { publishAtoma } from '../deployment/publish.ts';
import type { Deployment } from '../deployment/record.ts';

/** The market and the means to drive its chain. */
export interface TestMarket {
  readonly ledger: Ledger;
  readonly client: AtomaClient;
  readonly deployment: Deployment;
  /** Published the market; manager. */
  readonly publisher: Atoma;
  /** Someone else, funded with SUI, on the same market; a key of its own unless given. */
  readonly actor: (signer?: Signer) => Atoma;
  readonly nextEpoch: (count?: number) => void;
  readonly epoch: () => bigint;
  readonly close: () => void;
}

const SUI = 1_000_000_000n;

/**
 * Opens a ledger in memory, publishes both packages and switches the faucet on. Keys and draws follow `seed`; with
 * `framework` the ledger is made of those packages.
 */
export const openTestMarket = async (
  seed = 'market',
  framework?: ReturnType<typeof readFramework>,
): Promise<TestMarket> => {
  const ledger = await openLedger({ seed, clock: 'logical', ...(framework ? { framework } : {}) });
  const client = createClient({ network: 'embedded', fetch: embeddedFetch(ledger) });
  const fund = (signer: Signer): Signer => {
    fundAddress(ledger, signer.toSuiAddress().slice(2), 100n * SUI);
    return signer;
  };
  let made = 0;
  const key = (): Signer => Ed25519Keypair.fromSecretKey(blake2b256(new TextEncoder().encode(`${seed} ${made++}`)));
  const signer = fund(key());
  const { deployment } = await publishAtoma({ client, signer, network: 'embedded' });
  return {
    ledger,
    client,
    deployment,
    publisher: createAtoma({ client, deployment, signer }),
    actor: (other = key()) => createAtoma({ client, deployment, signer: fund(other) }),
    nextEpoch: (count = 1) => {
      advanceEpoch(ledger, count);
    },
    epoch: () => BigInt(chainState(ledger).epoch),
    close: () => closeLedger(ledger),
  };
};
