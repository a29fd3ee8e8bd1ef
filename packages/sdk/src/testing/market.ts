/** A published market on an embedded ledger of its own, for tests. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blake2b256 } from '@atoma/base';
import {
  advanceEpoch,
  chainState,
  closeLedger,
  embeddedFetch,
  fundAddress,
  type Ledger,
  type OpenOptions,
  openLedger,
} from '@atoma/localnet';
import type { Signer } from '@mysten/sui/cryptography';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { type Atoma, type AtomaClient, createAtoma } from '../context/atoma.ts';
import { createClient } from '../context/client.ts';
import { publishAtoma } from '../deployment/publish.ts';
import { type Deployment, decodeDeployment, encodeDeployment } from '../deployment/record.ts';

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

/** MIST a publication may spend: with it the packages are verified once, not in a simulation too. */
const PUBLISH_BUDGET = 5n * SUI;

/** How a market of a test is opened. */
interface TestMarketOptions extends Pick<OpenOptions, 'framework'> {
  /** Keeps the market, and opens what an earlier run kept there; without it the ledger lives in memory. */
  readonly directory?: string | undefined;
}

/**
 * Opens a ledger, publishes both packages and switches the faucet on. Keys and draws follow `seed`; with
 * `framework` the ledger is made of those packages.
 */
export const openTestMarket = async (
  seed = 'market',
  { directory, framework }: TestMarketOptions = {},
): Promise<TestMarket> => {
  const record = directory === undefined ? undefined : join(directory, 'deployment.json');
  const kept = record !== undefined && existsSync(record) ? decodeDeployment(readFileSync(record, 'utf8')) : undefined;
  if (directory !== undefined) mkdirSync(join(directory, 'ledger'), { recursive: true });
  const ledger = await openLedger({
    seed,
    clock: 'logical',
    ...(framework ? { framework } : {}),
    ...(directory === undefined ? {} : { directory: join(directory, 'ledger') }),
  });
  const client = createClient({ network: 'embedded', fetch: embeddedFetch(ledger) });
  const fund = (signer: Signer): Signer => {
    if (!kept) fundAddress(ledger, signer.toSuiAddress().slice(2), 100n * SUI);
    return signer;
  };
  let made = 0;
  const key = (): Signer => Ed25519Keypair.fromSecretKey(blake2b256(new TextEncoder().encode(`${seed} ${made++}`)));
  const signer = fund(key());
  const deployment =
    kept ?? (await publishAtoma({ client, signer, network: 'embedded', gasBudget: PUBLISH_BUDGET })).deployment;
  if (record !== undefined && !kept) writeFileSync(record, encodeDeployment(deployment));
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
