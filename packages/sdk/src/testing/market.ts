/** A published market on an embedded ledger of its own, for tests. */
import {
  advanceEpoch,
  chainState,
  closeLedger,
  embeddedFetch,
  fundAddress,
  type Ledger,
  openLedger,
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
  /** Address without `0x`, funded with SUI; acts on the same market. */
  readonly actor: (signer?: Signer) => Atoma;
  readonly nextEpoch: (count?: number) => void;
  readonly epoch: () => bigint;
  readonly close: () => void;
}

const SUI = 1_000_000_000n;

/** Opens a ledger in memory, publishes both packages and switches the faucet on. Random draws follow `seed`. */
export const openTestMarket = async (seed = 'market'): Promise<TestMarket> => {
  const ledger = await openLedger({ seed, clock: 'logical' });
  const client = createClient({ network: 'embedded', fetch: embeddedFetch(ledger) });
  const fund = (signer: Signer): Signer => {
    fundAddress(ledger, signer.toSuiAddress().slice(2), 100n * SUI);
    return signer;
  };
  const signer = fund(Ed25519Keypair.generate());
  const { deployment } = await publishAtoma({ client, signer, network: 'embedded' });
  return {
    ledger,
    client,
    deployment,
    publisher: createAtoma({ client, deployment, signer }),
    actor: (other = Ed25519Keypair.generate()) => createAtoma({ client, deployment, signer: fund(other) }),
    nextEpoch: (count = 1) => {
      advanceEpoch(ledger, count);
    },
    epoch: () => BigInt(chainState(ledger).epoch),
    close: () => closeLedger(ledger),
  };
};
