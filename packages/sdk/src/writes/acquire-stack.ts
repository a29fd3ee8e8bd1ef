import type { Atoma } from '../context/atoma.ts';
import type { ExecutionFailure } from '../failures/execution-failure.ts';
import * as db from '../generated/bindings/atoma/db.ts';
import { tomaCoin } from '../internal/coins.ts';
import { defineWrite } from '../internal/define-write.ts';
import { refuseShortage } from '../internal/funds.ts';
import { theOnly, whole } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { findNode } from '../reads/nodes.ts';
import { quotePurchase } from '../reads/quote.ts';
import { listSubscriptions, type TaskParameters } from '../reads/tasks.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** What {@link acquireStack} takes. */
export interface AcquireStackParameters {
  readonly taskSmallId: SmallIdInput;
  readonly numComputeUnits: bigint | number;
  /** Base units of TOMA a compute unit; nodes that ask at most this are drawn from. */
  readonly pricePerComputeUnit: bigint | number;
  /** Most that may go into escrow, base units; a purchase under other terms than expected is refused. Default: any. */
  readonly maxEscrow?: bigint | number;
  /**
   * Buy at level 1 also where too few other owners could check it (`EUnchecked`). Default: only where nobody but the sender sells, as
   * {@link sellsAlone} says.
   */
  readonly allowUnchecked?: boolean;
  /** Nodes to draw among, at most 64. Default: all that ask at most the price. */
  readonly among?: readonly SmallIdInput[];
}

/** The bought stack. Amounts in base units of TOMA. */
export interface AcquireStackResult {
  readonly stackSmallId: bigint;
  readonly stackBadgeId: string;
  readonly owner: string;
  readonly taskSmallId: bigint;
  readonly selectedNodeSmallId: bigint;
  /** The only address that signs receipts of this stack. */
  readonly nodeAddress: string;
  readonly numComputeUnits: bigint;
  readonly pricePerComputeUnit: bigint;
  /** What the buyer paid into escrow. */
  readonly paid: bigint;
  /** What the node bonded. */
  readonly bond: bigint;
  /** From this epoch on an unsettled stack can be reclaimed. */
  readonly expiryEpoch: bigint;
}

const LABEL = 'db acquire-new-stack-entry';

/** Whether every node that sells a task is the sender's own: then nobody else can check what is bought. */
export const sellsAlone = async (atoma: Atoma, task: TaskParameters): Promise<boolean> => {
  const owners = await Promise.all(
    (await listSubscriptions(atoma, task)).map(({ nodeSmallId }) => findNode(atoma, { nodeSmallId })),
  );
  return owners.length > 0 && owners.every((node) => node?.owner === atoma.sender);
};

/** Why no node was drawn, from the offers as they stand. */
const noOffer = async (atoma: Atoma, parameters: AcquireStackParameters): Promise<string> => {
  const [units, asked] = [BigInt(parameters.numComputeUnits), BigInt(parameters.pricePerComputeUnit)];
  const offers = await listSubscriptions(atoma, parameters);
  if (offers.length === 0) return 'No node is subscribed to this task yet.';
  const large = offers.filter((offer) => offer.maxNumComputeUnits >= units);
  const [cheapest] = large;
  if (!cheapest) {
    const largest = offers.reduce((most, { maxNumComputeUnits: max }) => (max > most ? max : most), 0n);
    return `No node serves that many units in one stack: the largest offer is ${largest}. Buy several stacks.`;
  }
  if (cheapest.pricePerComputeUnit > asked)
    return `No node offers this price: the cheapest is ${cheapest.pricePerComputeUnit}.`;
  return 'The nodes at this price have no free stake for the bond, too little reputation, or are disabled. Buy fewer units, offer a higher price, or try again later.';
};

const totalOf = async (atoma: Atoma, parameters: AcquireStackParameters): Promise<bigint> =>
  (await quotePurchase(atoma, parameters)).total;

const refine = async (
  failure: ExecutionFailure,
  atoma: Atoma,
  parameters: AcquireStackParameters,
): Promise<ExecutionFailure> => {
  if (failure.kind === 'abort' && failure.name === 'ENoNodesEligibleForTask')
    return { ...failure, remedy: await noOffer(atoma, parameters) };
  return refuseShortage(failure, atoma, () => totalOf(atoma, parameters));
};

/** Buys compute units of a task from a node the contract draws. The escrow is paid by the sender, who gets the badge. */
export const acquireStack = defineWrite<AcquireStackParameters, AcquireStackResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const { taskSmallId, numComputeUnits, pricePerComputeUnit, maxEscrow, among = [] } = parameters;
    const units = whole(numComputeUnits, 'The number of units');
    const price = whole(pricePerComputeUnit, 'The price');
    const wallet = await tomaCoin(atoma, tx, () => totalOf(atoma, parameters));
    const most = maxEscrow === undefined ? null : whole(maxEscrow, 'The most to pay');
    const unchecked = parameters.allowUnchecked ?? (await sellsAlone(atoma, parameters));
    const named = among.map(smallId);
    tx.add(
      db.acquireNewStackEntry(...market(atoma), wallet, smallId(taskSmallId), units, price, most, unchecked, named),
    );
  },
  parse: (ran, atoma) => {
    const { selectedNodeId, escrow, keyHash: _, ...stack } = theOnly(ran, atoma, 'StackCreatedEvent', LABEL);
    return { ...stack, selectedNodeSmallId: selectedNodeId, paid: escrow };
  },
  bond: ({ bond }) => bond,
  refine,
});
