/** Keeps the chain's record of the channel: the hash of its key and of its evidence, renewed before it is stale. */

import { toHex } from '@atoma/base';
import { equalBytes, getNode, toBase64 } from '@atoma/sdk';
import { fromBase58 } from '@mysten/sui/utils';
import { intend } from '../settle/calls.ts';
import { openOutbox } from '../settle/node-outbox.ts';
import type { SettleContext } from '../settle/settle-context.ts';
import type { Channel, RecentCheckpoint } from './channel.ts';

/** Epochs a commitment counts as fresh (protocol, section 4), and the age at which it is renewed. */
export const FRESH_EPOCHS = 30n;
const RENEW_AT = 24n;

/** What the chain holds of the channel. */
export interface CommittedKey {
  /** H(0x14 || enclave key), 32 bytes. */
  readonly hash: Uint8Array;
  readonly committedEpoch: bigint;
  /** Epochs since. */
  readonly age: bigint;
  /** Epoch from which it is renewed. */
  readonly renewEpoch: bigint;
  /** Whether it is the key of this process. */
  readonly held: boolean;
}

/** The committed key as the chain has it. */
export const readCommittedKey = async (
  settle: SettleContext,
  channel: Channel | null,
  epoch: bigint,
): Promise<CommittedKey | undefined> => {
  const { keyHash, keyEpoch } = await getNode(settle.atoma, { nodeSmallId: settle.nodeId });
  if (keyHash === null || keyEpoch === null) return undefined;
  const own = channel?.commitment()?.keyHash;
  const held = own !== undefined && equalBytes(own, keyHash);
  return { hash: keyHash, committedEpoch: keyEpoch, age: epoch - keyEpoch, renewEpoch: keyEpoch + RENEW_AT, held };
};

/** The newest checkpoint; null on a chain that tells none. */
const latestCheckpoint = async ({ atoma }: SettleContext): Promise<RecentCheckpoint> => {
  const { response } = await atoma.client.ledgerService.getCheckpoint({ checkpointId: { oneofKind: undefined } });
  const { sequenceNumber = 0n, digest = '' } = response.checkpoint ?? {};
  return { sequence: sequenceNumber, digest: fromBase58(digest) };
};

/** Makes evidence when there is none or it grows old, has it committed, and opens the channel once the chain names its key. */
export const keepCommitment = async (settle: SettleContext, channel: Channel, epoch: bigint): Promise<void> => {
  const { store } = settle.node;
  if (channel.due())
    await channel
      .renew(await latestCheckpoint(settle))
      .catch((error: unknown) =>
        settle.alarm('evidence_not_made', { why: error instanceof Error ? error.message : String(error) }),
      );
  const wanted = channel.commitment();
  if (!wanted) return;
  const { keyHash, evidenceHash, keyEpoch } = await getNode(settle.atoma, { nodeSmallId: settle.nodeId });
  const named = keyHash !== null && equalBytes(keyHash, wanted.keyHash);
  if (named) channel.open();
  const same = named && evidenceHash !== null && equalBytes(evidenceHash, wanted.evidenceHash);
  if (same && keyEpoch !== null && epoch < keyEpoch + RENEW_AT) return;
  if ((await store.listOutbox(openOutbox)).some((row) => row.kind === 'key')) return;
  await intend(settle, 'key', `${toHex(wanted.evidenceHash)}/${epoch}`, {
    keyHash: toBase64(wanted.keyHash),
    evidenceHash: toBase64(wanted.evidenceHash),
    epoch: String(epoch),
  });
};
