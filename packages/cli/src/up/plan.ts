/** What a market in one process is made of. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { blake2b256, fromHex, toHex } from '@atoma/base';
import { type Deployment, decodeDeployment, encodeDeployment } from '@atoma/sdk';
import { writePrivateFile } from '../config/home.ts';
import { readNote } from '../config/note.ts';
import * as s from '../kernel/schema.ts';
import { upError } from './up-errors.ts';

/** A model on offer. */
export interface PlannedModel {
  readonly name: string;
  readonly role: number;
}

/** How the market is made. */
export interface UpPlan {
  readonly nodes: number;
  readonly level: 0 | 1 | 2;
  readonly seed: string;
  readonly epochMs: number;
  /** Base units of TOMA for one compute unit. */
  readonly price: bigint;
  readonly models: readonly PlannedModel[];
  /** OpenAI-compatible server that answers; null: a model file, or the built-in engine. */
  readonly engine: string | null;
  /** GGUF file that answers; null: the server, or the built-in engine. */
  readonly file: string | null;
  /** Where everything is kept; null: in memory. */
  readonly directory: string | null;
}

/** What a kept market needs to go on. */
export interface KeptMarket {
  readonly plan: UpPlan;
  readonly deployment: Deployment;
}

/** Price of a unit unless said otherwise. */
export const UP_PRICE = 100n;

/** Models of the built-in engine. */
export const builtinModels: readonly PlannedModel[] = [
  { name: 'atoma/demo-chat', role: 0 },
  { name: 'atoma/demo-embed', role: 1 },
];

/** A seed nobody can guess. */
export const freshSeed = (): string => toHex(randomBytes(16));

/** The secret of one party: 32 bytes as hex. */
export const secretOf = (seed: string, party: string): string =>
  `0x${toHex(blake2b256(new TextEncoder().encode(`atoma up ${seed} ${party}`)))}`;

/** The development root of a market's rehearsal of level 2: its secret, 32 bytes. */
export const rehearsalSecretOf = ({ seed }: Pick<UpPlan, 'seed'>): Uint8Array =>
  fromHex(secretOf(seed, 'rehearsal root').slice(2)) as Uint8Array;

const fileOf = (directory: string): string => join(directory, 'market.json');

/** {@link KeptMarket} as it is written. */
interface KeptRecord extends Omit<UpPlan, 'price' | 'file' | 'directory'> {
  /** Absent in markets made before a file could answer. */
  readonly file?: string | null;
  readonly price: string;
  readonly deployment: string;
}

const keptSchema = s.record(
  {
    nodes: s.integer('Nodes.'),
    level: { ...s.integer('Security level.'), enum: [0, 1, 2] },
    seed: s.text('Seed of every secret.'),
    epochMs: s.integer('Length of an epoch, ms.'),
    price: s.amount('Base units of TOMA for one compute unit.'),
    models: s.list(s.record({ name: s.text('Model.'), role: s.integer('Role.') }), 'Models on offer.'),
    engine: s.orNull(s.text('Server that answers.')),
    file: s.orNull(s.text('File that answers.')),
    deployment: s.text('The contract.'),
  },
  '',
  ['file'],
);

/** The market kept in a directory, if one was made there to the end. Throws `UP_KEPT_DAMAGED`. */
export const readKept = (directory: string): KeptMarket | undefined => {
  if (!existsSync(fileOf(directory))) return undefined;
  const record = readNote<KeptRecord>(fileOf(directory), keptSchema);
  if (!record) throw upError('KEPT_DAMAGED', { file: fileOf(directory) });
  const { deployment, price, file, ...plan } = record;
  return {
    plan: { ...plan, file: file ?? null, price: BigInt(price), directory },
    deployment: decodeDeployment(deployment),
  };
};

/** Keeps what the next start needs. */
export const writeKept = (directory: string, { plan, deployment }: KeptMarket): void => {
  const record = { ...plan, price: String(plan.price), deployment: encodeDeployment(deployment) };
  writePrivateFile(fileOf(directory), `${JSON.stringify(record, null, 2)}\n`);
};

/** What was asked for explicitly must be what is kept. */
export const checkKept = (kept: UpPlan, asked: Partial<UpPlan>): void => {
  for (const name of ['nodes', 'level', 'seed', 'epochMs', 'engine', 'file'] as const) {
    const wanted = asked[name];
    if (wanted !== undefined && wanted !== null && wanted !== kept[name])
      throw upError('KEPT', { directory: String(kept.directory), what: `${name} ${kept[name]}` });
  }
};

/** Files of a kept market's gateway. */
export const gatewayFiles = (directory: string) => ({
  store: join(directory, 'gateway.db'),
  /** Where earlier versions kept the buyer's journal. */
  oldJournal: join(directory, 'buyer.db'),
  key: join(directory, 'api.key'),
});

/** Files of a kept market's node `i`, counted from 1. */
export const nodeFile = (directory: string, i: number): string => join(directory, `node-${i}.db`);
