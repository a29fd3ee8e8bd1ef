/** Which badge a call acts with. */
import { normalizeStructTag } from '@mysten/sui/utils';
import { type Atoma, requireSender } from '../context/atoma.ts';
import { marketType, requireId } from '../deployment/record.ts';
import { reach } from '../failures/network.ts';
import { BADGE_STRUCTS, type Badge, type BadgeKind, listBadges, listManagerBadges } from '../reads/badges.ts';
import { sdkError } from '../sdk-errors.ts';
import { parseObjectId, type SmallIdInput, smallId } from '../values/ids.ts';

/** The badge as parameters may name it. */
export interface BadgeChoice {
  readonly badgeId?: string | undefined;
  readonly smallId?: SmallIdInput | undefined;
  /** Without either: the small ids the call can act for, when the chain knows them (selected node, attesters, jurors). */
  readonly fitting?: readonly bigint[] | undefined;
}

const REMEDIES: Readonly<Record<BadgeKind, string>> = {
  node: 'Register a node, or use the wallet that owns the node badge.',
  task: 'Use the wallet that created the task.',
  stack: 'Use the wallet that owns the stack badge.',
};

const PARAMETERS: Readonly<Record<BadgeKind | 'manager', string>> = {
  node: 'nodeSmallId',
  task: 'taskBadgeId',
  stack: 'stackSmallId',
  manager: 'managerBadgeId',
};

const missing = (kind: BadgeKind, owner: string, detail: string) =>
  sdkError('NO_BADGE', { owner, badge: kind, detail, remedy: REMEDIES[kind] });

const only = (kind: BadgeKind, owner: string, badges: readonly Badge[], detail: string): Badge => {
  const [first, ...others] = badges;
  if (!first) throw missing(kind, owner, detail);
  if (others.length === 0) return first;
  const ids = badges.map((badge) => badge.smallId).join(', ');
  throw sdkError('AMBIGUOUS_BADGE', { owner, badge: kind, count: badges.length, ids, parameter: PARAMETERS[kind] });
};

/** Last part of a type: `NodeBadge` of `0x..::node::NodeBadge`. */
const shortType = (type: string): string => type.replace(/<.*/, '').split('::').at(-1) ?? type;

/** Checks that a named object is such a badge and the sender's. Throws `SDK_WRONG_BADGE`, `SDK_FOREIGN_BADGE`. */
const namedBadge = async (atoma: Atoma, kind: BadgeKind | 'manager', type: string, id: string): Promise<string> => {
  const objectId = parseObjectId(id);
  const owner = requireSender(atoma);
  const { object } = await reach(atoma.deployment.network, atoma.client.getObject({ objectId }));
  if (normalizeStructTag(object.type) !== normalizeStructTag(type))
    throw sdkError('WRONG_BADGE', {
      id: objectId,
      badge: kind,
      actual: shortType(object.type),
      parameter: PARAMETERS[kind],
    });
  const holder = object.owner.$kind === 'AddressOwner' ? object.owner.AddressOwner : 'nobody';
  if (holder !== owner) throw sdkError('FOREIGN_BADGE', { id: objectId, badge: kind, holder, owner });
  return objectId;
};

/** The badge a call acts with: the one named, else the sender's only fitting one. Throws `SDK_NO_BADGE`, `SDK_AMBIGUOUS_BADGE`. */
export const selectBadge = async (atoma: Atoma, kind: BadgeKind, choice: BadgeChoice): Promise<string> => {
  if (choice.badgeId !== undefined)
    return namedBadge(atoma, kind, marketType(atoma.deployment, kind, BADGE_STRUCTS[kind]), choice.badgeId);
  const owner = requireSender(atoma);
  const badges = await listBadges(atoma, kind, { owner });
  if (choice.smallId !== undefined) {
    const wanted = smallId(choice.smallId);
    return only(
      kind,
      owner,
      badges.filter((badge) => badge.smallId === wanted),
      ` for ${kind} ${wanted}`,
    ).badgeId;
  }
  const { fitting } = choice;
  if (!fitting) return only(kind, owner, badges, '').badgeId;
  const usable = badges.filter((badge) => fitting.includes(badge.smallId));
  // One node that was drawn twice over cannot be: any fitting badge of the sender acts.
  if (usable[0]) return usable[0].badgeId;
  const [single] = badges;
  if (single) return single.badgeId; // let the contract say why this node may not act
  throw missing(kind, owner, '');
};

/** A manager badge: the one named, the record's when the sender owns it, else any of the sender's. Throws `SDK_NO_BADGE`. */
export const selectManagerBadge = async (atoma: Atoma, badgeId: string | undefined): Promise<string> => {
  if (badgeId !== undefined)
    return namedBadge(atoma, 'manager', marketType(atoma.deployment, 'db', 'AtomaManagerBadge'), badgeId);
  const owner = requireSender(atoma);
  const [first] = await listManagerBadges(atoma, { owner });
  if (first !== undefined) return first;
  const remedy = 'Only the publisher of the market, or whom it gave a manager badge, can do this.';
  throw sdkError('NO_BADGE', { owner, badge: 'manager', detail: '', remedy });
};

/** The treasury cap a faucet switch needs: the one named or the record's. */
export const selectTreasuryCap = (atoma: Atoma, treasuryCapId: string | undefined): string =>
  treasuryCapId === undefined ? requireId(atoma.deployment, 'treasuryCapId') : parseObjectId(treasuryCapId);
