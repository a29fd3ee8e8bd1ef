/**
 * In which epochs what is legal. Each case lets time pass epoch by epoch and tries every call in each of them, without
 * executing it: a table from the first epoch of the case on, `-` where a call is refused, `x` where it is legal. Nothing
 * but the epoch changes, so every edge of a table is an edge of the rules.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { restoreCheckpoint, takeSnapshot } from '../../packages/localnet/src/index.ts';
import { type Account, accountOf } from './driver/accounts.ts';
import { abortOf, type Chain, closeChain, fund, nextEpoch, openChain } from './driver/chain.ts';
import { historyOf, leafOf, proofOf, voteOf } from './driver/commitments.ts';
import { must } from './driver/crowd.ts';
import * as op from './driver/operations.ts';
import { loadView } from './driver/view.ts';

const TOMA = 1_000_000_000n;
const PLAIN = 1;
const SAMPLED = 2;
const CONFIDENTIAL = 3;
const TINY = 4;
const TINY_SAMPLED = 5;
const UNITS = 1_000_000n;
const HASH = new Uint8Array(32).fill(1);
const history = historyOf('timed', UNITS);

let chain: Chain;
let start: number;
const buyer = accountOf('buyer');
const stranger = accountOf('stranger');
const owners = Array.from({ length: 8 }, (_, i) => accountOf(`owner ${i}`));
const ownerOf = (node: number | bigint): Account => owners[Number(node) - 1] as Account;

beforeAll(async () => {
  chain = await openChain('epochs');
  fund(chain, buyer, stranger, ...owners);
  must(chain, op.setParameter(chain.manager, 'attestation_probability', 1_000_000_000_000));
  for (const level of [0, 1, 2, 0, 1]) must(chain, op.createTask(chain.manager, 0, level, 0));
  for (const rich of [buyer, stranger]) must(chain, op.faucet(rich, 500n * TOMA));
  for (const [i, owner] of owners.entries()) {
    must(chain, op.faucet(owner, 200n * TOMA));
    must(chain, op.registerNode(owner));
    must(chain, op.topUp(owner, i + 1, 90n * TOMA));
    for (const task of i < 2 ? [PLAIN, SAMPLED, TINY, TINY_SAMPLED] : [PLAIN, SAMPLED])
      must(chain, op.subscribe(owner, i + 1, task, 100n, UNITS));
  }
  start = takeSnapshot(chain.ledger);
});
beforeEach(() => {
  restoreCheckpoint(chain.ledger, start);
  loadView(chain);
});
afterAll(() => closeChain(chain));

type Calls = Readonly<Record<string, () => op.Operation>>;

const legal = (operation: op.Operation): string => {
  if (operation.kind !== 'call') return '?';
  const abort = abortOf(chain, operation.by, operation.commands(chain));
  expect(abort ?? '').not.toMatch(/^nameless/);
  return abort === null ? 'x' : '-';
};

/** The legality of each call in so many epochs from now on. */
const tableOf = (calls: Calls, epochs: number): Readonly<Record<string, string>> => {
  const rows = Object.fromEntries(Object.keys(calls).map((name) => [name, '']));
  for (let epoch = 0; epoch < epochs; epoch++) {
    if (epoch > 0) nextEpoch(chain);
    for (const [name, make] of Object.entries(calls)) rows[name] += legal(make());
  }
  return rows;
};

interface Bought {
  readonly id: number;
  readonly seller: number;
  readonly by: Account;
}

const buy = (task: number): Bought => {
  must(chain, op.acquire(buyer, task, UNITS, 100n));
  const id = Number(chain.view.db.next_stack) - 1;
  const seller = Number(chain.view.stacks.get(id).node);
  return { id, seller, by: ownerOf(seller) };
};

const settlement = ({ id, seller, by }: Bought, claimed = UNITS, party = 0): op.Operation =>
  op.settle(by, seller, id, claimed, proofOf(id, history, 1), leafOf(id, history, party));

const settled = (task: number, party = 0): Bought => {
  const bought = buy(task);
  must(chain, settlement(bought, UNITS, party));
  return bought;
};

const attestation = ({ id }: Bought): op.Operation => {
  const [attester] = chain.view.tickets.get(id).attesters;
  return op.attest(ownerOf(attester), Number(attester), id, proofOf(id, history, 1), leafOf(id, history, 1));
};

const dispute = ({ id }: Bought): op.Operation => op.dispute(stranger, id, HASH);

/** What may end a stack or move it on, whatever its state. */
const endings = (bought: Bought): Calls => ({
  claim: () => op.claim(bought.by, bought.seller, [bought.id]),
  finalize: () => op.finalize(stranger, bought.id),
  own: () => op.finalize(buyer, bought.id),
  dispute: () => dispute(bought),
  redraw: () => op.redraw(stranger, bought.id),
  open: () => op.open(stranger, bought.id, history.merkleRoot, UNITS),
  expire: () => op.expire(stranger, bought.id),
  resolve: () => op.resolve(stranger, bought.id),
  second: () => op.secondJury(stranger, bought.id),
  settle: () => settlement(bought),
  reclaim: () => op.reclaim(buyer, bought.id),
});

const never = (epochs: number): string => '-'.repeat(epochs);

test('an unsettled stack: settle until it expires, reclaim and finalize from then on, nothing claimed always', () => {
  const bought = buy(PLAIN);
  const table = tableOf({ ...endings(bought), 'settle 0': () => settlement(bought, 0n) }, 17);
  const [alive, expired] = ['xxxxxxxxxxxxxx---', '--------------xxx'];
  expect(table).toEqual({
    ...Object.fromEntries(Object.keys(endings(bought)).map((name) => [name, never(17)])),
    settle: alive,
    'settle 0': 'xxxxxxxxxxxxxxxxx',
    reclaim: expired,
    finalize: expired,
    own: expired,
  });
});

test('a refund notice: the node has the epoch of the notice and the next', () => {
  const bought = buy(PLAIN);
  nextEpoch(chain, 3);
  must(chain, op.requestRefund(buyer, bought.id));
  const { settle, reclaim, finalize } = tableOf(endings(bought), 5);
  expect({ settle, reclaim, finalize }).toEqual({ settle: 'xx---', reclaim: '--xxx', finalize: '--xxx' });
});

test('a notice shortly before the expiry does not prolong a stack', () => {
  const bought = buy(PLAIN);
  nextEpoch(chain, 13);
  must(chain, op.requestRefund(buyer, bought.id));
  const { settle, reclaim } = tableOf(endings(bought), 3);
  expect({ settle, reclaim }).toEqual({ settle: 'x--', reclaim: '-xx' });
});

test('an open ticket: dispute while epoch < D, claim exactly from D, as its owner finalizes, anybody else from D + 2', () => {
  const bought = settled(PLAIN);
  const none = Object.fromEntries(Object.keys(endings(bought)).map((name) => [name, never(5)]));
  expect(tableOf(endings(bought), 5)).toEqual({
    ...none,
    dispute: 'xx---',
    claim: '--xxx',
    own: '--xxx',
    finalize: '----x',
  });
});

test('an awaiting ticket: attest and dispute while epoch < D, redraw from D, never claim', () => {
  const bought = settled(SAMPLED);
  const none = Object.fromEntries(Object.keys(endings(bought)).map((name) => [name, never(5)]));
  const table = tableOf({ ...endings(bought), attest: () => attestation(bought) }, 5);
  expect(table).toEqual({ ...none, attest: 'xx---', dispute: 'xx---', redraw: '--xxx' });
});

test('a clean ticket: as an open one', () => {
  const bought = settled(SAMPLED);
  nextEpoch(chain);
  must(chain, attestation(bought));
  const { dispute, claim, finalize, redraw } = tableOf(endings(bought), 4);
  expect({ dispute, claim, finalize, redraw }).toEqual({
    dispute: 'x---',
    claim: '-xxx',
    finalize: '---x',
    redraw: '----',
  });
});

test('a redraw opens a whole new window', () => {
  const bought = settled(SAMPLED);
  nextEpoch(chain, 4);
  must(chain, op.redraw(stranger, bought.id));
  const { attest, dispute, redraw } = tableOf({ ...endings(bought), attest: () => attestation(bought) }, 4);
  expect({ attest, dispute, redraw }).toEqual({ attest: 'xx--', dispute: 'xx--', redraw: '--xx' });
});

/** A ticket whose attester differs where no jury can be seated. */
const openRequired = (): Bought => {
  const bought = settled(TINY_SAMPLED);
  const [attester] = chain.view.tickets.get(bought.id).attesters;
  must(chain, op.attest(ownerOf(attester), Number(attester), bought.id, HASH, HASH));
  return bought;
};

test('open required: opening while epoch < D + 2, then only expiry', () => {
  const bought = openRequired();
  const none = Object.fromEntries(Object.keys(endings(bought)).map((name) => [name, never(5)]));
  expect(tableOf(endings(bought), 5)).toEqual({ ...none, open: 'xx---', expire: '--xxx' });
});

test('after an opening the rest of the window runs on', () => {
  const bought = openRequired();
  nextEpoch(chain);
  must(chain, op.open(stranger, bought.id, history.merkleRoot, UNITS));
  const { dispute, claim } = tableOf(endings(bought), 4);
  expect({ dispute, claim }).toEqual({ dispute: 'xx--', claim: '--xx' });
});

// ---------------------------------------------------------------- disputes

const SALT = new Uint8Array(32).fill(2);

const jurorsOf = ({ id }: Bought): number[] => chain.view.disputes.get(id).jurors.map(Number);

const commitment = ({ id }: Bought, juror: number): op.Operation =>
  op.commitVote(ownerOf(juror), juror, id, voteOf(id, juror, history, SALT));

const reveal = ({ id }: Bought, juror: number): op.Operation =>
  op.revealVote(ownerOf(juror), juror, id, history.merkleRoot, UNITS, SALT);

const disputed = (task: number, by = stranger): Bought => {
  const bought = settled(task);
  must(chain, op.dispute(by, bought.id, HASH));
  return bought;
};

const show = ({ id }: Bought, by = buyer): op.Operation => op.show(by, id);

const votes = (bought: Bought): Calls => {
  const [first = 0, second = 0] = jurorsOf(bought);
  return {
    ...endings(bought),
    commit: () => commitment(bought, second),
    reveal: () => reveal(bought, first),
    rule: () => op.rule(chain.manager, bought.id, 0),
    show: () => show(bought),
    'show by the challenger': () => show(bought, stranger),
    'show by the node': () => show(bought, bought.by),
  };
};

/** Every juror commits in the next epoch. */
const commitAll = (bought: Bought): void => {
  nextEpoch(chain);
  for (const juror of jurorsOf(bought)) must(chain, commitment(bought, juror));
};

test('somebody else disputed: its owner shows while epoch < X + 2; votes are committed in X + 1, and no sooner', () => {
  const { commit, reveal, ...others } = tableOf(votes(disputed(PLAIN)), 4);
  expect({ commit, reveal }).toEqual({ commit: '-x--', reveal: '----' });
  const shows = Object.entries(others).filter(([name]) => name.startsWith('show'));
  expect(shows).toEqual([
    ['show', 'xx--'],
    ['show by the challenger', '----'],
    ['show by the node', '----'],
  ]);
});

test('one vote committed in X + 1: reveal in X + 2, a second jury seated from X + 3 on', () => {
  const bought = disputed(PLAIN);
  nextEpoch(chain);
  must(chain, commitment(bought, jurorsOf(bought)[0] as number));
  const none = Object.fromEntries(Object.keys(votes(bought)).map((name) => [name, never(6)]));
  expect(tableOf(votes(bought), 6)).toEqual({
    ...none,
    commit: 'x-----',
    reveal: '-x----',
    second: '--xxxx',
    show: 'x-----',
  });
});

test('all votes committed in X + 1: revealing waits for the owner', () => {
  const bought = disputed(PLAIN);
  commitAll(bought);
  const { reveal, second } = tableOf(votes(bought), 5);
  expect({ reveal, second }).toEqual({ reveal: '-x---', second: '--xxx' });
});

test('the owner disputed itself: it shows nothing more, and revealing begins once all votes are in', () => {
  const bought = disputed(PLAIN, buyer);
  expect(tableOf(votes(bought), 1)).toMatchObject({ commit: '-', show: '-' });
  commitAll(bought);
  const { reveal, second, show } = tableOf(votes(bought), 5);
  expect({ reveal, second, show }).toEqual({ reveal: 'xx---', second: '--xxx', show: '-----' });
});

test('the owner has shown in X: it shows nothing more, and revealing begins once all votes are in', () => {
  const bought = disputed(PLAIN);
  must(chain, show(bought));
  commitAll(bought);
  const { reveal, second, show: again } = tableOf(votes(bought), 5);
  expect({ reveal, second, again }).toEqual({ reveal: 'xx---', second: '--xxx', again: '-----' });
});

test('the owner shows in X + 1: votes of before are gone, and the times begin anew', () => {
  const bought = disputed(PLAIN);
  commitAll(bought);
  must(chain, show(bought));
  const { commit, reveal, second } = tableOf(votes(bought), 5);
  expect({ commit, reveal, second }).toEqual({ commit: '-x---', reveal: '-----', second: '--xxx' });
});

test('all votes revealed: resolved at once', () => {
  const bought = disputed(PLAIN);
  commitAll(bought);
  nextEpoch(chain);
  for (const juror of jurorsOf(bought)) must(chain, reveal(bought, juror));
  expect(tableOf(votes(bought), 1)).toMatchObject({ resolve: 'x', second: '-', claim: '-', finalize: '-', show: '-' });
});

test('a second jury votes: the owner shows nothing more', () => {
  const bought = disputed(PLAIN);
  nextEpoch(chain, 2);
  must(chain, op.secondJury(stranger, bought.id));
  const calls = { show: () => show(bought) };
  expect(tableOf(calls, 2)).toEqual({ show: '--' });
});

test('nobody commits: a second jury when the commit phase ends, and then the same until its end', () => {
  const bought = disputed(PLAIN);
  expect(tableOf(endings(bought), 3)).toMatchObject({ resolve: '---', second: '--x' });
  nextEpoch(chain, 2);
  must(chain, op.secondJury(stranger, bought.id));
  const seated = chain.view.disputes.get(bought.id).first_jury.length > 0;
  expect(tableOf(endings(bought), 3)).toMatchObject({ resolve: seated ? '--x' : 'xxx', second: '---' });
});

test('without a jury: the manager rules while epoch < X + 2, then anyone resolves', () => {
  const bought = disputed(TINY);
  expect(jurorsOf(bought)).toEqual([]);
  const rule = () => op.rule(chain.manager, bought.id, 0);
  expect(tableOf({ ...endings(bought), rule }, 4)).toMatchObject({ rule: 'xx--', resolve: '--xx', claim: '----' });
});

test('without a jury: two epochs more for the manager where the owner shows something', () => {
  const bought = disputed(TINY);
  nextEpoch(chain);
  must(chain, show(bought));
  const rule = () => op.rule(chain.manager, bought.id, 0);
  expect(tableOf({ ...endings(bought), rule }, 4)).toMatchObject({ rule: 'xx--', resolve: '--xx' });
});

// ---------------------------------------------------------------- tasks and nodes

test('a deprecated task is sold for two more epochs and can then be removed', () => {
  must(chain, op.deprecateTask(chain.manager, PLAIN));
  const calls = {
    remove: () => op.removeTask(chain.manager, PLAIN),
    buy: () => op.acquire(buyer, PLAIN, UNITS, 100n),
    unsubscribe: () => op.unsubscribe(ownerOf(1), 1, PLAIN),
  };
  expect(tableOf(calls, 4)).toEqual({ remove: '--xx', buy: 'xx--', unsubscribe: 'xxxx' });
});

test('stake leaves after six epochs, by withdrawal or by retiring', () => {
  must(chain, op.requestWithdrawal(ownerOf(1), 1, TOMA));
  must(chain, op.disableNode(ownerOf(2), 2));
  const calls = {
    withdraw: () => op.withdrawCollateral(ownerOf(1), 1),
    destroy: () => op.destroyNode(ownerOf(2), 2),
  };
  expect(tableOf(calls, 8)).toEqual({ withdraw: '------xx', destroy: '------xx' });
});

test('a key is fresh for thirty epochs', () => {
  must(chain, op.setKey(ownerOf(1), 1, HASH));
  const subscribe = () => op.subscribe(ownerOf(1), 1, CONFIDENTIAL, 100n, UNITS);
  expect(tableOf({ subscribe }, 32)).toEqual({ subscribe: `${'x'.repeat(30)}--` });
  must(chain, op.setKey(ownerOf(1), 1, HASH));
  must(chain, subscribe());
  const purchase = () => op.acquire(buyer, CONFIDENTIAL, UNITS, 100n);
  expect(tableOf({ purchase }, 32)).toEqual({ purchase: `${'x'.repeat(30)}--` });
});

test('the faucet gives its limit once an epoch', () => {
  must(chain, op.faucet(stranger, 500n * TOMA));
  expect(tableOf({ faucet: () => op.faucet(stranger, 1n) }, 2)).toEqual({ faucet: '-x' });
});
