/** Every call of the market as data: what to execute, and the same as a command line. */
import { toHex } from '@atoma/base';
import { accusation } from '../../../packages/sdk/src/index.ts';
import type { Account } from './accounts.ts';
import { type Chain, dbCall, execute, nextEpoch, type Outcome, owned, randomness, shared } from './chain.ts';
import {
  type Arg,
  address,
  bytes,
  type Command,
  flag,
  lists,
  none,
  some,
  text,
  u8,
  u16,
  u64,
  u64s,
} from './transaction.ts';

/** One step on the chain. */
export type Operation =
  | { readonly kind: 'epochs'; readonly count: number; readonly line: string }
  | {
      readonly kind: 'call';
      readonly by: Account;
      /** Name of the entry function. */
      readonly name: string;
      readonly commands: (chain: Chain) => readonly Command[];
      /** As typed after `./dev/cli`. */
      readonly line: string;
    };

type Flags = Readonly<Record<string, string | number | bigint | boolean | Uint8Array | readonly (number | bigint)[]>>;

const flagText = (value: Flags[string]): string => {
  if (value instanceof Uint8Array) return value.length === 0 ? '""' : `0x${toHex(value)}`;
  if (Array.isArray(value)) return value.join(',');
  return /^[\w.:/-]*$/.test(String(value)) && value !== '' ? String(value) : JSON.stringify(String(value));
};

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const lineOf = (by: Account, command: string, flags: Flags): string =>
  [
    command,
    ...Object.entries(flags).map(([name, value]) => `--${kebab(name)} ${flagText(value)}`),
    `--wallet ${by.name}`,
  ].join(' ');

const call = (
  by: Account,
  name: string,
  args: (chain: Chain) => readonly Arg[],
  command: string,
  flags: Flags,
): Operation => ({
  kind: 'call',
  by,
  name,
  commands: (chain) => [dbCall(chain, name, args(chain))],
  line: lineOf(by, command, flags),
});

/** A call that pays out of the sender's coins: all of them merged into the first. */
const paying = (
  by: Account,
  name: string,
  args: (chain: Chain, wallet: Arg) => readonly Arg[],
  command: string,
  flags: Flags,
): Operation => ({
  kind: 'call',
  by,
  name,
  commands: (chain) => {
    const coins = [...(chain.view.wallets.get(by.address)?.keys() ?? [])].sort().map((id) => owned(chain, id));
    const [wallet, ...others] = coins;
    if (!wallet) return [];
    const pay = dbCall(chain, name, args(chain, wallet));
    return others.length === 0 ? [pay] : [{ kind: 'merge', into: wallet, coins: others }, pay];
  },
  line: lineOf(by, command, flags),
});

export const epochs = (count: number): Operation => ({
  kind: 'epochs',
  count,
  line: `chain advance --epochs ${count}`,
});

export const faucet = (by: Account, amount: bigint): Operation => ({
  kind: 'call',
  by,
  name: 'faucet',
  commands: (chain) => [
    {
      kind: 'call',
      package: chain.ids.toma,
      module: 'toma',
      function: 'faucet',
      args: [shared(chain, chain.ids.faucet), u64(amount)],
    },
  ],
  line: lineOf(by, 'toma faucet', { amount }),
});

type Badges = 'nodeBadges' | 'taskBadges' | 'stackBadges';

const badge = (chain: Chain, kind: Badges, id: number): Arg => {
  const found = chain.view[kind].get(id);
  if (!found) throw new Error(`no badge ${id} of ${kind}`);
  return owned(chain, found.id);
};

/** A call with a node badge first. */
const byNode = (by: Account, node: number, name: string, args: readonly Arg[], command: string, flags: Flags) =>
  call(by, name, (chain) => [badge(chain, 'nodeBadges', node), ...args], command, { ...flags, nodeSmallId: node });

/** A call with a node badge first and the randomness last. */
const byNodeAtRandom = (by: Account, node: number, name: string, args: readonly Arg[], flags: Flags) =>
  call(
    by,
    name,
    (chain) => [badge(chain, 'nodeBadges', node), ...args, randomness(chain)],
    `db ${name.replaceAll('_', '-')}`,
    { ...flags, nodeSmallId: node },
  );

/** A badge sent to somebody else, by Sui's own transfer. */
export const transferBadge = (by: Account, kind: Badges, id: number, to: Account): Operation => ({
  kind: 'call',
  by,
  name: `transfer of ${kind}`,
  commands: (chain) => [{ kind: 'transfer', objects: [badge(chain, kind, id)], to: address(to.address) }],
  line: `# ${by.name} sends the badge ${id} of ${kind} to ${to.name} (any Sui wallet)`,
});

// ---------------------------------------------------------------- tasks

export const createTask = (by: Account, role: number, level: number, minimumReputation: number): Operation =>
  call(
    by,
    'create_task_entry',
    () => [u16(role), some(text('model') as Pure), some(u16(level) as Pure), some(u8(minimumReputation) as Pure)],
    'db create-task-entry',
    { role, modelName: 'model', securityLevel: level, minimumReputationScore: minimumReputation },
  );
type Pure = Arg & { kind: 'pure' };

export const deprecateTask = (by: Account, task: number): Operation =>
  call(by, 'deprecate_task', (chain) => [badge(chain, 'taskBadges', task)], 'db deprecate-task', { taskSmallId: task });

export const removeTask = (by: Account, task: number): Operation =>
  call(by, 'remove_deprecated_task', (chain) => [badge(chain, 'taskBadges', task)], 'db remove-deprecated-task', {
    taskSmallId: task,
  });

// ---------------------------------------------------------------- nodes

export const registerNode = (by: Account, url?: string): Operation =>
  paying(
    by,
    'register_node_entry',
    (_, wallet) => [wallet, url === undefined ? none : some(text(url) as Pure)],
    'db register-node',
    url === undefined ? {} : { url },
  );

export const updateUrl = (by: Account, node: number, url: string): Operation =>
  byNode(by, node, 'update_node_url', [text(url)], 'db update-node-url', { url });

export const topUp = (by: Account, node: number, amount: bigint): Operation =>
  paying(
    by,
    'top_up_collateral',
    (chain, wallet) => [badge(chain, 'nodeBadges', node), wallet, u64(amount)],
    'db top-up-collateral',
    { amount, nodeSmallId: node },
  );

export const requestWithdrawal = (by: Account, node: number, amount: bigint): Operation =>
  byNode(by, node, 'request_withdrawal', [u64(amount)], 'db request-withdrawal', { amount });

export const withdrawCollateral = (by: Account, node: number): Operation =>
  byNode(by, node, 'withdraw_collateral', [], 'db withdraw-collateral', {});

export const withdrawEarnings = (by: Account, node: number): Operation =>
  byNode(by, node, 'withdraw_earnings', [], 'db withdraw-earnings', {});

export const setKey = (by: Account, node: number, hash: Uint8Array): Operation =>
  byNode(by, node, 'set_node_key_commitment', [bytes(hash), bytes(hash)], 'db set-node-key-commitment', {
    keyHash: hash,
    evidenceHash: hash,
  });

export const disableNode = (by: Account, node: number): Operation =>
  byNode(by, node, 'permanently_disable_node', [], 'db permanently-disable-node', {});

export const destroyNode = (by: Account, node: number): Operation =>
  byNode(by, node, 'destroy_disabled_node', [], 'db destroy-disabled-node', {});

export const subscribe = (by: Account, node: number, task: number, price: bigint, max: bigint): Operation =>
  byNode(by, node, 'subscribe_node_to_task', [u64(task), u64(price), u64(max)], 'db subscribe-node-to-task', {
    taskSmallId: task,
    pricePerComputeUnit: price,
    maxNumComputeUnits: max,
  });

export const updateSubscription = (by: Account, node: number, task: number, price: bigint, max: bigint): Operation =>
  byNode(by, node, 'update_node_subscription', [u64(task), u64(price), u64(max)], 'db update-node-subscription', {
    taskSmallId: task,
    pricePerComputeUnit: price,
    maxNumComputeUnits: max,
  });

export const unsubscribe = (by: Account, node: number, task: number): Operation =>
  byNode(by, node, 'unsubscribe_node_from_task', [u64(task)], 'db unsubscribe-node-from-task', { taskSmallId: task });

export const evict = (by: Account, task: number, node: number): Operation =>
  call(by, 'evict_subscription', () => [u64(task), u64(node)], 'db evict-subscription', {
    taskSmallId: task,
    nodeSmallId: node,
  });

// ---------------------------------------------------------------- stacks

/** How a purchase may differ from one at any node, checked or not. */
export interface Choice {
  readonly unchecked: boolean;
  /** Most the escrow may come to; null: whatever it does. */
  readonly most: bigint | null;
  readonly among: readonly number[];
}

const ANY: Choice = { unchecked: true, most: null, among: [] };

export const acquire = (by: Account, task: number, units: bigint, price: bigint, choice: Choice = ANY): Operation => {
  const { unchecked, most, among } = choice;
  const limit = most === null ? none : some(u64(most) as Pure);
  return paying(
    by,
    'acquire_new_stack_entry',
    (chain, wallet) => [
      ...[wallet, u64(task), u64(units), u64(price)],
      ...[limit, flag(unchecked), u64s(among), randomness(chain)],
    ],
    'db acquire-new-stack-entry',
    {
      ...{ taskSmallId: task, numComputeUnits: units, price },
      ...(unchecked ? { allowUnchecked: true } : {}),
      ...(among.length > 0 ? { among } : {}),
    },
  );
};

const byStack = (by: Account, stack: number, name: string, command: string): Operation =>
  call(by, name, (chain) => [badge(chain, 'stackBadges', stack)], command, { stackSmallId: stack });

export const updateOwner = (by: Account, stack: number): Operation =>
  byStack(by, stack, 'update_stack_owner', 'db update-stack-owner');

export const requestRefund = (by: Account, stack: number): Operation =>
  byStack(by, stack, 'request_stack_refund', 'db request-stack-refund');

export const reclaim = (by: Account, stack: number): Operation =>
  byStack(by, stack, 'reclaim_stack', 'db reclaim-stack');

export const discardBadge = (by: Account, stack: number): Operation =>
  byStack(by, stack, 'discard_stack_badge', 'db discard-stack-badge');

export const settle = (
  by: Account,
  node: number,
  stack: number,
  claimed: bigint,
  root: Uint8Array,
  leaf: Uint8Array,
  inputs: Uint8Array | null = null,
): Operation => {
  const list = inputs === null ? none : some(bytes(inputs) as Pure);
  return byNodeAtRandom(by, node, 'try_settle_stack', [u64(stack), u64(claimed), bytes(root), bytes(leaf), list], {
    stackSmallId: stack,
    numClaimedComputeUnits: claimed,
    committedStackProof: root,
    stackMerkleLeaf: leaf,
  });
};

/** What a challenger that came to `root` puts on chain. */
const accusing = (root: Uint8Array, { address: challenger }: Account, rows: readonly bigint[] = []): Arg =>
  bytes(accusation({ proof: root, challenger, rows }));

export const attest = (by: Account, node: number, stack: number, root: Uint8Array, leaf: Uint8Array): Operation =>
  call(
    by,
    'submit_stack_settlement_attestation',
    (chain) => {
      const settled = chain.view.tickets.get(stack)?.root as string | undefined;
      const isPlain = settled === undefined || settled === toHex(root) || root.every((byte) => byte === 0);
      const answer = isPlain || root.length !== 32 ? bytes(root) : accusing(root, by);
      return [badge(chain, 'nodeBadges', node), u64(stack), answer, bytes(leaf), randomness(chain)];
    },
    'db submit-stack-settlement-attestation',
    { stackSmallId: stack, committedStackProof: root, stackMerkleLeaf: leaf, nodeSmallId: node },
  );

/** What a challenger adds: rows to be repeated too, their units, and receipts. */
export interface Exhibits {
  readonly rows: readonly bigint[];
  readonly units: bigint;
  readonly receipts: readonly Uint8Array[];
}

const NOTHING: Exhibits = { rows: [], units: 0n, receipts: [] };

/** Receipts are no words of a command: it takes them from a file. */
const showing = (made: Operation, { receipts }: Exhibits): Operation =>
  receipts.length === 0 ? made : { ...made, line: `# with ${receipts.length} receipts: ${made.line}` };

const rowFlags = ({ rows, units }: Exhibits): Flags => (rows.length > 0 ? { rows, namedUnits: units } : {});

export const dispute = (by: Account, stack: number, commitment: Uint8Array, shown: Exhibits = NOTHING): Operation => {
  const { rows, units, receipts } = shown;
  const made = paying(
    by,
    'start_attestation_dispute',
    (chain, wallet) => [
      ...[wallet, u64(stack), accusing(commitment, by, rows)],
      ...[u64s(rows), u64(units), lists(receipts), randomness(chain)],
    ],
    'db start-attestation-dispute',
    { stackSmallId: stack, attestationCommitment: commitment, ...rowFlags(shown) },
  );
  return showing(made, shown);
};

/** The owner of a stack adds to somebody else's dispute. */
export const show = (by: Account, stack: number, shown: Exhibits = NOTHING): Operation => {
  const { rows, units, receipts } = shown;
  const made = paying(
    by,
    'show_dispute_evidence',
    (_, wallet) => [wallet, u64(stack), u64s(rows), u64(units), lists(receipts)],
    'db show-dispute-evidence',
    { stackSmallId: stack, ...rowFlags(shown) },
  );
  return showing(made, shown);
};

export const secondJury = (by: Account, stack: number): Operation =>
  call(by, 'seat_second_jury', (chain) => [u64(stack), randomness(chain)], 'db seat-second-jury', {
    stackSmallId: stack,
  });

export const redraw = (by: Account, stack: number): Operation =>
  call(by, 'redraw_attesters', (chain) => [u64(stack), randomness(chain)], 'db redraw-attesters', {
    stackSmallId: stack,
  });

const onStack = (by: Account, stack: number, name: string): Operation =>
  call(by, name, () => [u64(stack)], `db ${name.replaceAll('_', '-')}`, { stackSmallId: stack });

export const expire = (by: Account, stack: number): Operation => onStack(by, stack, 'expire_settlement');
export const finalize = (by: Account, stack: number): Operation => onStack(by, stack, 'finalize_stack');
export const resolve = (by: Account, stack: number): Operation => onStack(by, stack, 'resolve_dispute');

export const open = (by: Account, stack: number, historyRoot: Uint8Array, units: bigint): Operation =>
  call(by, 'open_stack_commitment', () => [u64(stack), bytes(historyRoot), u64(units)], 'db open-stack-commitment', {
    stackSmallId: stack,
    merkleRoot: historyRoot,
    units,
  });

export const claim = (by: Account, node: number, stacks: readonly number[]): Operation =>
  byNode(by, node, 'claim_funds', [u64s(stacks)], 'db claim-funds', { settledTicketIds: stacks });

export const commitVote = (by: Account, node: number, stack: number, commitment: Uint8Array): Operation =>
  byNode(by, node, 'commit_dispute_vote', [u64(stack), bytes(commitment)], 'db commit-dispute-vote', {
    stackSmallId: stack,
    commitment,
  });

export const revealVote = (
  by: Account,
  node: number,
  stack: number,
  historyRoot: Uint8Array,
  units: bigint,
  salt: Uint8Array,
  blame = false,
): Operation =>
  byNode(
    by,
    node,
    'reveal_dispute_vote',
    [u64(stack), bytes(historyRoot), u64(units), bytes(salt), flag(blame)],
    'db reveal-dispute-vote',
    { stackSmallId: stack, merkleRoot: historyRoot, units, salt, ...(blame ? { blame } : {}) },
  );

export const join = (by: Account, node: number, stack: number, commitment: Uint8Array): Operation =>
  byNode(by, node, 'join_dispute', [u64(stack), accusing(commitment, by)], 'db join-dispute', {
    stackSmallId: stack,
    attestationCommitment: commitment,
  });

// ---------------------------------------------------------------- manager and pool

const asManager = (by: Account, name: string, args: readonly Arg[], command: string, flags: Flags): Operation =>
  call(
    by,
    name,
    (chain) => {
      const held = [...chain.view.managerBadges.values()].find(({ holder }) => holder === by.address);
      if (!held) throw new Error(`${by.name} has no manager badge`);
      return [owned(chain, held.id), ...args];
    },
    command,
    flags,
  );

export const OUTCOME_NAMES = ['convicted', 'acquitted', 'unavailable'] as const;

export const rule = (by: Account, stack: number, outcome: number): Operation =>
  asManager(by, 'rule_dispute', [u64(stack), u8(outcome)], 'db rule-dispute', {
    stackSmallId: stack,
    outcome: OUTCOME_NAMES[outcome] ?? outcome,
  });

export const setParameter = (by: Account, name: string, value: number | bigint): Operation =>
  asManager(by, `set_${name}`, [u64(value)], 'db set-config', { name: name.replaceAll('_', '-'), value });

export const setRegistration = (by: Account, open: boolean): Operation =>
  asManager(by, 'set_registration_open', [flag(open)], 'db set-registration-open', { value: open });

export const revokeManagerBadges = (by: Account): Operation =>
  asManager(by, 'revoke_manager_badges', [], 'db revoke-manager-badges', {});

export const createManagerBadge = (by: Account, to: Account): Operation =>
  asManager(by, 'create_manager_badge', [address(to.address)], 'db create-manager-badge', {
    recipient: `0x${to.address}`,
  });

export const migrate = (by: Account): Operation => asManager(by, 'migrate', [], 'db migrate', {});

export const donate = (by: Account, amount: bigint): Operation =>
  paying(by, 'donate', (_, wallet) => [wallet, u64(amount)], 'db donate', { amount });

/** Executes an operation; null when time passed or there was nothing to send. */
export const perform = (chain: Chain, operation: Operation): Outcome | null => {
  if (operation.kind === 'epochs') {
    nextEpoch(chain, operation.count);
    return null;
  }
  const commands = operation.commands(chain);
  return commands.length === 0 ? null : execute(chain, operation.by, commands);
};
