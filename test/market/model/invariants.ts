/** What must hold in every state of the market. */
import type { Chain } from '../driver/chain.ts';
import type { Row } from '../driver/decode.ts';
import { countFunds, minted, type View } from '../driver/view.ts';
import { STATE } from './actions.ts';

type Finding = string | null;

const first = (findings: Iterable<Finding>): Finding => {
  for (const finding of findings) if (finding) return finding;
  return null;
};

const expectEqual = (what: string, actual: bigint, expected: bigint): Finding =>
  actual === expected ? null : `${what} is ${actual}, expected ${expected}`;

const sum = (amounts: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
};

/** Every base unit minted is in exactly one place. `counted`: decode every object of the ledger's store, not only the changed ones. */
const fundsFinding = (chain: Chain, counted: boolean): Finding =>
  expectEqual('the sum of all TOMA', chain.view.total, minted(chain)) ??
  (counted ? expectEqual('the sum of all TOMA, counted anew,', countFunds(chain), minted(chain)) : null);

/** Everybody on duty for a stack, and what each may lose by it. */
const dutyOf = (view: View, id: number, stack: Row): { readonly nodes: readonly bigint[]; readonly slash: bigint } => {
  const { minimum_dispute_bond: least, silence_slash: permille } = stack.terms;
  const part: bigint = (stack.price * (stack.units as bigint) * permille) / 1_000n;
  const slash: bigint = part > least ? part : least;
  const ticket = view.tickets.get(id);
  if (ticket?.state === STATE.disputed) return { nodes: view.disputes.get(id)?.jurors ?? [], slash };
  if (ticket?.state !== STATE.awaiting) return { nodes: [], slash };
  return { nodes: ticket.attesters.filter((_: bigint, place: number) => !ticket.attested[place]), slash };
};

/** What the duties of a node reserve of its stake. */
const reservedOf = (view: View, node: bigint): bigint =>
  sum(
    [...view.stacks].map(([id, stack]) => {
      const { nodes, slash } = dutyOf(view, id, stack);
      return nodes.includes(node) ? slash : 0n;
    }),
  );

const nodeFinding = (view: View, id: number, node: Row): Finding => {
  const stacks = [...view.stacks.values()].filter((stack) => stack.node === BigInt(id));
  return (
    expectEqual(`bonded of node ${id}`, node.bonded, sum(stacks.map((stack) => stack.bond as bigint))) ??
    expectEqual(`reserved of node ${id}`, node.reserved, reservedOf(view, BigInt(id))) ??
    expectEqual(`open stacks of node ${id}`, node.open_stacks, BigInt(stacks.length)) ??
    (node.queued > node.stake ? `node ${id} has queued ${node.queued} of a stake of ${node.stake}` : null) ??
    (node.reputation > 100 ? `node ${id} has reputation ${node.reputation}` : null)
  );
};

const bucketOf = (price: bigint): number => price.toString(2).length - 1;

const taskFinding = (view: View, id: number, task: Row): Finding => {
  const stacks = [...view.stacks.values()].filter((stack) => stack.task === BigInt(id));
  const subscriptions = view.subscriptions.get(task.subscriptions.id) ?? new Map();
  const slots = view.slots.get(task.slots.id) ?? new Map();
  return (
    expectEqual(`open stacks of task ${id}`, task.open_stacks, BigInt(stacks.length)) ??
    expectEqual(`slots of task ${id}`, sum(task.bucket_sizes), BigInt(slots.size)) ??
    expectEqual(`subscriptions of task ${id}`, task.subscriptions.size, BigInt(slots.size)) ??
    expectEqual(`subscription rows of task ${id}`, BigInt(subscriptions.size), BigInt(slots.size)) ??
    first(
      [...subscriptions].map(([node, { price, max_units, index }]) => {
        const slot = slots.get(`${bucketOf(price)}/${index}`);
        const fits = slot && slot.node === BigInt(node) && slot.price === price && slot.max_units === max_units;
        return fits ? null : `the slot of node ${node} in task ${id} is lost`;
      }),
    )
  );
};

const ceilPermille = (amount: bigint, permille: bigint): bigint => (amount * permille + 999n) / 1_000n;

/** What a check of the whole stack costs its buyer. */
const surchargeOf = (price: bigint, terms: Row): bigint => {
  const part: bigint = (price * terms.attester_pay) / 1_000n;
  const pay: bigint = part > terms.minimum_attester_pay ? part : terms.minimum_attester_pay;
  const chance: bigint = terms.attestation_probability;
  const all: bigint = pay * terms.attesters;
  return ceilPermille(all, chance < 1_000n ? chance : 1_000n);
};

const stackFinding = (view: View, id: number, stack: Row): Finding => {
  const price: bigint = stack.price * (stack.units as bigint);
  return (
    expectEqual(`escrow of stack ${id}`, stack.escrow, price + surchargeOf(price, stack.terms)) ??
    expectEqual(`bond of stack ${id}`, stack.bond, ceilPermille(price, stack.terms.bond)) ??
    (view.nodes.has(Number(stack.node)) ? null : `stack ${id} has lost its node`) ??
    (view.tasks.has(Number(stack.task)) ? null : `stack ${id} has lost its task`)
  );
};

const areDistinct = (ids: readonly bigint[]): boolean => new Set(ids).size === ids.length;

const ticketFinding = (view: View, id: number, ticket: Row): Finding => {
  const stack = view.stacks.get(id);
  if (!stack) return `the ticket of the ended stack ${id} is left`;
  const attesters = ticket.attesters.filter((node: bigint) => node !== 0n);
  if (!areDistinct(attesters) || attesters.includes(stack.node)) return `stack ${id} has the attesters ${attesters}`;
  if (ticket.claimed > stack.units || ticket.claimed === 0n) return `stack ${id} claims ${ticket.claimed} units`;
  const isDisputed = ticket.state === STATE.disputed;
  return isDisputed === view.disputes.has(id) ? null : `stack ${id} in state ${ticket.state} and dispute do not agree`;
};

const disputeFinding = (view: View, id: number, dispute: Row): Finding => {
  const [stack, ticket] = [view.stacks.get(id), view.tickets.get(id)];
  if (!stack || !ticket) return `the dispute of the ended stack ${id} is left`;
  const { jurors } = dispute;
  const barred = [stack.node, dispute.challenger_node, ...(ticket.required ? ticket.attesters : [])];
  const isFair = areDistinct(jurors) && !jurors.some((juror: bigint) => juror !== 0n && barred.includes(juror));
  const seats = jurors.length - (dispute.together ? dispute.first_jury.length : 0);
  const hasSeats = jurors.length === 0 || (seats % 2 === 1 && seats >= 3);
  return isFair && hasSeats ? null : `stack ${id} has the jurors ${jurors}`;
};

const sizesFinding = (view: View): Finding =>
  first(
    (['nodes', 'tasks', 'stacks', 'tickets', 'disputes'] as const).map((table) =>
      expectEqual(`rows of ${table}`, BigInt(view[table].size), view.db[table].size),
    ),
  ) ?? expectEqual('profiles', view.db.profiles.size, view.db.nodes.size);

/** What is wrong with the market now; null when nothing is. */
export const findingOf = (chain: Chain, counted = true): string | null => {
  const { view } = chain;
  const each = (rows: ReadonlyMap<number, Row>, finding: (view: View, id: number, row: Row) => Finding): Finding =>
    first([...rows].map(([id, row]) => finding(view, id, row)));
  return (
    fundsFinding(chain, counted) ??
    sizesFinding(view) ??
    each(view.nodes, nodeFinding) ??
    each(view.tasks, taskFinding) ??
    each(view.stacks, stackFinding) ??
    each(view.tickets, ticketFinding) ??
    each(view.disputes, disputeFinding)
  );
};
