/** Badges: the owned objects that carry the right to act for a node, a task or a stack. */
import { bcs } from '@mysten/bcs';
import type { SuiClientTypes } from '@mysten/sui/client';
import { type Atoma, requireSender } from '../context/atoma.ts';
import { marketType } from '../deployment/record.ts';
import { reach } from '../failures/network.ts';
import { AtomaManagerBadge } from '../generated/bindings/atoma/db.ts';
import { address, u64 } from '../internal/move-types.ts';
import { sdkError } from '../sdk-errors.ts';

/** A badge in someone's hands. */
export interface Badge {
  readonly badgeId: string;
  /** Small id of the node, task or stack it stands for. */
  readonly smallId: bigint;
}

/** Whose badges are listed. */
export interface ListBadgesParameters {
  /** Default: the sender. */
  readonly owner?: string;
}

/** Badges with a small id, by the module that defines them. */
export type BadgeKind = 'node' | 'task' | 'stack';

/** Name of the badge struct, by the module that defines it. */
export const BADGE_STRUCTS: Readonly<Record<BadgeKind, string>> = {
  node: 'NodeBadge',
  task: 'TaskBadge',
  stack: 'StackBadge',
};
/** All three badges have this layout. */
const layout = bcs.struct('Badge', { id: address, smallId: u64 });
const PAGE = 50;
/** Id, generation, and whether it is the first. */
const MANAGER_BADGE_BYTES = 41;

/** Every owned object of a type, page by page. */
export const listOwned = async (
  atoma: Atoma,
  owner: string,
  type: string,
): Promise<readonly SuiClientTypes.Object<{ content: true }>[]> => {
  const found: SuiClientTypes.Object<{ content: true }>[] = [];
  for (let cursor: string | null = null; ; ) {
    const call = atoma.client.listOwnedObjects({ owner, type, limit: PAGE, cursor, include: { content: true } });
    const page: SuiClientTypes.ListOwnedObjectsResponse<{ content: true }> = await reach(
      atoma.deployment.network,
      call,
    );
    found.push(...page.objects);
    if (!page.hasNextPage) return found;
    cursor = page.cursor;
  }
};

const toBadge = (object: SuiClientTypes.Object<{ content: true }>): Badge => {
  try {
    return { badgeId: object.objectId, smallId: layout.parse(object.content).smallId };
  } catch (cause) {
    throw sdkError('DECODE', { what: `Badge ${object.objectId}` }, cause);
  }
};

/** Badges of a kind, ordered by small id. */
export const listBadges = async (
  atoma: Atoma,
  kind: BadgeKind,
  parameters: ListBadgesParameters = {},
): Promise<readonly Badge[]> => {
  const owner = parameters.owner ?? requireSender(atoma);
  const objects = await listOwned(atoma, owner, marketType(atoma.deployment, kind, BADGE_STRUCTS[kind]));
  return objects.map(toBadge).sort((a, b) => (a.smallId < b.smallId ? -1 : 1));
};

/** Node badges of an address, the sender's by default, ordered by small id. */
export const listNodeBadges = (atoma: Atoma, parameters: ListBadgesParameters = {}) =>
  listBadges(atoma, 'node', parameters);

/** Task badges of an address, the sender's by default, ordered by small id. */
export const listTaskBadges = (atoma: Atoma, parameters: ListBadgesParameters = {}) =>
  listBadges(atoma, 'task', parameters);

/** Stack badges of an address, the sender's by default, ordered by small id. */
export const listStackBadges = (atoma: Atoma, parameters: ListBadgesParameters = {}) =>
  listBadges(atoma, 'stack', parameters);

/** Whether a manager badge is the market's first; of the contract before, each may do what the first may. */
const isRoot = ({ content }: SuiClientTypes.Object<{ content: true }>): boolean =>
  content.length < MANAGER_BADGE_BYTES || AtomaManagerBadge.parse(content).isRoot;

/** Ids of the manager badges of an address, the sender's by default; the market's first one, which alone revokes others, comes first. */
export const listManagerBadges = async (
  atoma: Atoma,
  parameters: ListBadgesParameters = {},
): Promise<readonly string[]> => {
  const owner = parameters.owner ?? requireSender(atoma);
  const objects = await listOwned(atoma, owner, marketType(atoma.deployment, 'db', 'AtomaManagerBadge'));
  return objects.toSorted((a, b) => Number(isRoot(b)) - Number(isRoot(a))).map(({ objectId }) => objectId);
};
