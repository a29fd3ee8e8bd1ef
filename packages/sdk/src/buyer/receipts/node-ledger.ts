/** A stack as its node keeps it, read by its owner: the node's side of a three-way check. */
import { type Atoma, requireSigner } from '../../context/atoma.ts';
import { findNode } from '../../reads/nodes.ts';
import { array, record, text } from '../../wire/json.ts';
import { buyerError } from '../buyer-errors.ts';
import { wireIdsOf } from '../context.ts';
import { fateOf, inquire } from '../inquiry.ts';
import { type Transport, transportOf } from '../transport/http.ts';
import { toJournalReceipt } from './history.ts';

/** One committed request at its node. Units. */
export interface NodeLeaf {
  readonly requestId: string;
  readonly index: number;
  readonly units: bigint;
}

/** What a node says about a stack. Units. */
export interface NodeLedger {
  /** Metered. */
  readonly consumed: bigint;
  /** Of its settlement; null before it settles. */
  readonly claimed: bigint | null;
  readonly leaves: readonly NodeLeaf[];
}

/** Reads nodes' ledgers until it is closed. */
export interface NodeLedgerReader {
  /** Throws `BUYER_UNREACHABLE`: also when the node refuses to answer. */
  readonly read: (of: { readonly node: bigint; readonly stack: bigint }) => Promise<NodeLedger>;
  readonly close: () => void;
}

const units = (value: unknown): bigint | null =>
  typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : null;

/** Makes a reader for stacks of the signer. Signed reads need no journal and disturb no buyer. Throws `SDK_NO_SIGNER`. */
export const createNodeLedgerReader = (
  atoma: Atoma,
  options: { readonly allowPrivateNodes: boolean; readonly transport?: Transport; readonly now?: () => number },
): NodeLedgerReader => {
  const transport = transportOf(options.transport, options.allowPrivateNodes);
  const context = {
    ids: wireIdsOf(atoma),
    signer: requireSigner(atoma),
    send: transport.send,
    now: options.now ?? Date.now,
  };
  const ask = async (of: { node: bigint; stack: bigint; url: string }, path: string) => {
    const { status, json } = await inquire(context, { ...of, path });
    if (status === 200) return json;
    const code = text(record(json.error).code);
    throw buyerError('UNREACHABLE', { node: of.node, why: `it answered ${status} ${code}`.trim() });
  };
  return {
    read: async ({ node, stack }) => {
      const url = (await findNode(atoma, { nodeSmallId: node }))?.url ?? '';
      const state = await ask({ node, stack, url }, `/v1/stacks/${stack}`);
      const leaves: NodeLeaf[] = [];
      for (let from: number | null = 0; from !== null; ) {
        const page: Readonly<Record<string, unknown>> = await ask(
          { node, stack, url },
          `/v1/receipts?stack=${stack}&from=${from}`,
        );
        for (const row of array(page.receipts)) {
          const fate = fateOf(record(row));
          if (fate.kind !== 'receipt') continue;
          const { requestId, index, units: charged } = toJournalReceipt(fate.receipt.bytes, fate.receipt.signature);
          leaves.push({ requestId, index, units: charged });
        }
        from = typeof page.next === 'number' && page.next > from ? page.next : null;
      }
      return { consumed: units(state.consumed) ?? 0n, claimed: units(state.claimed), leaves };
    },
    close: transport.close,
  };
};
