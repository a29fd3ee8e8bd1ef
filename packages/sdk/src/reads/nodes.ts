import type { Atoma } from '../context/atoma.ts';
import { type Node as NodeRow, Profile } from '../generated/bindings/atoma/node.ts';
import { nodeLayout } from '../internal/layouts.ts';
import {
  findRows,
  type ListRowsParameters,
  listRows,
  optionalEpoch,
  optionalHash,
  readRow,
  readRows,
  rowPages,
  tableId,
} from '../internal/rows.ts';
import { readRowsBefore } from '../internal/rows-before.ts';
import { sdkError } from '../sdk-errors.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';
import type { SearchParameters } from './tasks.ts';

const FOUND = 50;

/** A node of the market. Amounts in base units of TOMA. */
export interface Node {
  readonly nodeSmallId: bigint;
  /** Address that signs for stacks bought from now on. */
  readonly owner: string;
  /** Empty when it has announced none. */
  readonly url: string;
  /** What it can lose, a queued withdrawal included. */
  readonly stake: bigint;
  /** What may back bonds and draws: the stake without the queued withdrawal and what duties reserve. */
  readonly freeStake: bigint;
  /** What it may lose by duties it was drawn for. */
  readonly reserved: bigint;
  /** Bonds that lie in its open stacks. */
  readonly bonded: bigint;
  readonly earnings: bigint;
  /** Owed by the pool, as far as the pool has money. */
  readonly credit: bigint;
  readonly reputation: number;
  readonly openStacks: bigint;
  /** Epoch it was disabled in; null while it is active. */
  readonly disabledEpoch: bigint | null;
  /** Epoch from which a disabled node can be destroyed. */
  readonly exitEpoch: bigint | null;
  /** Epoch of its last key commitment. */
  readonly keyEpoch: bigint | null;
  /** 32 bytes each; null before the first key commitment. */
  readonly keyHash: Uint8Array | null;
  readonly evidenceHash: Uint8Array | null;
  readonly queuedWithdrawal: { readonly amount: bigint; readonly availableEpoch: bigint } | null;
}

/** Names a node. */
export interface NodeParameters {
  readonly nodeSmallId: SmallIdInput;
}

const free = ({ stake, queued, reserved }: NodeRow): bigint =>
  stake > queued + reserved ? stake - queued - reserved : 0n;

const toNode = (nodeSmallId: bigint, row: NodeRow, profile: Profile | null): Node => ({
  nodeSmallId,
  owner: row.owner,
  url: profile?.url ?? '',
  stake: row.stake,
  freeStake: free(row),
  reserved: row.reserved,
  bonded: row.bonded,
  earnings: row.earnings,
  credit: row.credit,
  reputation: row.reputation,
  openStacks: row.openStacks,
  disabledEpoch: optionalEpoch(row.disabledEpoch),
  exitEpoch: optionalEpoch(row.exitEpoch),
  keyEpoch: optionalEpoch(row.keyEpoch),
  keyHash: optionalHash(row.keyHash),
  evidenceHash: optionalHash(profile?.evidenceHash),
  queuedWithdrawal: row.queued === 0n ? null : { amount: row.queued, availableEpoch: row.queuedUntil },
});

type Profiles = ReadonlyMap<bigint, Profile | null>;

const profilesOf = async (atoma: Atoma, ids: readonly bigint[]): Promise<Profiles> => {
  const rows = await readRows(atoma, await tableId(atoma, 'profiles'), Profile, ids);
  return new Map(ids.map((id, i) => [id, rows[i] ?? null]));
};

const allProfiles = async (atoma: Atoma): Promise<Profiles> =>
  new Map((await listRows(atoma, 'profiles', Profile)).map(({ id, row }) => [id, row]));

/** All nodes, ordered by small id. */
export const listNodes = async (atoma: Atoma, parameters: ListRowsParameters = {}): Promise<readonly Node[]> => {
  const rows = await listRows(atoma, 'nodes', nodeLayout, parameters);
  const ids = rows.map(({ id }) => id);
  const profiles = await (parameters.limit === undefined ? allProfiles(atoma) : profilesOf(atoma, ids));
  return rows.map(({ id, row }) => toNode(id, row, profiles.get(id) ?? null));
};

/** Money of all nodes, base units. */
export interface NodeMoney {
  readonly stakes: bigint;
  /** Not withdrawn. */
  readonly earnings: bigint;
}

/** Sums the nodes, a page of rows at a time: none of them is kept. */
export const readNodeMoney = async (atoma: Atoma): Promise<NodeMoney> => {
  let [stakes, earnings] = [0n, 0n];
  for await (const page of rowPages(atoma, await tableId(atoma, 'nodes'), nodeLayout))
    for (const { row } of page) [stakes, earnings] = [stakes + row.stake, earnings + row.earnings];
  return { stakes, earnings };
};

/** What a node announced of itself. */
export interface AnnouncedNode {
  readonly nodeSmallId: bigint;
  readonly url: string;
}

/** Nodes whose address holds a text, in no order: looked for a page at a time. */
export const searchNodes = async (
  atoma: Atoma,
  { text, limit = FOUND }: SearchParameters,
): Promise<readonly AnnouncedNode[]> => {
  const words = text.toLowerCase();
  const fits = ({ url }: Profile): boolean => url.toLowerCase().includes(words);
  const found = await findRows(atoma, 'profiles', Profile, { limit, fits });
  return found.map(({ id, row }) => ({ nodeSmallId: id, url: row.url }));
};

/** A node, or null. */
export const findNode = async (atoma: Atoma, parameters: NodeParameters): Promise<Node | null> => {
  const id = smallId(parameters.nodeSmallId);
  const [nodes, profiles] = [await tableId(atoma, 'nodes'), await tableId(atoma, 'profiles')];
  const [row, profile] = await Promise.all([
    readRow(atoma, nodes, nodeLayout, id),
    readRow(atoma, profiles, Profile, id),
  ]);
  return row && toNode(id, row, profile);
};

/** What the contract draws by: a node without what it announced. */
export type NodeStanding = Omit<Node, 'url' | 'evidenceHash'>;

/** Nodes as they were before a checkpoint, in this order; null: there was none, or the chain keeps that version no more. */
export const findNodesBefore = async (
  atoma: Atoma,
  parameters: { readonly nodeSmallIds: readonly SmallIdInput[]; readonly checkpoint: bigint },
): Promise<readonly (NodeStanding | null)[]> => {
  const ids = parameters.nodeSmallIds.map(smallId);
  const { checkpoint } = parameters;
  const rows = await readRowsBefore(atoma, nodeLayout, { table: 'nodes', ids, checkpoint });
  return rows.map((row, i) => row && toNode(ids[i] as bigint, row, null));
};

/** A node. Throws `SDK_NODE_NOT_FOUND`. */
export const getNode = async (atoma: Atoma, parameters: NodeParameters): Promise<Node> => {
  const node = await findNode(atoma, parameters);
  if (!node) throw sdkError('NODE_NOT_FOUND', { id: String(parameters.nodeSmallId) });
  return node;
};
