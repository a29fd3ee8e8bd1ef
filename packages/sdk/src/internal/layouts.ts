/** Layouts of what a contract keeps, also as earlier generations of it wrote it: a market that was made with one is still read. */
import { bcs } from '@mysten/bcs';
import { Config } from '../generated/bindings/atoma/config.ts';
import { AtomaDb } from '../generated/bindings/atoma/db.ts';
import { Node } from '../generated/bindings/atoma/node.ts';
import { address, bytes, collection, u64 } from './move-types.ts';

/** How a value is read from BCS. Throws for other bytes. */
export interface Layout<Value> {
  readonly parse: (bytes: Uint8Array) => Value;
}

/** What bytes are by a layout; undefined where they are something else. */
const tryRead = <Value>(layout: Layout<Value>, content: Uint8Array): Value | undefined => {
  try {
    return layout.parse(content);
  } catch {
    return undefined;
  }
};

const tables = {
  nodes: collection,
  profiles: collection,
  tasks: collection,
  stacks: collection,
  tickets: collection,
  disputes: collection,
};

/** Before manager badges could be revoked. */
const earlierDb = bcs.struct('AtomaDb', {
  ...{ id: address, version: u64, nextNode: u64, nextTask: u64, nextStack: u64, config: Config },
  ...tables,
  ...{ pool: u64, lastReader: bytes },
});

/** Before duties reserved stake. */
const earlierNode = bcs.struct('Node', {
  ...{ owner: address, stake: u64, bonded: u64, earnings: u64, credit: u64, reputation: bcs.u8(), openStacks: u64 },
  ...{ disabledEpoch: u64, exitEpoch: u64, keyEpoch: u64, keyHash: bytes },
  ...{ queued: u64, queuedUntil: u64, reputationEpoch: u64 },
});

/** The market's database object. */
export const dbLayout: Layout<AtomaDb> = {
  parse: (content) => {
    const db = tryRead(AtomaDb, content);
    // What an earlier database ends with could be read as a generation and something shorter.
    if (db && AtomaDb.serialize(db).toBytes().length === content.length) return db;
    return { ...earlierDb.parse(content), managerGeneration: 0n };
  },
};

/** A row of the table of nodes. */
export const nodeLayout: Layout<Node> = {
  parse: (content) => tryRead(Node, content) ?? { ...earlierNode.parse(content), reserved: 0n, draws: 0n },
};
