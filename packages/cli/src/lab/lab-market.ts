/** The market a scenario is played in: one task, its nodes, one buyer. */
import { BASE_UNITS, getConfig, getMoney, listNodes, type MarketConfig, setConfig } from '@atoma/sdk';
import * as db from '@atoma/sdk/bindings';
import {
  type Actor,
  addActor,
  call,
  closeLabChain,
  type Did,
  epochOf,
  eventOf,
  fillPurse,
  type LabChain,
  openLabChain,
  reachEpoch,
} from './lab-chain.ts';
import { labError } from './lab-errors.ts';
import type { Scenario } from './scenario.ts';

/** A node of the lab. */
export interface LabNode extends Actor {
  readonly id: bigint;
  readonly badge: string;
}

/** The market. */
export interface LabMarket {
  readonly scenario: Scenario;
  readonly chain: LabChain;
  readonly config: MarketConfig;
  readonly buyer: Actor;
  /** Of a node that bills too much: disputes it before anybody else does. Null in markets without one. */
  readonly accomplice: Actor | null;
  readonly nodes: readonly LabNode[];
  readonly task: bigint;
  readonly close: () => void;
}

/** The buyer buys a stack as the scenario says, which also may go unchecked. */
export const purchase = ({ chain, buyer, task, scenario }: LabMarket): Promise<Did> =>
  call(chain, buyer, db.acquireNewStackEntry, buyer.purse, task, scenario.units, scenario.price, null, true, []);

const PURSE = 1_000n * BASE_UNITS;
const STAKE_ABOVE = 900n * BASE_UNITS;
/** Below this a node's stake is filled up again between runs. */
const STAKE_LOW = 400n * BASE_UNITS;

const addNode = async (chain: LabChain, scenario: Scenario, i: number, task: bigint): Promise<LabNode> => {
  const actor = await addActor(chain, scenario.seed, `node ${i}`);
  await fillPurse(chain, actor, PURSE);
  const registered = await call(chain, actor, db.registerNodeEntry, actor.purse, null);
  const event = eventOf(registered, 'NodeRegisteredEvent')?.data;
  if (!event) throw labError('REFUSED', { call: 'register_node_entry', why: 'it told no node' });
  const badge = event.nodeBadgeId;
  await call(chain, actor, db.topUpCollateral, badge, actor.purse, STAKE_ABOVE);
  await call(chain, actor, db.subscribeNodeToTask, badge, task, scenario.price, scenario.units);
  return Object.assign(actor, { id: event.nodeSmallId, badge });
};

/** Sets parameters; those that depend on one another are tried again in another order. */
const applyTerms = async ({ publisher }: LabChain, terms: Scenario['terms']): Promise<void> => {
  let left = Object.entries(terms) as [Parameters<typeof setConfig>[1]['name'], bigint][];
  for (let before = -1; left.length > 0 && left.length !== before; ) {
    before = left.length;
    const refused: typeof left = [];
    for (const [name, value] of left)
      if ((await setConfig(publisher, { name, value })).kind === 'failed') refused.push([name, value]);
    left = refused;
  }
  if (left.length > 0)
    throw labError('REFUSED', {
      call: `setting ${left.map(([name]) => name).join(', ')}`,
      why: 'the values break a rule of the protocol (docs/protocol.md)',
    });
};

/** Opens the market of a scenario, for a named model or for any. */
export const openLabMarket = async (scenario: Scenario, model: string | null = null): Promise<LabMarket> => {
  const chain = await openLabChain(`${scenario.seed} ${scenario.name}`);
  await applyTerms(chain, scenario.terms);
  const buyer = await addActor(chain, scenario.seed, 'buyer');
  await fillPurse(chain, buyer, PURSE);
  const created = await call(chain, buyer, db.createTaskEntry, 0, model, scenario.level, null);
  const task = eventOf(created, 'TaskRegisteredEvent')?.data.taskSmallId ?? 1n;
  const nodes: LabNode[] = [];
  for (let i = 1; i <= scenario.nodes; i++) nodes.push(await addNode(chain, scenario, i, task));
  const accomplice = scenario.fault === 'accomplice-first' ? await addActor(chain, scenario.seed, 'accomplice') : null;
  if (accomplice) await fillPurse(chain, accomplice, PURSE);
  const config = await getConfig(chain.publisher);
  return { scenario, chain, config, buyer, accomplice, nodes, task, close: () => closeLabChain(chain) };
};

/** Fills purses and stakes up, between runs. */
export const refill = async ({ chain, buyer, accomplice, nodes }: LabMarket): Promise<void> => {
  reachEpoch(chain, epochOf(chain) + 1n); // the faucet's limit is one for each epoch
  await fillPurse(chain, buyer, PURSE);
  if (accomplice) await fillPurse(chain, accomplice, PURSE);
  const rows = await listNodes(chain.publisher);
  for (const node of nodes) {
    const row = rows.find((each) => each.nodeSmallId === node.id);
    if (!row || row.stake + row.bonded >= STAKE_LOW) continue;
    await fillPurse(chain, node, PURSE);
    await call(chain, node, db.topUpCollateral, node.badge, node.purse, STAKE_ABOVE);
  }
};

/** Base units of TOMA by holder: the buyer, an accomplice, each node (all it owns), the pool. */
export type Books = ReadonlyMap<string, bigint>;

/** Reads the books. Throws `LAB_BOOKS` when they are not all of TOMA. */
export const readBooks = async ({ chain, buyer, accomplice, nodes }: LabMarket): Promise<Books> => {
  const people: readonly Actor[] = [buyer, ...(accomplice ? [accomplice] : []), ...nodes];
  const report = await getMoney(chain.publisher, { addresses: people.map(({ address }) => address), history: false });
  if (report.supply !== report.accounted)
    throw labError('BOOKS', { before: report.supply ?? 0n, after: report.accounted });
  return new Map([
    ...people.map(({ name, address }): [string, bigint] => [
      name,
      report.addresses.find((one) => one.address === address)?.toma ?? 0n,
    ]),
    ['pool', report.pool + report.poolPending],
  ]);
};
