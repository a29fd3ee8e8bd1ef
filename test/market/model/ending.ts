/** Bringing every stack to its end: by its parties, or after the deadlines by somebody who has no part in it. */
import { fromHex } from '@atoma/base';
import { epochOf } from '../driver/chain.ts';
import { leafOf, proofOf, voteOf } from '../driver/commitments.ts';
import type { Row } from '../driver/decode.ts';
import * as op from '../driver/operations.ts';
import { STATE } from './actions.ts';
import { isRevealing } from './foresight.ts';
import { accountAt, truthOf, type World } from './world.ts';

/** Operations to try now; each legal one brings its stack nearer to its end. */
export type Way = (world: World) => readonly op.Operation[];

/** More epochs than any stack can last under the parameters that scenarios set. */
export const MAX_EPOCHS = 70;

/** Everything somebody without a badge can do after the deadlines. */
export const byAnyone: Way = ({ chain, outsider }) => {
  const epoch = BigInt(epochOf(chain));
  return [...chain.view.stacks.keys()].flatMap((id): op.Operation[] => {
    const ticket = chain.view.tickets.get(id);
    const dispute = chain.view.disputes.get(id);
    if (!ticket) return isReclaimable(chain.view.stacks.get(id), epoch) ? [op.finalize(outsider, id)] : [];
    if (dispute) return isResolvable(dispute, epoch) ? toTheEnd(outsider, id, dispute) : [];
    if (ticket.state === STATE.openRequired) return epoch >= ticket.deadline + 2n ? [op.expire(outsider, id)] : [];
    if (ticket.state === STATE.awaiting) return epoch >= ticket.deadline ? [op.redraw(outsider, id)] : [];
    return epoch >= ticket.deadline + 2n ? [op.finalize(outsider, id)] : [];
  });
};

/** A dispute's votes are counted, after a second jury has been looked for where the first need not be the last. */
const toTheEnd = (by: Account, id: number, { last }: Row): op.Operation[] => [
  ...(last ? [] : [op.secondJury(by, id)]),
  op.resolve(by, id),
];

const NEVER = 2n ** 64n - 1n;

const reclaimEpoch = (stack: Row): bigint => {
  const expiry = stack.bought_epoch + stack.terms.stack_life;
  const notice = stack.notice_epoch === NEVER ? expiry : stack.notice_epoch + 2n;
  return notice < expiry ? notice : expiry;
};

const isReclaimable = (stack: Row, epoch: bigint): boolean => epoch >= reclaimEpoch(stack);

const isResolvable = (dispute: Row, epoch: bigint): boolean =>
  dispute.jurors.length === 0 ? epoch >= dispute.epoch + 2n : epoch >= dispute.reveal_deadline;

/** What the parties of each stack do when all of them do their part. */
export const byParties: Way = (world) =>
  [...world.chain.view.stacks].flatMap(([id, stack]): op.Operation[] => {
    const ticket = world.chain.view.tickets.get(id);
    if (!ticket) return partiesUnsettled(world, id, stack);
    if (ticket.state === STATE.disputed) return partiesDisputed(world, id, stack);
    if (ticket.state === STATE.awaiting) return partiesAwaiting(world, id, stack, ticket);
    if (ticket.state === STATE.openRequired) return partiesOpening(world, id, ticket);
    const isOver = BigInt(epochOf(world.chain)) >= ticket.deadline;
    return isOver ? asNode(world, stack.node, (by, node) => op.claim(by, node, [id])) : [];
  });

const asNode = (world: World, node: bigint, act: (by: Account, node: number) => op.Operation): op.Operation[] => {
  const badge = world.chain.view.nodeBadges.get(Number(node));
  const by = badge && accountAt(world, badge.holder);
  return by ? [act(by, Number(node))] : [];
};
type Account = World['outsider'];

const partiesUnsettled = (world: World, id: number, stack: Row): op.Operation[] => {
  if (isReclaimable(stack, BigInt(epochOf(world.chain)))) {
    const badge = world.chain.view.stackBadges.get(id);
    const by = badge && accountAt(world, badge.holder);
    return by ? [op.reclaim(by, id)] : [];
  }
  const truth = truthOf(id, stack.units);
  world.committed.set(id, truth);
  const root = proofOf(id, truth, Number(stack.terms.attesters));
  return asNode(world, stack.node, (by, node) => op.settle(by, node, id, truth.units, root, leafOf(id, truth, 0)));
};

const partiesAwaiting = (world: World, id: number, stack: Row, ticket: Row): op.Operation[] => {
  const history = world.committed.get(id) ?? truthOf(id, stack.units);
  if (BigInt(epochOf(world.chain)) >= ticket.deadline) return [op.redraw(world.outsider, id)];
  const root = fromHex(ticket.root) as Uint8Array;
  const silent = ticket.attesters.flatMap((node: bigint, place: number) =>
    node === 0n || ticket.attested[place] ? [] : [[node, place]],
  );
  return silent.flatMap(([node, place]: [bigint, number]) =>
    asNode(world, node, (by, attester) => op.attest(by, attester, id, root, leafOf(id, history, place + 1))),
  );
};

const partiesOpening = (world: World, id: number, ticket: Row): op.Operation[] => {
  const history = world.committed.get(id);
  const isLate = BigInt(epochOf(world.chain)) >= ticket.deadline + 2n;
  if (isLate || !history) return isLate ? [op.expire(world.outsider, id)] : [];
  return [op.open(world.outsider, id, history.merkleRoot, history.units)];
};

const SALT = new Uint8Array(32).fill(3);

const partiesDisputed = (world: World, id: number, stack: Row): op.Operation[] => {
  const dispute = world.chain.view.disputes.get(id) as Row;
  if (dispute.jurors.length === 0) return [op.rule(world.chain.manager, id, id % 3), op.resolve(world.outsider, id)];
  const truth = truthOf(id, stack.units);
  const isEarly = BigInt(epochOf(world.chain)) === dispute.epoch;
  const isOpen = isRevealing(world, id, dispute);
  const votes = dispute.jurors.flatMap((juror: bigint, seat: number) => {
    if (dispute.commits[seat] === '')
      return isOpen || isEarly
        ? []
        : asNode(world, juror, (by, node) => {
            world.votes.set(`${id}/${node}`, { history: truth, salt: SALT });
            return op.commitVote(by, node, id, voteOf(id, node, truth, SALT));
          });
    const vote = world.votes.get(`${id}/${juror}`);
    if (!isOpen || dispute.secrets[seat] !== '' || !vote) return [];
    return asNode(world, juror, (by, node) =>
      op.revealVote(by, node, id, vote.history.merkleRoot, vote.history.units, vote.salt),
    );
  });
  const isDone = isOpen && votes.length === 0;
  return isDone ? toTheEnd(world.outsider, id, dispute) : votes;
};

/** Once no stack is left: every node leaves, then every task is removed. */
export const departure: Way = (world) => {
  const { view } = world.chain;
  const epoch = BigInt(epochOf(world.chain));
  const nodes = [...view.nodes].flatMap(([id, node]) => {
    if (node.disabled_epoch === NEVER) return asNode(world, BigInt(id), op.disableNode);
    return epoch >= node.exit_epoch && node.reserved === 0n ? asNode(world, BigInt(id), op.destroyNode) : [];
  });
  const tasks = [...view.tasks].flatMap(([id, task]) => {
    const badge = view.taskBadges.get(id);
    const by = badge && accountAt(world, badge.holder);
    if (!by) return [];
    if (task.deprecated_epoch === NEVER) return [op.deprecateTask(by, id)];
    return epoch >= task.deprecated_epoch ? [op.removeTask(by, id)] : [];
  });
  return [...nodes, ...tasks];
};
