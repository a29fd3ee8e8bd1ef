/**
 * Jurors show each other the first line of the transcript the accused signed for them, in the epoch before anyone votes. Whoever
 * served two different transcripts has signed two different lines.
 */
import { blake2b256, toHex } from '@atoma/base';
import { type Dispute, type EpochInfo, findStack, getNode, toBase64 } from '@atoma/sdk';
import { decodeHead, type TranscriptHead } from '../serve/transcript.ts';
import type { SettleContext } from './context.ts';
import { checkHead, readInputs, type StackInputs } from './inputs.ts';
import { inquire, inquireLine } from './outgoing.ts';

/** Pause between attempts, ms; with short epochs a twentieth of them. */
const AGAIN_MS = 30_000;
const TIMEOUT_MS = 10_000;
/** Longest first line and longest answer taken, bytes. */
const LIMIT = 16_384;

const callTo = (settle: SettleContext, node: bigint, url: string, stack: bigint, path: string) => ({
  url,
  chainId: settle.node.identity.chainId,
  packageId: settle.node.identity.packageId,
  node,
  stack,
  path,
  signer: settle.node.identity.signer,
  now: settle.node.now(),
  allowPrivate: settle.policy.allowPrivateNodes,
  limit: LIMIT,
  timeoutMs: TIMEOUT_MS,
});

const plain = ({ exhibit, signature }: TranscriptHead): Uint8Array =>
  Buffer.from(JSON.stringify({ exhibit: toBase64(exhibit), signature: toBase64(signature) }));

/** The line the accused signs for this juror; kept as evidence, so that a later one that differs is noticed too. */
const ownExhibit = async (settle: SettleContext, stack: bigint, inputs: StackInputs): Promise<Uint8Array> => {
  const { store, identity, now } = settle.node;
  const source = identity.signer.address;
  const kept = (await store.listEvidence(stack)).find((each) => each.kind === 'exhibit' && each.source === source);
  if (kept) return kept.payload;
  const call = callTo(settle, inputs.scope.node, inputs.server.url, stack, `/v1/stacks/${stack}/transcript`);
  const head = decodeHead(await inquireLine(call));
  const payload = plain(head);
  if (await checkHead(head, inputs.scope))
    await store.addEvidence({
      stack,
      kind: 'exhibit',
      digest: toHex(blake2b256(payload)),
      source,
      payload,
      receivedMs: now(),
    });
  return payload;
};

/** Asks for the own line and brings it to every other juror, again and again until all have it. */
export const passExhibit = async (settle: SettleContext, dispute: Dispute, epoch: EpochInfo): Promise<void> => {
  const { missingSince, nodeId } = settle;
  const { log, now } = settle.node;
  const { stackSmallId } = dispute;
  const key = `exhibit/${stackSmallId}`;
  const others = dispute.jurors.filter((juror) => juror !== nodeId && !missingSince.has(`${key}/${juror}`));
  const last = missingSince.get(key);
  if (others.length === 0 || (last !== undefined && now() - last < Math.min(AGAIN_MS, epoch.durationMs / 20))) return;
  missingSince.set(key, now());
  const stack = await findStack(settle.atoma, { stackSmallId });
  if (!stack) return;
  const inputs = await readInputs(settle, stack);
  const line = await ownExhibit(settle, stackSmallId, inputs).catch((error: unknown) => {
    log.warn({ err: error, stack: String(stackSmallId) }, 'no signed line of the transcript');
    return undefined;
  });
  if (!line) return;
  const path = `/v1/disputes/${stackSmallId}/evidence`;
  const bring = async (juror: bigint): Promise<void> => {
    const { url } = await getNode(settle.atoma, { nodeSmallId: juror });
    await inquire({ ...callTo(settle, juror, url, stackSmallId, path), body: line });
    missingSince.set(`${key}/${juror}`, now());
  };
  const results = await Promise.allSettled(others.map(bring));
  const missing = results.filter(({ status }) => status === 'rejected').length;
  if (missing > 0) log.warn({ stack: String(stackSmallId), missing }, 'jurors that could not be reached');
};
