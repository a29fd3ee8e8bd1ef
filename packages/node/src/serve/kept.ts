/** Transcripts that outlive this process: of stacks whose server this node accused. */
import type { NodeContext } from '../context.ts';

/** The last transcript this node wrote down of a stack it checks. */
export const keptTranscript = async (
  { store, identity }: Pick<NodeContext, 'store' | 'identity'>,
  stack: bigint,
): Promise<Uint8Array | undefined> =>
  (await store.listEvidence(stack)).findLast(
    ({ kind, source }) => kind === 'transcript' && source === identity.signer.address,
  )?.payload;
