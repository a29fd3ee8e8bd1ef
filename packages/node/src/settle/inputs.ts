/** Getting the inputs of a stack this node has to check: from its server, and from everybody else who has to check it. */
import { blake2b256, isAtomaError, toHex } from '@atoma/base';
import {
  type Dispute,
  type EpochInfo,
  type EventKind,
  type EventOf,
  findEvent,
  findNode,
  findStack,
  getTask,
  type SampleSize,
  type Stack,
  type Ticket,
} from '@atoma/sdk';
import { nodeError } from '../node-errors.ts';
import { checkedRows, namedIn } from '../serve/audit.ts';
import { eachEvidence, keptTranscript } from '../serve/kept.ts';
import { decodeRequest } from '../serve/transcript.ts';
import { createHolding, type Giver, type Holding } from './holding.ts';
import { inquireInto } from './outgoing.ts';
import type { SettleContext } from './settle-context.ts';
import { type HandedOff, readExhibits } from './shown.ts';
import { openSpool } from './spool.ts';
import type { Case } from './verdict.ts';

/** Largest transcript taken, bytes; it lies on disk while it is checked. */
const MAX_TRANSCRIPT = 2 * 1024 * 1024 * 1024;
const TRANSCRIPT_TIMEOUT_MS = 180_000;

/** Rows that are repeated of a stack, as its terms say. */
export const sampleSize = ({ terms }: Stack): SampleSize => ({
  samples: Number(terms.samples),
  share: Number(terms.sampledShare),
});

/**
 * Writes down what is held of a stack, this node's own view of its rows included, so that others get the same from it after a restart:
 * its accusation rests on that view.
 */
export const keepTranscript = async ({ node }: SettleContext, stack: bigint, holding: Holding): Promise<void> => {
  const lines: string[] = [];
  for await (const line of holding.lines()) lines.push(line);
  const payload = Buffer.from(lines.join(''));
  const digest = toHex(blake2b256(payload));
  const { address: source } = node.identity.signer;
  await node.store.addEvidence({ stack, kind: 'transcript', digest, source, payload, receivedMs: node.now() });
};

/**
 * Who may have signed a row: any of the recorded owners, the first buyer first; from the row of a handoff on its new owner and those
 * recorded after it.
 */
export const signersUnder =
  (owners: readonly string[], handoffs: readonly HandedOff[]) =>
  (address: string, row: number): boolean =>
    owners.includes(address) &&
    handoffs.every(({ owner, rows }) => {
      const from = owners.indexOf(owner);
      return row < rows || (from >= 0 && owners.lastIndexOf(address) >= from);
    });

/** Lets go of what is held of a stack. */
export const release = (settle: SettleContext, stack: bigint): void => {
  settle.holdings.get(stack)?.close();
  settle.holdings.delete(stack);
  settle.node.relayed.delete(stack);
};

/** What is held of the stack; starts with what was written down of it, mostly nothing. */
const holdingOf = async (
  settle: SettleContext,
  stack: Stack,
  inputs: Uint8Array,
  handoffs: readonly HandedOff[],
): Promise<Holding> => {
  const known = settle.holdings.get(stack.stackSmallId);
  if (known?.handoffs === handoffs.length) return known;
  release(settle, stack.stackSmallId); // it took rows of whoever could sign before the dispute showed a handoff
  const signers = await settle.node.store.findSigners(stack.stackSmallId);
  const holding = createHolding({
    level: stack.securityLevel,
    inputs,
    maySign: signersUnder([...(signers?.owners ?? []), stack.owner], handoffs),
    handoffs: handoffs.length,
  });
  const kept = await keptTranscript(settle.node, stack.stackSmallId);
  if (kept) {
    const spool = openSpool();
    spool.write(kept);
    await holding.take(spool, 'self');
  }
  settle.holdings.set(stack.stackSmallId, holding);
  const { stackSmallId } = stack;
  settle.node.relayed.set(stackSmallId, {
    lines: holding.lines,
    entries: holding.entries,
    isOwner: async (address) => (await findStack(settle.atoma, { stackSmallId }))?.owner === address,
  });
  return holding;
};

const fetchFrom = async (
  settle: SettleContext,
  holding: Holding,
  stack: Stack,
  from: bigint,
  giver: Giver,
): Promise<void> => {
  const { identity, now, log } = settle.node;
  const found = await findNode(settle.atoma, { nodeSmallId: from });
  if (!found || found.url === '') return;
  const spool = openSpool();
  const call = {
    url: found.url,
    chainId: identity.chainId,
    packageId: identity.packageId,
    node: from,
    stack: stack.stackSmallId,
    path: `/v1/stacks/${stack.stackSmallId}/transcript`,
    signer: identity.signer,
    now: now(),
    allowPrivate: settle.policy.allowPrivateNodes,
    limit: MAX_TRANSCRIPT,
    timeoutMs: TRANSCRIPT_TIMEOUT_MS,
  };
  try {
    await inquireInto(call, spool.write);
  } catch (error) {
    spool.close();
    if (isAtomaError(error, 'NODE_SPOOL')) throw error; // nobody withheld anything: this machine has no room
    log.warn({ err: error, stack: String(stack.stackSmallId), from: String(from) }, 'no transcript');
    return;
  }
  if (!(await holding.take(spool, giver)))
    log.warn({ stack: String(stack.stackSmallId), from: String(from) }, 'a transcript that T on chain does not name');
};

/** Nodes that committed to what their own values make of the rows. */
const accusersIn = (dispute: Dispute | null): readonly bigint[] => [
  ...(dispute?.challengerNodeSmallId ? [dispute.challengerNodeSmallId] : []),
  ...(dispute?.joined ?? []).map(({ nodeSmallId }) => nodeSmallId),
];

/** Everybody who may hold rows: the server first. */
const sourcesOf = (
  { nodeId }: SettleContext,
  stack: Stack,
  ticket: Ticket,
  dispute: Dispute | null,
): readonly bigint[] => [
  ...new Set(
    [
      stack.selectedNodeSmallId,
      ...(ticket.required ? ticket.drawn : []),
      ...(dispute?.jurors ?? []),
      ...(dispute?.firstJury ?? []),
      ...accusersIn(dispute),
    ].filter((node) => node !== nodeId),
  ),
];

const isComplete = (holding: Holding, about: Case): boolean => {
  const entries = holding.entries();
  return (
    entries?.every((_, row) => {
      if (about.stack.securityLevel !== 1) {
        const opening = holding.opening(row);
        return holding.request(row) && opening && (opening.traceHash === null || holding.trace(row));
      }
      if (!about.isChecked(row)) return holding.opening(row);
      return holding.request(row) && (!about.traced || holding.trace(row));
    }) ?? false
  );
};

/** Whether rows of a task are checked by their values. */
const isTraced = (settle: SettleContext, stack: Stack, model: string): boolean =>
  stack.securityLevel === 1 && settle.node.engines.find(model)?.model.sketch !== undefined;

/** Whether somebody's own view of the checked rows would help: where it found other values than the server shows. */
const wantsView = (holding: Holding, about: Case, giver: Giver, everybody: boolean): boolean =>
  about.traced && giver !== 'accused' && (everybody || (giver === 'accuser' && holding.views().length === 0));

/** The newest event of a kind that `wanted` says yes to. */
const newest = <Kind extends EventKind>(
  { atoma }: SettleContext,
  kind: Kind,
  wanted: (event: EventOf<Kind>) => boolean,
) => findEvent(atoma, kind, 'descending', wanted);

/** Nothing was shown. */
const noReceipts = { atStart: [], added: [] };

/** Whether a jury looks at the rows because no attester did: nobody started that, or showed anything with it. */
const isAudit = ({ challenger }: Dispute): boolean => BigInt(challenger) === 0n;

/**
 * What the dispute was started with, and what the owner of the stack added. Throws `NODE_EVENT_MISSING` where the chain has the dispute, or
 * the evidence, but does not list its event yet: without it a vote would be another one.
 */
const shownIn = async (settle: SettleContext, dispute: Dispute) => {
  const { stackSmallId, evidence } = dispute;
  const isOf = ({ data }: { readonly data: { readonly stackSmallId: bigint } }) => data.stackSmallId === stackSmallId;
  const missing = (event: EventKind) => nodeError('EVENT_MISSING', { event, stack: String(stackSmallId) });
  const start = await newest(settle, 'StackAttestationDisputeEvent', isOf);
  if (!start && !isAudit(dispute)) throw missing('StackAttestationDisputeEvent');
  const added = evidence && (await newest(settle, 'DisputeEvidenceEvent', isOf));
  if (evidence && !added) throw missing('DisputeEvidenceEvent');
  return { atStart: start?.data.receipts ?? [], added: added?.data.receipts ?? [] };
};

/**
 * Hashes of the enclave keys the chain named for a stack of level 2: the one it was bought under, and those its node committed before it
 * settled. Whatever comes later is in no event before the settlement's, so all jurors find the same.
 */
const namedKeys = async (settle: SettleContext, stack: Stack): Promise<ReadonlySet<string>> => {
  if (stack.securityLevel !== 2) return new Set();
  const settled = await newest(settle, 'StackTrySettleEvent', ({ data }) => data.stackSmallId === stack.stackSmallId);
  const last = BigInt(settled?.checkpoint ?? 0);
  const found = new Set(stack.nodeKeyHash === null ? [] : [toHex(stack.nodeKeyHash)]);
  await newest(settle, 'NodeKeyCommitmentEvent', ({ data, checkpoint }) => {
    const before = data.epoch < stack.boughtEpoch;
    if (!before && data.nodeSmallId === stack.selectedNodeSmallId && BigInt(checkpoint ?? 0) <= last)
      found.add(toHex(data.keyHash));
    return before;
  });
  return found;
};

/** What a check works on. */
export interface Inputs {
  readonly about: Case;
  readonly holding: Holding;
}

/**
 * Brings together what can be had now; undefined where the settlement names no list: then there are no inputs. `everybody`: also asks
 * those who can add a view of the rows alone.
 */
export const gather = async (
  settle: SettleContext,
  stack: Stack,
  ticket: Ticket,
  dispute: Dispute | null,
  everybody = false,
): Promise<Inputs | undefined> => {
  if (!ticket.inputs) return undefined;
  const { identity, store } = settle.node;
  const { chainId, packageId } = identity;
  const task = await getTask(settle.atoma, { taskSmallId: stack.taskSmallId });
  const accused = { chainId, packageId, stack, keyHashes: await namedKeys(settle, stack) };
  const shown = dispute ? await shownIn(settle, dispute) : noReceipts;
  const exhibits = await readExhibits([...shown.atStart, ...shown.added], accused);
  const atStart = dispute?.evidence ? await readExhibits(shown.atStart, accused) : undefined;
  const holding = await holdingOf(settle, stack, ticket.inputs, exhibits.handoffs);
  const audit = {
    seed: ticket.auditSeed,
    size: sampleSize(stack),
    named: namedIn(dispute),
  };
  const about = (): Case => {
    const units = (holding.entries() ?? []).map((entry) => entry.units);
    const rows = checkedRows(audit, stack.stackSmallId, units);
    const seeded = checkedRows({ ...audit, named: [] }, stack.stackSmallId, units);
    const begun = atStart ? checkedRows({ ...audit, named: audit.named.slice(0, 1) }, stack.stackSmallId, units) : rows;
    return {
      ...accused,
      ticket,
      task: { role: task.role, model: task.modelName ?? '' },
      traced: isTraced(settle, stack, task.modelName ?? ''),
      accusation: dispute,
      isChecked: (row) => rows.has(row),
      isSeeded: (row) => seeded.has(row),
      exhibits,
      ...(atStart && { atStart: { exhibits: atStart, isChecked: (row: number) => begun.has(row) } }),
    };
  };
  let isTaken = false;
  /** Once the list is known, what parties sent fills its rows: it is the same whoever is asked next. */
  const takeEvidence = async (): Promise<void> => {
    if (isTaken || !holding.entries()) return;
    isTaken = true;
    for await (const { payload } of eachEvidence(store, stack.stackSmallId, 'row'))
      await holding.takeRequest(decodeRequest(Buffer.from(payload).toString('utf8')));
  };
  const accusers = accusersIn(dispute);
  for (const source of sourcesOf(settle, stack, ticket, dispute)) {
    const giver = source === stack.selectedNodeSmallId ? 'accused' : accusers.includes(source) ? 'accuser' : 'other';
    if (isComplete(holding, about()) && !wantsView(holding, about(), giver, everybody)) continue;
    await fetchFrom(settle, holding, stack, source, giver);
    await takeEvidence();
  }
  return { about: about(), holding };
};

/** Whether the inputs of a duty have been missing for so long that asking again is pointless. */
export const missingTooLong = (settle: SettleContext, key: string, epoch: EpochInfo): boolean => {
  const now = settle.node.now();
  const since = settle.missingSince.get(key) ?? now;
  settle.missingSince.set(key, since);
  return now - since >= Math.min(settle.policy.giveUpMs, epoch.durationMs / 4);
};
