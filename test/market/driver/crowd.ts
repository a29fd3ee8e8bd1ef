/** Many subscribers at once, and what a transaction computes before gas is rounded. */

import { ledgerVm } from '../../../packages/localnet/src/index.ts';
import { stateOf } from '../../../packages/localnet/src/internal/state.ts';
import { type Account, accountOf } from './accounts.ts';
import { type Chain, dbCall, execute, fund, nextEpoch, type Outcome, owned } from './chain.ts';
import * as op from './operations.ts';
import { type Command, none, u64 } from './transaction.ts';

const TOMA = 1_000_000_000n;
const BATCH = 50;
/** Nodes whose collateral the faucet gives a hundred owners in an epoch. */
const FAUCETED = 600;

/** The outcome of an operation that must succeed. */
export const must = (chain: Chain, operation: op.Operation): Outcome | null => {
  const outcome = op.perform(chain, operation);
  if (outcome?.abort) throw new Error(`${operation.line}: ${outcome.abort}`);
  return outcome;
};

const run = (chain: Chain, account: Account, commands: readonly Command[]): void => {
  const { abort } = execute(chain, account, commands, 50_000_000_000n);
  if (abort) throw new Error(`${account.name}: ${abort}`);
};

const wallet = (chain: Chain, account: Account) =>
  owned(chain, [...(chain.view.wallets.get(account.address)?.keys() ?? [])][0] as string);

const join = (chain: Chain, owner: Account, task: number, price: bigint, count: number): void => {
  const first = Number(chain.view.db.next_node);
  const times = Array.from({ length: count }, (_, i) => first + i);
  run(
    chain,
    owner,
    times.map(() => dbCall(chain, 'register_node_entry', [wallet(chain, owner), none])),
  );
  const badge = (node: number) => owned(chain, chain.view.nodeBadges.get(node)?.id as string);
  run(
    chain,
    owner,
    times.map((node) => dbCall(chain, 'subscribe_node_to_task', [badge(node), u64(task), u64(price), u64(2n ** 40n)])),
  );
};

/** Registers `count` nodes with the collateral and subscribes them, spread evenly over up to a hundred owners. */
export const addSubscribers = (chain: Chain, task: number, count: number, price = 100n): void => {
  const owners = Math.min(count, 100);
  for (let i = 0; i < owners; i++) {
    const owner = accountOf(`crowd ${i}`);
    if (!chain.view.gas.has(owner.address)) fund(chain, owner);
    let left = Math.floor(count / owners) + (i < count % owners ? 1 : 0);
    must(chain, op.faucet(owner, 1_000n * TOMA));
    for (; left > 0; left -= BATCH) join(chain, owner, task, price, Math.min(left, BATCH));
  }
};

/** Registers so many more nodes, dearer than what is bought, has them leave, and gets every collateral back. */
export const comeAndGo = (chain: Chain, task: number, count: number): void => {
  const from = Number(chain.view.db.next_node);
  for (let left = count; left > 0; left -= FAUCETED) {
    nextEpoch(chain);
    addSubscribers(chain, task, Math.min(FAUCETED, left), 128n);
  }
  const to = Number(chain.view.db.next_node);
  for (let id = from; id < to; id++) must(chain, op.disableNode(holderOf(chain, id), id));
  nextEpoch(chain, 6);
  for (let id = from; id < to; id++) must(chain, op.destroyNode(holderOf(chain, id), id));
};

/** The same for one owner: as many as one epoch's faucet pays for. */
export const addOwned = (chain: Chain, owner: Account, task: number, count: number, price: bigint): void => {
  must(chain, op.faucet(owner, 1_000n * TOMA));
  const [into, ...coins] = [...(chain.view.wallets.get(owner.address)?.keys() ?? [])].map((id) => owned(chain, id));
  if (into && coins.length > 0) run(chain, owner, [{ kind: 'merge', into, coins }]);
  for (let left = count; left > 0; left -= BATCH) join(chain, owner, task, price, Math.min(left, BATCH));
};

/** Who owns a node's badge, among the crowd and other accounts given. */
export const holderOf = (chain: Chain, node: number): Account => {
  const address = chain.view.nodeBadges.get(node)?.holder;
  for (let i = 0; i < 100; i++) {
    const owner = crowd(i);
    if (owner.address === address) return owner;
  }
  throw new Error(`the holder of node ${node} is unknown`);
};

const known = new Map<number, Account>();
const crowd = (i: number): Account => {
  const account = known.get(i) ?? accountOf(`crowd ${i}`);
  known.set(i, account);
  return account;
};

/** What an execution computed, in internal units (1,000 to a unit of gas), before the rounding that hides differences. */
export interface Metered {
  readonly computation: number;
  /** Without what the ledger charges for reading inputs and packages. */
  readonly execution: number;
}

/** From now on tells what the latest execution computed. It listens to the machine's sessions and changes nothing. */
export const meterOf = (chain: Chain): (() => Metered) => {
  const state = stateOf(chain.ledger);
  const vm = ledgerVm(chain.ledger);
  let latest = (): Metered => ({ computation: 0, execution: 0 });
  state.vm = {
    ...vm,
    newSession: (options) => {
      const session = vm.newSession(options);
      let charged = 0;
      latest = () => ({ computation: session.computation(), execution: session.computation() - charged });
      const charge = (units: number): boolean => {
        charged += units;
        return session.charge(units);
      };
      return { ...session, charge };
    },
  };
  return () => latest();
};
