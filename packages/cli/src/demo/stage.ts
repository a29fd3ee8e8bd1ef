import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { advanceEpoch, closeLedger, embeddedTransport, fundAddress, type Ledger, openLedger } from '@atoma/localnet';
import {
  type Atoma,
  createAtoma,
  createClient,
  createKeyFile,
  type Deployment,
  publishAtoma,
  readKeyFile,
  signerFromSecret,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import type { SuiGrpcClient } from '@mysten/sui/grpc';
import { lockEmbedded } from '../chain/chain.ts';
import { openEmbedded } from '../chain/embedded.ts';
import { walletFile } from '../chain/wallet-files.ts';
import type { Run } from '../kernel/command.ts';

/** Names of the people in the walk: a buyer and five node operators. */
export const people = ['buyer', 'anna', 'bela', 'carl', 'dora', 'emil'] as const;

/** One of {@link people}. */
export type Person = (typeof people)[number];

/** Where the walk is played. */
export interface Stage {
  readonly atoma: Readonly<Record<Person, Atoma>>;
  readonly deployment: Deployment;
  readonly advance: (epochs: number) => number;
  readonly close: () => void;
}

/** MIST each person starts with: 10 SUI. */
const pocketMoney = 10_000_000_000n;

const set = async (
  ledger: Ledger,
  client: SuiGrpcClient,
  deployment: Deployment,
  keyOf: (person: Person) => Promise<Signer>,
): Promise<Stage> => {
  const entries = await Promise.all(
    people.map(async (person) => {
      const signer = await keyOf(person);
      fundAddress(ledger, signer.toSuiAddress().slice(2), pocketMoney);
      return [person, createAtoma({ client, deployment, signer })] as const;
    }),
  );
  return {
    atoma: Object.fromEntries(entries) as Record<Person, Atoma>,
    deployment,
    advance: (epochs) => advanceEpoch(ledger, epochs).epoch,
    close: () => closeLedger(ledger),
  };
};

/** A throw-away key. */
const newSigner = (): Promise<Signer> => signerFromSecret(`0x${randomBytes(32).toString('hex')}`);

/** A new ledger in memory with both packages published by a throw-away key. `prepare` may act as the manager first. */
export const temporaryStage = async (prepare?: (manager: Atoma) => Promise<unknown>): Promise<Stage> => {
  const ledger = await openLedger();
  const client = createClient({ network: 'embedded', transport: embeddedTransport(ledger) });
  const publisher = await newSigner();
  fundAddress(ledger, publisher.toSuiAddress().slice(2), 100n * pocketMoney);
  const { deployment } = await publishAtoma({ client, signer: publisher, network: 'embedded', enableFaucet: true });
  await prepare?.(createAtoma({ client, deployment, signer: publisher }));
  return set(ledger, client, deployment, newSigner);
};

/** The embedded ledger of the user; the people's keys become wallets named `demo-...`. */
export const keptStage = async (run: Run): Promise<Stage> => {
  await lockEmbedded(run);
  const { embedded: directory, wallets } = run.settings.home;
  const { ledger, client, deployment } = await openEmbedded({ directory, wallets, note: run.note });
  return set(ledger, client, deployment, async (person) => {
    const file = walletFile(wallets, `demo-${person}`);
    if (!existsSync(file)) await createKeyFile(file);
    return readKeyFile(file);
  });
};
