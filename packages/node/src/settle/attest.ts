/** The duty of a drawn attester: run the requests again and compare. */
import {
  createStackProofBuilder,
  type EpochInfo,
  equalBytes,
  findStack,
  findTicket,
  inputsUnavailable,
  type StackProof,
} from '@atoma/sdk';
import { type EngineSet, renewEngines } from '../engine/set.ts';
import type { TranscriptRow } from '../serve/transcript.ts';
import type { DutyRow } from '../store/types.ts';
import { frozenBytes } from './calls.ts';
import type { SettleContext } from './context.ts';
import { fetchTranscript, missingTooLong, readInputs, type StackInputs, type Transcript } from './inputs.ts';
import { replayRows } from './replay.ts';
import { validRows } from './verify-rows.ts';

/** Epochs of the window, and the share of it after which missing inputs are given up, in quarters. */
const WINDOW_EPOCHS = 2n;
const GIVE_UP_AT = 1.5;

/** Whole and begun epochs since the window opened. */
const elapsed = (deadline: bigint, epoch: EpochInfo, now: number): number => {
  const part = epoch.durationMs <= 0 ? 1 : Math.min(1, Math.max(0, (now - epoch.startMs) / epoch.durationMs));
  return Number(epoch.epoch - (deadline - WINDOW_EPOCHS)) + part;
};

const intend = (
  settle: SettleContext,
  kind: 'attest' | 'dispute',
  stack: bigint,
  proof: Uint8Array,
  leaf: Uint8Array,
) =>
  settle.node.store.putIntent(
    kind,
    String(stack),
    JSON.stringify({ stack: String(stack), proof: frozenBytes(proof), leaf: frozenBytes(leaf) }),
    settle.node.now(),
  );

async function* validOnes(transcript: Transcript, inputs: StackInputs): AsyncGenerator<TranscriptRow> {
  for await (const { row } of validRows(transcript.rows(), inputs.scope)) yield row;
}

/** The attester's own result; where it differs from what was settled, that of a fresh engine. */
const ownProof = async (
  settle: SettleContext,
  compute: (engines: EngineSet) => Promise<StackProof>,
  settled: Uint8Array,
): Promise<StackProof> => {
  const first = await compute(settle.node.engines);
  if (equalBytes(first.committedStackProof, settled)) return first;
  settle.node.log.warn({ units: String(first.units) }, 'own root differs; running again with a fresh engine');
  const fresh = await renewEngines(settle.node.engines);
  try {
    const second = await compute(fresh);
    if (!equalBytes(second.committedStackProof, first.committedStackProof))
      settle.alarm('engine_unsteady', { first: String(first.units), second: String(second.units) });
    return second;
  } finally {
    await fresh.close();
  }
};

/** Meets the duty if the inputs can be had; otherwise it stays open until they must be given up. */
export const attestStack = async (settle: SettleContext, duty: DutyRow, epoch: EpochInfo): Promise<void> => {
  const { atoma, node, nodeId } = settle;
  const ticket = await findTicket(atoma, { stackSmallId: duty.stack });
  const stack = await findStack(atoma, { stackSmallId: duty.stack });
  const place = ticket?.attesters.indexOf(nodeId) ?? -1;
  if (!ticket || !stack || ticket.state !== 'awaiting' || place < 0 || ticket.attested.includes(nodeId)) {
    await node.store.endDuty('attest', duty.stack, ticket?.attested.includes(nodeId) ? 'done' : 'missed');
    return;
  }
  const subject = String(duty.stack);
  if ((await node.store.findOutbox('attest', subject)) ?? (await node.store.findOutbox('dispute', subject))) return;
  const inputs = await readInputs(settle, stack);
  const transcript = await fetchTranscript(settle, inputs);
  if (!transcript) {
    const waited = missingTooLong(settle, `attest/${duty.stack}`, epoch);
    if (waited && elapsed(ticket.deadlineEpoch, epoch, node.now()) >= GIVE_UP_AT)
      await intend(settle, 'attest', duty.stack, inputsUnavailable(), inputsUnavailable());
    return;
  }
  const attesters = Number(stack.terms.attesters);
  const compute = async (engines: EngineSet): Promise<StackProof> => {
    const builder = createStackProofBuilder({ stackSmallId: duty.stack, attesters });
    await replayRows(engines, inputs.task, validOnes(transcript, inputs), builder);
    return builder.finish();
  };
  const own = await ownProof(settle, compute, ticket.committedStackProof).finally(transcript.close);
  const agrees = equalBytes(own.committedStackProof, ticket.committedStackProof);
  const overclaimed = agrees && own.units < ticket.numClaimedComputeUnits;
  await intend(
    settle,
    overclaimed ? 'dispute' : 'attest',
    duty.stack,
    own.committedStackProof,
    own.leaves[place + 1] as Uint8Array,
  );
};
