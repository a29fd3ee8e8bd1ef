/** A stack as it was served at a desk and settled, in the hands of whoever checks it. */
import { generateKeyPairSync } from 'node:crypto';
import { blake2b256, toHex } from '@atoma/base';
import {
  blindOf,
  channelKeyLayout,
  channelKid,
  computeCommitment,
  createMerkleBuilder,
  enclaveKeyHash,
  findStack,
  findTicket,
  fromBase64,
  leafHash,
  messageSigner,
  noPreviousReceipt,
  openInputsHash,
  pairSignatures,
  type Receipt,
  receiptHash,
  receiptLayout,
  SEALED_TYPE,
  type Stack,
  signRaw,
  signSealedRequest,
  type Ticket,
  tracedBlind,
} from '@atoma/sdk';
import { expect } from 'vitest';
import { openShownChain, type ShownChain, termsWith } from '../../../sdk/src/testing/shown-chain.ts';
import { createChannel } from '../confidential/channel.ts';
import { rehearsalEnvironment } from '../confidential/rehearsal.ts';
import type { Engine } from '../engine/types.ts';
import { decodeRow, encodeRow, type TranscriptRow, writeTranscript } from '../serve/transcript.ts';
import { createHolding, type Giver, type Holding } from '../settle/holding.ts';
import { noExhibits } from '../settle/shown.ts';
import { openSpool } from '../settle/spool.ts';
import type { Case } from '../settle/verdict.ts';
import type { LeafRow, StackRow } from '../store/types.ts';
import { chatOf, DESK, type Desk, keyOf, NOON, openDesk, readAll } from './desk.ts';

/** Secret of the development root. */
const SECRET = new Uint8Array(32).fill(9);

/** The channel of a confidential desk, named and open. */
export const openDeskChannel = async (now: () => number) => {
  const channel = createChannel(rehearsalEnvironment(SECRET, 'desk'), DESK, now);
  await channel.renew({ sequence: 1n, digest: new Uint8Array(32).fill(4) });
  channel.open();
  return channel;
};

/** Asks a confidential desk for a chat, sealed. */
export const postSealed = async (desk: Desk, stack: bigint, value: object, maxUnits = 1_024n) => {
  const shown = (await desk.node.confidential?.describe()) as { channel_keys: { record: string }[] };
  const record = fromBase64(shown.channel_keys[0]?.record ?? '') as Uint8Array;
  const request = await signSealedRequest({
    ...{ ...DESK, stack, signer: desk.buyer, endpoint: '/v1/chat/completions', model: 'atoma/demo-chat', maxUnits },
    ...{ kid: channelKid(record), publicKey: channelKeyLayout.decode(record).key, timestampMs: desk.clock.now },
    inner: { contentType: 'application/json', body: Buffer.from(JSON.stringify(value)) },
  });
  const reply = await desk.send(request, { headers: { 'content-type': SEALED_TYPE } });
  return { request, answered: await readAll(reply) };
};

/** A served stack. */
export interface History {
  readonly desk: Desk;
  /** The chain as its checkers see it, through key 5. */
  readonly chain: ShownChain;
  readonly id: bigint;
  readonly leaves: readonly LeafRow[];
  /** All that can be shown of each row. */
  readonly rows: readonly TranscriptRow[];
  /** Hashes of the enclave keys that sign for it, hex. */
  readonly keyHashes: ReadonlySet<string>;
}

/** What is served, and by what. */
export interface Served {
  readonly level?: number;
  readonly engine?: Engine;
  readonly model?: string;
  readonly questions?: readonly string[];
  /** Members of every body. */
  readonly more?: object;
}

/** Has questions answered on a stack of its own. */
export const serveHistory = async (served: Served = {}): Promise<History> => {
  const { level = 0, engine, model = 'atoma/demo-chat', questions = ['a', 'b', 'c'], more = {} } = served;
  const confidential = level === 2 ? await openDeskChannel(() => NOON) : undefined;
  const desk = await openDesk({
    ...(engine ? { engines: [engine] } : {}),
    ...(confidential ? { confidential } : {}),
  });
  const id = desk.sell({ level, model });
  for (const question of questions) {
    const body = chatOf(question, { model, ...more });
    const { status, text } = confidential ? (await postSealed(desk, id, body)).answered : await desk.post(id, body);
    expect(status, text).toBe(200);
  }
  const stack = (await desk.store.findStack(id)) as StackRow;
  const shownAs = async (isChecked: boolean): Promise<readonly TranscriptRow[]> => {
    const rows: TranscriptRow[] = [];
    for await (const line of writeTranscript(desk.store, stack, () => isChecked)) rows.push(decodeRow(line));
    return rows;
  };
  const openings = await shownAs(false);
  const rows = (await shownAs(true)).map((row, i) => ({ ...row, opening: openings[i]?.opening ?? null }));
  const chain = openShownChain(keyOf(5));
  const terms = termsWith({});
  const [owner, nodeAddress] = [keyOf(3).toSuiAddress(), keyOf(2).toSuiAddress()];
  chain.show('stacks', id, { owner, nodeAddress, units: stack.units, price: stack.price, level, terms });
  chain.show('tasks', 1n, { modelName: model, level });
  chain.show('nodes', 1n, { owner: nodeAddress });
  const enclave = confidential?.commitment();
  return {
    ...{ desk, chain, id, rows, leaves: await desk.store.listLeaves(id) },
    keyHashes: new Set(enclave ? [toHex(enclave.keyHash)] : []),
  };
};

/** The proof over leaves, 32 bytes each, for a stack with one attester. */
export const proofOver = (id: bigint, leaves: readonly Uint8Array[], units: bigint) => {
  const tree = createMerkleBuilder();
  for (const leaf of leaves) tree.add(leaf);
  const merkleRoot = tree.root();
  return { merkleRoot, ...computeCommitment({ merkleRoot, units, stackSmallId: id, attesters: 1 }) };
};

/** T of rows. */
export const inputsOver = async (rows: readonly TranscriptRow[]): Promise<Uint8Array> => {
  const list = await openInputsHash();
  for (const { entry } of rows) list.add(entry);
  return list.finish();
};

/** A spool with rows as lines. */
export const spoolOf = (rows: readonly TranscriptRow[]) => {
  const spool = openSpool();
  for (const row of rows) spool.write(Buffer.from(`${encodeRow(row)}\n`));
  return spool;
};

/** What a checker has in hand. */
export interface InHand {
  readonly about: Case;
  readonly holding: Holding;
  readonly stack: Stack;
  readonly ticket: Ticket;
  /** What was settled: M over the rows as they were signed. */
  readonly merkleRoot: Uint8Array;
}

/**
 * The settlement of a history in a checker's hands. `rows`: what it was given, and T is of; `change`: in what the case differs. Every row
 * is repeated at level 1 unless it says otherwise.
 */
export const inHand = async (
  history: History,
  change: Partial<Case> = {},
  rows: readonly TranscriptRow[] = history.rows,
  giver: Giver = 'other',
): Promise<InHand> => {
  const { id, chain, leaves } = history;
  const units = rows.reduce((sum, { entry }) => sum + entry.units, 0n);
  const inputs = await inputsOver(rows);
  const proof = proofOver(id, leaves.map(leafHash), units);
  chain.show('tickets', id, {
    ...{ claimed: units, root: proof.committedStackProof, leaves: [...proof.leaves], inputs, seed: inputs },
    ...{ attesters: [5n], attested: [false], drawn: [5n], required: true, state: 1 },
  });
  const stack = (await findStack(chain.atoma, { stackSmallId: id })) as Stack;
  const ticket = (await findTicket(chain.atoma, { stackSmallId: id })) as Ticket;
  const holding = createHolding({ level: stack.securityLevel, inputs, maySign: (address) => address === stack.owner });
  await holding.take(spoolOf(rows), giver);
  const engine = history.desk.node.engines.models.find(({ model }) => model.name === modelOf(history));
  const about: Case = {
    ...{ chainId: DESK.chainId, packageId: DESK.packageId, stack, keyHashes: history.keyHashes, ticket },
    ...{ task: { role: 0, model: modelOf(history) }, traced: engine?.model.sketch !== undefined, accusation: null },
    ...{ isChecked: () => true, isSeeded: () => true, exhibits: noExhibits },
    ...change,
  };
  return { about, holding, stack, ticket, merkleRoot: proof.merkleRoot };
};

const modelOf = ({ desk, id }: History): string => desk.shown.get(id)?.terms.model ?? '';

/** A history of level 2 whose receipts are signed anew, by its wallet and an enclave key of its own, changed row by row. */
export const resigned = async (
  history: History,
  change: (receipt: Receipt, row: number) => Partial<Receipt>,
): Promise<Pick<History, 'rows' | 'keyHashes'>> => {
  const enclave = generateKeyPairSync('ed25519');
  const enclaveKey = new Uint8Array(enclave.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  const wallet = messageSigner(keyOf(2));
  let previous = noPreviousReceipt();
  const rows = history.rows.map((row, i): TranscriptRow => {
    const plain = { ...receiptLayout.decode((history.leaves[i] as LeafRow).receipt), previous };
    const receipt = receiptLayout.encode({ ...plain, ...change(plain, i) });
    previous = receiptHash(receipt);
    const signature = pairSignatures(wallet.sign(receipt), enclaveKey, signRaw(enclave.privateKey, receipt));
    return showing(row, Buffer.concat([signature, receipt]));
  });
  return { rows, keyHashes: new Set([toHex(enclaveKeyHash(enclaveKey))]) };
};

/** A row that shows this trace, as its server could have settled it. */
export const showing = (row: TranscriptRow, trace: Uint8Array): TranscriptRow => {
  const { salt, workHash } = row.opening as NonNullable<TranscriptRow['opening']>;
  const [inner, traceHash] = [blindOf(salt, workHash), blake2b256(trace)];
  const entry = { ...row.entry, blind: tracedBlind(inner, traceHash) };
  return { ...row, entry, opening: { salt, workHash, traceHash }, trace: { trace, inner } };
};
