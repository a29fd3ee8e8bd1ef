/** Answers to signed reads: stacks, receipts, leaves, proofs, transcripts; and what owners and parties send in. */
import { blake2b256, fromHex, isAtomaError, toHex } from '@atoma/base';
import {
  createInclusionProofBuilder,
  EVIDENCE_NONCE_BYTES,
  encodeInclusionProof,
  envelopeLayout,
  equalBytes,
  fromBase64,
  handoffLayout,
  type InputEntry,
  parseSignature,
  readJsonObject,
  receiptHash,
  receiptLayout,
  receiptSigners,
  record,
  requestHash,
  toBase64,
  verifyPersonalMessage,
} from '@atoma/sdk';
import * as z from 'zod';
import type { NodeContext } from '../context.ts';
import type { ImportedLeaf, RequestRow, StackRow } from '../store/types.ts';
import { checkedRows } from './audit.ts';
import { stackStateProblem } from './authenticate.ts';
import type { Asked } from './inquiry.ts';
import { keptTranscript } from './kept.ts';
import { type Checked, ok, type Problem, problem } from './problem.ts';
import type { RateLimit, RateLimits } from './rate.ts';
import { decodeRequest, eachLeaf, encodeRequest, entryOf, rowSalts, writeTranscript } from './transcript.ts';

/** A text that is written as it is sent. */
export interface TextAnswer {
  readonly kind: 'text';
  readonly contentType: string;
  readonly parts: AsyncIterable<string>;
}

/** An answer to a read: JSON, text, or an error. */
export type ReadAnswer = { readonly kind: 'json'; readonly json: object } | TextAnswer | Problem;

const jsonAnswer = (json: object): ReadAnswer => ({ kind: 'json', json });

const ended: readonly StackRow['state'][] = ['settled', 'disputed', 'closed'];
/** Receipts of one page. */
const PAGE = 500;

const ownStack = (asked: Asked): Checked<StackRow> =>
  asked.stack && asked.capacities.has('owner') ? ok(asked.stack) : problem('not_entitled');

/** GET /v1/evidence: what was published of the confidential environment, and the channel keys of the hour. */
export const readEvidence = async ({ confidential }: NodeContext): Promise<ReadAnswer> =>
  confidential ? jsonAnswer(await confidential.describe()) : problem('confidential_channel_unavailable');

/** GET /v1/stacks/{id}/evidence?nonce=: a quote made now, over 32 bytes of the asker's, as hex. */
export const readFreshEvidence = async (
  node: NodeContext,
  asked: Asked,
  nonceText: string | undefined,
  quotes: RateLimit,
): Promise<ReadAnswer> => {
  const own = ownStack(asked);
  if (own.kind === 'problem') return own;
  if (!node.confidential) return problem('confidential_channel_unavailable');
  const nonce = fromHex(nonceText ?? '');
  if (nonce?.length !== EVIDENCE_NONCE_BYTES)
    return problem('invalid_request', { param: 'nonce', detail: 'send 64 hex digits' });
  if (!quotes.allow(node.now())) return problem('rate_limited');
  return jsonAnswer(await node.confidential.describe(nonce));
};

/** GET /v1/stacks/{id}. */
export const readStack = (asked: Asked): ReadAnswer => {
  const own = ownStack(asked);
  if (own.kind === 'problem') return own;
  const stack = own.value;
  return jsonAnswer({
    stack: String(stack.id),
    task: String(stack.task),
    state: stack.state,
    units: String(stack.units),
    price: String(stack.price),
    consumed: String(stack.consumed),
    reserved: String(stack.reserved),
    remaining: String(stack.units - stack.consumed - stack.reserved),
    requests: stack.nextLeaf,
    last_receipt_hash: toHex(stack.lastReceiptHash),
    claimed: stack.claimed === null ? null : String(stack.claimed),
    expiry_epoch: String(stack.expiryEpoch),
    notice_epoch: stack.noticeEpoch === null ? null : String(stack.noticeEpoch),
  });
};

const receiptJson = (row: Pick<RequestRow, 'requestId' | 'state' | 'receipt' | 'receiptSignature' | 'refused'>) => ({
  request_id: row.requestId,
  state: row.receipt ? 'receipt' : row.refused ? 'refused' : row.state === 'released' ? 'released' : 'pending',
  receipt: row.receipt && toBase64(row.receipt),
  signature: row.receiptSignature && toBase64(row.receiptSignature),
  refusal: row.refused && toBase64(row.refused.refusal),
  refusal_signature: row.refused && toBase64(row.refused.signature),
});

/** GET /v1/receipts/{request_id}. */
export const readReceipt = async (node: NodeContext, asked: Asked, requestId: string): Promise<ReadAnswer> => {
  const own = ownStack(asked);
  if (own.kind === 'problem') return own;
  const stack = own.value;
  const row = await node.store.findRequest(stack.id, requestId);
  return row ? jsonAnswer(receiptJson(row)) : problem('receipt_unknown');
};

/** GET /v1/receipts?stack=&from=. */
export const listReceipts = async (node: NodeContext, asked: Asked, from: number): Promise<ReadAnswer> => {
  const own = ownStack(asked);
  if (own.kind === 'problem') return own;
  const stack = own.value;
  const leaves = await node.store.listLeaves(stack.id, Number.isSafeInteger(from) ? from : 0, PAGE);
  const receipts = leaves.map((leaf) => ({
    ...receiptJson({ ...leaf, state: 'committed', refused: null }),
    envelope: toBase64(leaf.envelope), // shows an owner with several journals that its own key signed the request
    envelope_signature: toBase64(leaf.signature),
  }));
  return jsonAnswer({ receipts, next: leaves.length === PAGE ? (leaves.at(-1)?.index ?? 0) + 1 : null });
};

const entryJson = ({ requestHash: hash, units, cut, blind }: InputEntry) => ({
  request_hash: `0x${toHex(hash)}`,
  units: String(units),
  cut,
  blind: `0x${toHex(blind)}`,
});

async function* leavesJson(node: NodeContext, stack: StackRow): AsyncGenerator<string> {
  const salts = await rowSalts(node.store);
  yield `{"stack":"${stack.id}","attesters":${stack.attesters},"leaves":[`;
  for await (const leaf of eachLeaf(node.store, stack.id)) {
    const entry = entryJson(entryOf(stack.level, leaf, salts(stack.id, leaf.index)));
    const json = { ...entry, content_hash: `0x${toHex(leaf.contentHash)}` };
    yield `${leaf.index === 0 ? '' : ','}${JSON.stringify(json)}`;
  }
  yield ']}';
}

/** GET /v1/stacks/{id}/leaves. */
export const readLeaves = async (node: NodeContext, asked: Asked): Promise<ReadAnswer> => {
  const own = ownStack(asked);
  if (own.kind === 'problem') return own;
  const stack = own.value;
  if (!ended.includes(stack.state))
    return problem('stack_settling', { detail: 'leaves are given once the stack is settled' });
  return { kind: 'text', contentType: 'application/json', parts: leavesJson(node, stack) };
};

async function* inputsJson(entries: readonly InputEntry[]): AsyncGenerator<string> {
  yield '{"inputs":[';
  for (const [row, entry] of entries.entries()) yield `${row === 0 ? '' : ','}${JSON.stringify(entryJson(entry))}`;
  yield ']}';
}

/**
 * GET /v1/stacks/{id}/inputs: the list that T on chain binds, for the recorded owner of a stack that this node checks: the node that serves
 * it may keep the list from its owner alone, and have a row pass that nobody asked for. Hashes and units; no request, no answer.
 * `lists`: how often that of one stack is given.
 */
export const readInputs = async (
  node: NodeContext,
  { capacities, inquiry, signer }: Asked,
  lists: RateLimits<bigint>,
): Promise<ReadAnswer> => {
  const refused = problem('not_entitled', { detail: 'the list is for the owner of a stack that this node checks' });
  const relayed = capacities.has('buyer') ? node.relayed.get(inquiry.stack) : undefined;
  const entries = relayed?.entries();
  if (!relayed || !entries) return refused;
  if (!lists.allow(inquiry.stack, node.now())) return problem('rate_limited');
  // Who sold the stack just now is remembered as its owner for some seconds.
  if (!(await relayed.isOwner(signer))) return refused;
  return { kind: 'text', contentType: 'application/json', parts: inputsJson(entries) };
};

/** GET /v1/stacks/{id}/proof/{index}. */
export const readProof = async (node: NodeContext, asked: Asked, index: number): Promise<ReadAnswer> => {
  const own = ownStack(asked);
  if (own.kind === 'problem') return own;
  const stack = own.value;
  if (!ended.includes(stack.state))
    return problem('stack_settling', { detail: 'proofs are given once the stack is settled' });
  if (!Number.isSafeInteger(index) || index < 0 || index >= stack.nextLeaf) return problem('receipt_unknown');
  const builder = createInclusionProofBuilder(index);
  for await (const leaf of eachLeaf(node.store, stack.id)) builder.add(leaf);
  const proof = builder.finish();
  if (!proof) return problem('receipt_unknown');
  return jsonAnswer({
    ...record(JSON.parse(encodeInclusionProof(proof))),
    leaf_count: stack.nextLeaf,
    total_units: String(stack.consumed),
    attesters: stack.attesters,
  });
};

const handoffBody = z.object({ owner: z.string().regex(/^0x[0-9a-f]{64}$/) });

/** POST /v1/stacks/{id}/handoff: `{owner}`, whom the stack goes to. What is used until now is signed; only they spend the rest. */
export const handOff = async (node: NodeContext, asked: Asked, body: Uint8Array): Promise<ReadAnswer> => {
  const own = ownStack(asked);
  if (own.kind === 'problem') return own;
  const { id: stack } = own.value;
  const json = readJsonObject(Buffer.from(body));
  const wanted = handoffBody.safeParse(json.kind === 'read' ? json.json : undefined);
  if (!wanted.success) return problem('invalid_request', { param: 'owner', detail: 'send an address' });
  const { owner } = wanted.data;
  const { chainId, packageId, node: id, signer } = node.identity;
  const now = node.now();
  const outcome = await node.store.handOff(stack, owner, now, ({ nextLeaf, consumed }) => {
    const to = fromHex(owner.slice(2)) as Uint8Array;
    const used = { rows: BigInt(nextLeaf), units: consumed, timestampMs: BigInt(now) };
    const said = handoffLayout.encode({ chainId, packageId, stack, node: id, owner: to, ...used });
    return Uint8Array.from([...signer.sign(said), ...said]);
  });
  switch (outcome.kind) {
    case 'signed':
      return jsonAnswer({ handoff: toBase64(outcome.shown) });
    case 'busy':
      return problem('overloaded', { detail: `${outcome.requests} requests of the stack are under way` });
    case 'state':
      return stackStateProblem(outcome.state) ?? problem('stack_settling');
    case 'refused':
      return problem('not_stack_owner', { detail: outcome.why });
  }
};

/** Units of every row, read once. */
const unitsOf = async (node: NodeContext, stack: StackRow): Promise<readonly bigint[]> => {
  const units: bigint[] = [];
  for await (const leaf of eachLeaf(node.store, stack.id, stack.nextLeaf)) units.push(leaf.units);
  return units;
};

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

/** GET /v1/stacks/{id}/transcript: NDJSON. Of a stack this node serves, or of one it has to check itself and passes on. */
export const readTranscript = async (node: NodeContext, asked: Asked): Promise<ReadAnswer> => {
  const { stack, audit, signer, inquiry } = asked;
  if (!(asked.capacities.has('attester') || asked.capacities.has('juror'))) return problem('not_entitled');
  node.log.info({ stack: String(inquiry.stack), reader: signer }, 'transcript read');
  const answer = (parts: AsyncIterable<string>): ReadAnswer => ({
    kind: 'text',
    contentType: 'application/x-ndjson',
    parts,
  });
  if (!stack) {
    const relayed = node.relayed.get(inquiry.stack);
    if (relayed) return answer(relayed.lines());
    const kept = await keptTranscript(node, inquiry.stack);
    return kept ? answer(once(Buffer.from(kept).toString('utf8'))) : problem('not_entitled');
  }
  if (!audit) return problem('not_entitled');
  const rows = checkedRows(audit, stack.id, await unitsOf(node, stack));
  return answer(writeTranscript(node.store, stack, (row) => rows.has(row)));
};

/** Most that is kept of one party's evidence about one stack, and of everybody's: owners can change, bytes. */
const [PARTY_BYTES, STACK_BYTES] = [64 * 1024 * 1024, 512 * 1024 * 1024];

const isTooMuch = async (node: NodeContext, { inquiry, signer }: Asked, more: number): Promise<boolean> => {
  const kept = await node.store.evidenceSizes(inquiry.stack);
  const all = [...kept.values()].reduce((sum, bytes) => sum + bytes, more);
  return all > STACK_BYTES || (kept.get(signer) ?? 0) + more > PARTY_BYTES;
};

/**
 * POST /v1/disputes/{stack}/evidence: lines of signed requests, for who is drawn to look at the stack. They count where the list of inputs
 * names them, and go when the stack ends.
 */
export const takeEvidence = async (node: NodeContext, asked: Asked, body: Uint8Array): Promise<ReadAnswer> => {
  if (!asked.drawn) return problem('not_entitled', { detail: 'this node is not drawn to look at the stack' });
  if (await isTooMuch(node, asked, body.length))
    return problem('body_too_large', { detail: 'enough evidence of the stack, or of this party, is kept' });
  const lines = Buffer.from(body)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  let taken = 0;
  for (const line of lines) {
    try {
      const payload = Buffer.from(encodeRequest(decodeRequest(line)));
      const row = {
        stack: asked.inquiry.stack,
        kind: 'row' as const,
        digest: toHex(blake2b256(payload)),
        source: asked.signer,
        payload,
        receivedMs: node.now(),
      };
      if (await node.store.addEvidence(row)) taken++;
    } catch {
      return problem('invalid_request', { detail: `line ${taken + 1} is not a signed request` });
    }
  }
  return jsonAnswer({ taken, lines: lines.length });
};

const base64 = z.string().nullish();
const importRow = z.object({
  receipt: base64,
  receipt_signature: base64,
  envelope: base64,
  signature: base64,
  body: base64,
  cut: z.array(z.int().nonnegative()).nullish(),
});
type ImportRow = z.infer<typeof importRow>;
const importBody = z.object({ rows: z.array(importRow).default([]), complete: z.boolean().default(false) });

/** One proven row of lost history. Throws what decoding throws. */
const importedLeaf = async (
  node: NodeContext,
  stack: StackRow,
  value: ImportRow,
): Promise<ImportedLeaf | undefined> => {
  const take = (name: keyof Omit<ImportRow, 'cut'>): Uint8Array | undefined => {
    const text = value[name];
    return text == null ? undefined : fromBase64(text);
  };
  const [receiptBytes, receiptSignature] = [take('receipt'), take('receipt_signature')];
  const [envelopeBytes, signature, body] = [take('envelope'), take('signature'), take('body')];
  if (!receiptBytes || !receiptSignature || !envelopeBytes || !signature) return undefined;
  const receipt = receiptLayout.decode(receiptBytes);
  const envelope = envelopeLayout.decode(envelopeBytes);
  const signers = await receiptSigners(receiptBytes, receiptSignature);
  const sound =
    signers?.address === node.identity.signer.address &&
    (stack.level !== 2 || signers.enclaveKey !== null) &&
    (await verifyPersonalMessage(envelopeBytes, parseSignature(signature))) &&
    equalBytes(receipt.requestHash, requestHash(envelopeBytes)) &&
    receipt.stack === stack.id &&
    (body === undefined || equalBytes(blake2b256(body), envelope.bodyHash)) &&
    (stack.level !== 1 || body !== undefined);
  if (!sound) return undefined;
  return {
    index: Number(receipt.index),
    requestId: toHex(receipt.requestId),
    requestHash: receipt.requestHash,
    contentHash: receipt.contentHash,
    workDigest: null,
    traceHash: null,
    units: receipt.units,
    envelope: envelopeBytes,
    signature,
    cut: value.cut ?? null,
    receipt: receiptBytes,
    receiptSignature,
    body: body ?? null,
    promptUnits: receipt.promptUnits,
    completionUnits: receipt.completionUnits,
    receiptHash: receiptHash(receiptBytes),
    now: node.now(),
  };
};

/** POST /v1/receipts/import: `{rows: [...], complete}`; with `complete` the stack takes work again. */
export const importReceipts = async (node: NodeContext, asked: Asked, body: Uint8Array): Promise<ReadAnswer> => {
  const own = ownStack(asked);
  if (own.kind === 'problem') return own;
  const stack = own.value;
  if (stack.state !== 'quarantine') return problem('stack_settling', { detail: `the stack is ${stack.state}` });
  try {
    const json = importBody.safeParse(JSON.parse(Buffer.from(body).toString('utf8')));
    if (!json.success) return problem('invalid_request', { param: json.error.issues[0]?.path.join('.') ?? null });
    const { rows, complete } = json.data;
    const leaves: ImportedLeaf[] = [];
    for (const [i, row] of rows.entries()) {
      const leaf = await importedLeaf(node, stack, row);
      if (!leaf) return problem('invalid_request', { param: `rows.${i}` });
      leaves.push(leaf);
    }
    leaves.sort((a, b) => a.index - b.index);
    const adopted = await node.store.importLeaves(stack.id, leaves);
    const breaches = await node.store.checkInvariants({ stack: stack.id, chain: true });
    const reopened =
      complete && breaches.length === 0 && (await node.store.moveStack(stack.id, ['quarantine'], 'open'));
    return jsonAnswer({ adopted, reopened });
  } catch (error) {
    if (isAtomaError(error) && error.code.startsWith('NODE_'))
      return problem('invalid_request', { detail: error.message });
    if (error instanceof SyntaxError || isAtomaError(error)) return problem('invalid_request');
    throw error;
  }
};
