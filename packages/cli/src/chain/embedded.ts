import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAtomaError } from '@atoma/base';
import {
  closeLedger,
  embeddedTransport,
  fundAddress,
  type Ledger,
  markStart,
  type OpenOptions,
  openLedger,
  readFramework,
} from '@atoma/localnet';
import {
  createClient,
  createKeyFile,
  type Deployment,
  decodeDeployment,
  encodeDeployment,
  importKeyFile,
  readKeyFile,
} from '@atoma/sdk';
import type { SuiGrpcClient } from '@mysten/sui/grpc';
import { makePrivateDirectory, writePrivateFile } from '../config/home.ts';
import { cliError } from '../kernel/cli-errors.ts';
import { publishEmbedded } from './publish-embedded.ts';
import { localWalletFile, unlessMade } from './wallet-files.ts';

/** MIST given to the throw-away wallet when the ledger is made: 1,000 SUI. */
export const firstFunding = 1_000_000_000_000n;

/** An open embedded ledger with the record of what is published on it. */
export interface Embedded {
  readonly ledger: Ledger;
  readonly client: SuiGrpcClient;
  readonly deployment: Deployment;
}

/** Where an embedded ledger lies and what opening it may say. */
export interface EmbeddedParameters {
  /** The directory of the ledger and its record. */
  readonly directory: string;
  /** The directory of the wallets' key files. */
  readonly wallets: string;
  readonly note: (text: string) => void;
  readonly making?: Making;
}

/** What counts only when the ledger is made. */
export interface Making {
  /** Drives chain id, randomness and, where there is no key yet, the throw-away wallet; the clock is logical. */
  readonly seed?: string | undefined;
  /** A directory of framework snapshots, one file a package. */
  readonly framework?: string | undefined;
  readonly epochDurationMs?: number | undefined;
}

const recordFile = (directory: string): string => join(directory, 'deployment.json');
const dataDirectory = (directory: string): string => join(directory, 'ledger');

/** True when a ledger was made here to the end. */
export const hasEmbedded = (directory: string): boolean => existsSync(recordFile(directory));

const whyOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const openOptions = ({ seed, framework, epochDurationMs }: Making): OpenOptions => ({
  ...(seed === undefined ? {} : { seed, clock: 'logical' }),
  ...(framework === undefined ? {} : { framework: readFramework(framework) }),
  ...(epochDurationMs === undefined ? {} : { epochDurationMs }),
});

const open = async (directory: string, making: Making = {}): Promise<Ledger> => {
  const options = openOptions(making);
  try {
    return await openLedger({ directory: dataDirectory(directory), ...options });
  } catch (error) {
    if (isAtomaError(error, 'LEDGER_BUSY') || isAtomaError(error, 'LEDGER_FRAMEWORK_BAD')) throw error;
    throw cliError('LEDGER_CORRUPT', { file: dataDirectory(directory), why: whyOf(error) }, error);
  }
};

const readRecord = (directory: string): Deployment => {
  const file = recordFile(directory);
  try {
    return decodeDeployment(readFileSync(file, 'utf8'));
  } catch (error) {
    throw cliError('LEDGER_CORRUPT', { file, why: whyOf(error) }, error);
  }
};

/** The throw-away wallet of a repeatable ledger: anybody who knows the seed has its key, and it is worth nothing. */
const seededKey = (seed: string): string => `0x${createHash('sha256').update(`local wallet\0${seed}`).digest('hex')}`;

/** Publishes both packages with the throw-away wallet, which becomes the manager, and turns the TOMA faucet on. */
const publish = async (ledger: Ledger, wallets: string, seed: string | undefined): Promise<Deployment> => {
  const keyFile = localWalletFile(wallets);
  if (!existsSync(keyFile))
    await (seed === undefined ? createKeyFile(keyFile) : importKeyFile(keyFile, seededKey(seed))).catch(unlessMade);
  const signer = await readKeyFile(keyFile);
  fundAddress(ledger, signer.toSuiAddress().slice(2), firstFunding);
  const client = createClient({ network: 'embedded', transport: embeddedTransport(ledger) });
  return publishEmbedded(client, signer);
};

/** Makes the ledger beside its place and moves it there whole, so that a killed first run leaves nothing half made. */
const create = async (parameters: EmbeddedParameters): Promise<void> => {
  const { directory, wallets, note, making } = parameters;
  note('making the embedded ledger and publishing both packages (once) ...');
  for (const left of ['ledger', 'deployment.json']) rmSync(join(directory, left), { recursive: true, force: true });
  makePrivateDirectory(directory);
  mkdirSync(dataDirectory(directory), { mode: 0o700 });
  const ledger = await open(directory, making);
  try {
    const deployment = await publish(ledger, wallets, making?.seed);
    markStart(ledger); // what `chain reset` goes back to while the ledger is served
    writePrivateFile(recordFile(directory), encodeDeployment(deployment));
  } finally {
    closeLedger(ledger);
  }
};

/** Opens the embedded ledger, after making it when there is none. The caller holds the directory's lock. */
export const openEmbedded = async (parameters: EmbeddedParameters): Promise<Embedded> => {
  const { directory } = parameters;
  if (!hasEmbedded(directory)) await create(parameters);
  const deployment = readRecord(directory);
  const ledger = await open(directory);
  return { ledger, client: createClient({ network: 'embedded', transport: embeddedTransport(ledger) }), deployment };
};
