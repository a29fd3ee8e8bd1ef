/** What was written down of stacks that this node checks: what parties sent, and transcripts of those whose server it accused. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NodeContext } from '../context.ts';
import type { EvidenceRow, Store } from '../store/types.ts';

/** Evidence of a stack, one piece after the other: together it can be more than the memory of a machine. Other work runs in between. */
export async function* eachEvidence(
  store: Store,
  stack: bigint,
  kind: EvidenceRow['kind'],
): AsyncGenerator<EvidenceRow> {
  for (let after = ''; ; ) {
    const [row] = await store.listEvidence(stack, { kind, after, limit: 1 });
    if (!row) return;
    yield row;
    after = row.digest;
    await nextTurn();
  }
}

/** The last transcript this node wrote down of a stack it checks. */
export const keptTranscript = async (
  { store, identity }: Pick<NodeContext, 'store' | 'identity'>,
  stack: bigint,
): Promise<Uint8Array | undefined> => {
  let last: EvidenceRow | undefined;
  for await (const each of eachEvidence(store, stack, 'transcript'))
    if (each.source === identity.signer.address && each.receivedMs >= (last?.receivedMs ?? 0)) last = each;
  return last?.payload;
};
