/** Getting a transcript and checking who may sign what in it. */
import { openBlake2b256 } from '@atoma/base';
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
import { inquireInto } from './outgoing.ts';
import type { ReplayTask } from './replay.ts';
import { openSpool, type Spool } from './spool.ts';
import type { RowScope } from './verify-rows.ts';

/** Largest transcript taken, bytes; it lies on disk while it is checked. */
const MAX_TRANSCRIPT = 2 * 1024 * 1024 * 1024;
const TRANSCRIPT_TIMEOUT_MS = 180_000;

/** A row and where it lies, so that it can be read again. */
export interface PlacedRow {
  readonly row: TranscriptRow;
  readonly reload: () => TranscriptRow;
}

/** A transcript whose first line fixes its rows under the node's key. Its rows lie on disk until it is closed. */
export interface Transcript {
  readonly head: TranscriptHead;
  /** From the first on, each time. */
  readonly rows: () => AsyncGenerator<PlacedRow>;
  readonly close: () => void;
}

/** The serving node, its task, and what its rows must fit. */
export interface StackInputs {
  readonly server: Node;
  readonly task: ReplayTask;
  readonly scope: RowScope;
}

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
      nodeAddress: stack.nodeAddress,
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

async function* placedRows(spool: Spool, from: number): AsyncGenerator<PlacedRow> {
  for await (const { text, at, length } of spool.lines(from))
    yield { row: decodeRow(text), reload: () => decodeRow(spool.read(at, length).toString('utf8')) };
}

/** The rows behind a first line, if they are what it signs. */
const check = async (spool: Spool, scope: RowScope): Promise<Transcript | undefined> => {
  const { value: first } = await spool.lines().next();
  if (!first) return undefined;
  const head = decodeHead(first.text);
  if (!(await checkHead(head, scope))) return undefined;
  const { count, bytes, digest } = exhibitLayout.decode(head.exhibit);
  const from = first.length + 1;
  if (BigInt(spool.size() - from) !== bytes) return undefined;
  const hash = await openBlake2b256();
  let lines = 0n;
  for await (const line of spool.lines(from)) {
    hash.update(spool.read(line.at, line.length + 1));
    lines++;
  }
  const holds = lines === count && equalBytes(hash.digest(), digest);
  return holds ? { head, rows: () => placedRows(spool, from), close: spool.close } : undefined;
};

/**
 * The transcript of a stack from its serving node; undefined when it cannot be had or does not hold. Close it.
 */
export const fetchTranscript = async (settle: SettleContext, inputs: StackInputs): Promise<Transcript | undefined> => {
  const { identity, now, log } = settle.node;
  const { scope, server } = inputs;
  const spool = openSpool();
  let transcript: Transcript | undefined;
  try {
    const call = {
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
    };
    await inquireInto(call, spool.write);
    transcript = await check(spool, scope);
    return transcript;
  } catch (error) {
    log.warn({ err: error, stack: String(scope.stack) }, 'no transcript');
    return undefined;
  } finally {
    if (!transcript) spool.close();
  }
};

/** Whether the inputs of a duty have been missing for so long that asking again is pointless. */
export const missingTooLong = (settle: SettleContext, key: string, epoch: EpochInfo): boolean => {
  const now = settle.node.now();
  const since = settle.missingSince.get(key) ?? now;
  settle.missingSince.set(key, since);
  return now - since >= Math.min(settle.policy.giveUpMs, epoch.durationMs / 4);
};
