/** Getting a transcript and checking who may sign what in it. */
import { blake2b256 } from '@atoma/base';
import {
  type EpochInfo,
  equalBytes,
  exhibitLayout,
  getNode,
  getTask,
  type Node,
  parseSignature,
  type Stack,
  verifyPersonalMessage,
} from '@atoma/sdk';
import { decodeHead, decodeRow, type TranscriptHead, type TranscriptRow } from '../serve/transcript.ts';
import type { SettleContext } from './context.ts';
import { inquire } from './outgoing.ts';
import type { ReplayTask } from './replay.ts';
import type { RowScope } from './verify-rows.ts';

/** Largest transcript taken, bytes. */
const MAX_TRANSCRIPT = 256 * 1024 * 1024;
const TRANSCRIPT_TIMEOUT_MS = 60_000;

/** A transcript whose first line fixes its rows under the node's key. */
export interface Transcript {
  readonly head: TranscriptHead;
  readonly rows: readonly TranscriptRow[];
}

/** The serving node, its task, and what its rows must fit. */
export interface StackInputs {
  readonly server: Node;
  readonly task: ReplayTask;
  readonly scope: RowScope;
}

/** Whether the address held the badge at that version, as far as the chain still has it. */
const heldBadge = async (
  settle: SettleContext,
  badge: string | undefined,
  address: string,
  version: bigint,
): Promise<boolean> => {
  if (badge === undefined) return false;
  const call = settle.atoma.client.ledgerService.getObject({
    objectId: badge,
    version,
    readMask: { paths: ['owner'] },
  });
  const owner = await call.then(({ response }) => response.object?.owner?.address).catch(() => undefined);
  return owner === address;
};

/** Reads who serves a stack and who may use it. */
export const readInputs = async (settle: SettleContext, stack: Stack): Promise<StackInputs> => {
  const { chainId, packageId } = settle.node.identity;
  const server = await getNode(settle.atoma, { nodeSmallId: stack.selectedNodeSmallId });
  const task = await getTask(settle.atoma, { taskSmallId: stack.taskSmallId });
  const signers = await settle.node.store.findSigners(stack.stackSmallId);
  return {
    server,
    task: { role: task.role, model: task.modelName ?? '' },
    scope: {
      chainId,
      packageId,
      stack: stack.stackSmallId,
      node: stack.selectedNodeSmallId,
      signers: [stack.owner, ...(signers?.owners ?? [])],
      heldBadge: (address, version) => heldBadge(settle, signers?.badge, address, version),
      nodeAddress: server.owner,
    },
  };
};

/** Whether a first line is signed by the node and speaks of this stack. */
export const checkHead = async (head: TranscriptHead, scope: RowScope): Promise<boolean> => {
  const parsed = parseSignature(head.signature);
  const exhibit = exhibitLayout.decode(head.exhibit);
  return (
    parsed.address === scope.nodeAddress &&
    exhibit.stack === scope.stack &&
    exhibit.node === scope.node &&
    equalBytes(exhibit.chainId, scope.chainId) &&
    (await verifyPersonalMessage(head.exhibit, parsed))
  );
};

const parse = async (bytes: Uint8Array, scope: RowScope): Promise<Transcript | undefined> => {
  const end = Buffer.from(bytes).indexOf(0x0a);
  if (end < 0) return undefined;
  const head = decodeHead(Buffer.from(bytes.subarray(0, end)).toString('utf8'));
  const rows = bytes.subarray(end + 1);
  const exhibit = exhibitLayout.decode(head.exhibit);
  if (!(await checkHead(head, scope)) || !equalBytes(exhibit.digest, blake2b256(rows))) return undefined;
  const lines = Buffer.from(rows)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  return BigInt(lines.length) === exhibit.count ? { head, rows: lines.map(decodeRow) } : undefined;
};

/** The transcript of a stack from its serving node; undefined when it cannot be had or does not hold. */
export const fetchTranscript = async (settle: SettleContext, inputs: StackInputs): Promise<Transcript | undefined> => {
  const { identity, now, log } = settle.node;
  const { scope, server } = inputs;
  try {
    const bytes = await inquire({
      url: server.url,
      chainId: identity.chainId,
      packageId: identity.packageId,
      node: scope.node,
      stack: scope.stack,
      path: `/v1/stacks/${scope.stack}/transcript`,
      signer: identity.signer,
      now: now(),
      allowPrivate: settle.policy.allowPrivateNodes,
      limit: MAX_TRANSCRIPT,
      timeoutMs: TRANSCRIPT_TIMEOUT_MS,
    });
    return await parse(bytes, scope);
  } catch (error) {
    log.warn({ err: error, stack: String(scope.stack) }, 'no transcript');
    return undefined;
  }
};

/** Whether the inputs of a duty have been missing for so long that asking again is pointless. */
export const missingTooLong = (settle: SettleContext, key: string, epoch: EpochInfo): boolean => {
  const now = settle.node.now();
  const since = settle.missingSince.get(key) ?? now;
  settle.missingSince.set(key, since);
  return now - since >= Math.min(settle.policy.giveUpMs, epoch.durationMs / 4);
};
