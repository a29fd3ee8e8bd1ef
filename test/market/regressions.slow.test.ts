/**
 * Every known fault of earlier designs and every known attack has its Move tests; here is the list, and that each of them
 * is there and passes. What Move tests cannot express is shown on the ledger below.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ledgerVm } from '../../packages/localnet/src/index.ts';
import { compileWithTests, sourcesOf, testsOf } from '../../packages/move-engine/src/testing/move-tests.ts';
import type { MovePackage } from '../../packages/move-engine/src/types.ts';
import { createTestRunner, isExpected } from '../../packages/move-engine/src/unit-tests/index.ts';
import { compileSources, packages } from '../../tools/move/src/index.ts';
import { accountOf } from './driver/accounts.ts';
import { type Chain, closeChain, dbCall, execute, fund, openChain, owned, randomness } from './driver/chain.ts';
import { must } from './driver/crowd.ts';
import * as op from './driver/operations.ts';
import { type Command, u64 } from './driver/transaction.ts';

/** Faults of earlier public designs of this market. */
const REGRESSIONS: Readonly<Record<string, readonly string[]>> = {
  'an unsubscribe killed the task for ever': ['an_unsubscribe_does_not_kill_the_task'],
  'a disputed ticket stayed frozen for ever': ['a_disputed_ticket_does_not_stay_frozen'],
  'any node could freeze any ticket': [
    'no_node_can_freeze_a_ticket_it_was_not_drawn_for',
    'freezing_a_ticket_costs_a_bond_that_an_honest_node_earns',
  ],
  'a user could not dispute': ['a_user_can_dispute'],
  'attesters were paid with other users’ escrow': ['attesters_are_not_paid_with_other_users_escrow'],
  'the selected node attested itself and was paid twice': ['the_selected_node_is_never_its_own_attester'],
  'one node was drawn twice': ['no_node_is_drawn_twice'],
  'attesting twice froze the ticket': ['attesting_again_does_not_freeze_the_ticket'],
  'removing a task stranded stacks': [
    'a_deprecated_task_does_not_strand_its_stacks',
    'a_task_with_open_stacks_is_not_removed',
  ],
  'destroying a node stranded stacks': ['a_node_cannot_be_destroyed_under_its_stacks'],
  'changing a setting after purchase made claims abort': [
    'settings_changed_after_the_purchase_do_not_touch_it',
    'a_stack_keeps_the_window_phase_and_life_it_was_bought_under',
  ],
  'a silent node left the buyer without refund': ['a_silent_node_does_not_keep_the_buyers_money'],
  'a silent attester let any result through': ['a_silent_attester_does_not_let_a_result_through'],
  'attest and claim were both legal in the last epoch': ['in_no_epoch_are_attest_and_claim_both_legal'],
  'the coin flip could be dodged by gas budget': ['the_coin_flip_cannot_be_told_by_its_cost'],
  'resubscribing raised the chance to be drawn': ['resubscribing_does_not_raise_the_chance_to_be_drawn'],
  'slashing faded to nothing': ['slashing_does_not_fade'],
  'price times units overflowed': [
    'large_but_real_prices_do_not_overflow',
    'prices_beyond_64_bits_are_named',
    'bonds_beyond_64_bits_are_named',
  ],
  'purchase on a deprecated task': ['nothing_is_bought_on_a_deprecated_task'],
  'one bad id in a claim batch gave a nameless abort': [
    'an_unknown_id_in_a_batch_is_named',
    'a_repeated_id_in_a_batch_is_named',
    'an_unsettled_id_in_a_batch_is_named',
    'another_nodes_id_in_a_batch_is_named',
    'a_disputed_id_in_a_batch_is_named',
  ],
  'one faucet call of 2^64-2 blocked the faucet': ['one_huge_call_cannot_block_the_faucet'],
};

/** Attacks on this design. */
const ATTACKS: Readonly<Record<string, readonly string[]>> = {
  'honest root with inflated claim': [
    'an_honest_root_with_an_inflated_claim_is_convicted',
    'an_attester_that_counts_fewer_units_disputes_with_the_same_root',
  ],
  'late redraw to skip sampling': [
    'a_late_redraw_does_not_skip_sampling',
    'waiting_does_not_replace_the_attestation',
    'a_wrong_leaf_does_not_take_the_buyers_time_to_dispute',
  ],
  'burned StackBadge to lock a bond': ['a_burned_badge_does_not_lock_a_bond'],
  'dispute in a tiny task to get free compute': [
    'a_dispute_in_a_tiny_task_is_no_free_compute',
    'a_dispute_without_a_majority_is_no_free_compute',
    'an_attester_nobody_asked_is_a_challenger_like_any_other',
  ],
  'buyer, node and attester in one hand draining the pool': [
    'one_hand_does_not_drain_the_pool',
    'no_setting_pays_attesters_more_than_the_surcharge',
  ],
  'purchases that lock all competitors’ stake': [
    'locked_competitors_can_still_attest_and_free_themselves',
    'the_last_quarter_of_a_stake_is_never_bonded',
  ],
  'self-challenge to shield a liar': [
    'a_self_challenge_does_not_shield_a_liar',
    'a_self_challenge_in_a_tiny_task_costs_the_fee_it_was_to_save',
    'a_self_challenge_does_not_replace_an_opening',
  ],
  'an accomplice that disputes first and shows nothing': [
    'an_accomplice_that_disputes_first_does_not_keep_the_owners_receipts_from_the_jury',
    'what_was_voted_before_does_not_count',
    'votes_are_not_revealed_while_the_owner_may_add_evidence_even_if_all_are_in',
    'a_stranger_adds_nothing',
    'the_owner_adds_once',
    'an_owner_that_was_wrong_pays_for_its_own_rows',
  ],
  'silence cheaper than disputing': [
    'silence_costs_more_than_an_honest_dispute',
    'saying_unavailable_costs_no_more_than_silence',
  ],
  'dust disputes to slash jurors': ['a_dust_dispute_pays_its_jurors', 'a_stack_too_small_for_a_jury_is_not_sold'],
  'selling a badge and keeping the refund': [
    'a_seller_of_a_badge_does_not_keep_the_refund',
    'a_reclaim_pays_the_holder_of_the_badge',
    'a_badge_of_an_ended_stack_is_worthless',
  ],
  'dead slots': ['nodes_that_leave_leave_no_slots_behind'],
  'withdrawal queued as standing escape': [
    'a_queued_withdrawal_backs_no_bond',
    'a_queued_withdrawal_does_not_escape_a_slash',
  ],
  'reputation farming': [
    'reputation_cannot_be_farmed_faster_than_one_point_an_epoch',
    'returned_stacks_give_no_reputation',
  ],
};

describe('Move tests of every known fault and attack', () => {
  const verdicts = new Map<string, string>();

  beforeAll(async () => {
    const compiled = new Map<string, MovePackage>();
    for (const { name } of packages) compiled.set(name, await compileWithTests(name));
    const run = createTestRunner([...compiled.values()]);
    const everything = packages.map(({ name }) => sourcesOf(name)).join('\n');
    const listed = new Set([...Object.values(REGRESSIONS), ...Object.values(ATTACKS)].flat());
    for (const name of compiled.keys())
      for (const one of testsOf(name).filter((each) => listed.has(each.name))) {
        const result = run(compiled.get(name) as MovePackage, one);
        const verdict = isExpected(one, result, everything) ? 'passed' : result.ok ? 'returned' : result.message;
        verdicts.set(one.name, verdicts.has(one.name) ? 'two tests of this name' : verdict);
      }
  });

  test.each([...Object.entries(REGRESSIONS), ...Object.entries(ATTACKS)])('%s', (_, names) => {
    expect(names.map((name) => `${name}: ${verdicts.get(name) ?? 'missing'}`)).toEqual(
      names.map((name) => `${name}: passed`),
    );
  });
});

describe('what only a ledger can show', () => {
  const UNITS = 1_000_000n;
  const HASH = new Uint8Array(32).fill(1);
  const [buyer, owner] = [accountOf('buyer'), accountOf('owner')];
  let chain: Chain;

  beforeAll(async () => {
    chain = await openChain('rules');
    fund(chain, buyer, owner);
    must(chain, op.createTask(chain.manager, 0, 1, 0));
    for (const account of [buyer, owner]) must(chain, op.faucet(account, 1_000_000_000_000n));
    must(chain, op.registerNode(owner));
    must(chain, op.topUp(owner, 1, 100_000_000_000n));
    must(chain, op.subscribe(owner, 1, 1, 100n, UNITS));
  });
  afterAll(() => closeChain(chain));

  const commandsOf = (operation: op.Operation): readonly Command[] =>
    operation.kind === 'call' ? operation.commands(chain) : [];
  const purchase = (): readonly Command[] => commandsOf(op.acquire(buyer, 1, UNITS, 100n));
  const refused = (code: string) => expect.objectContaining({ code });
  const stacks = (): number => chain.view.stacks.size;

  test('a draw cannot be inspected by the transaction that made it: nothing but transfers and merges may follow', () => {
    const before = stacks();
    const look = dbCall(chain, 'read_node', [u64(1)]);
    expect(() => execute(chain, buyer, [...purchase(), look])).toThrowError(refused('LEDGER_AFTER_RANDOM'));
    const settle = commandsOf(op.settle(owner, 1, 1, UNITS, HASH, HASH));
    const ticket = dbCall(chain, 'ticket_state', [u64(1)]);
    expect(() => execute(chain, owner, [...settle, ticket])).toThrowError(refused('LEDGER_AFTER_RANDOM'));
    expect(stacks()).toBe(before);
  });

  test('one draw for each transaction: two purchases, or one and a settlement, are refused', () => {
    const settle = commandsOf(op.settle(owner, 1, 1, UNITS, HASH, HASH));
    expect(() => execute(chain, buyer, [...purchase(), ...purchase()])).toThrowError(refused('LEDGER_AFTER_RANDOM'));
    expect(() => execute(chain, owner, [...settle, ...settle])).toThrowError(refused('LEDGER_AFTER_RANDOM'));
  });

  test('reading rows that no draw loads is allowed before the draw', () => {
    const look = dbCall(chain, 'current_terms', [u64(1)]);
    expect(execute(chain, buyer, [look, dbCall(chain, 'has_node', [u64(1)]), ...purchase()]).abort).toBeNull();
  });

  test('a draw cannot be warmed up: after a call that loaded nodes or subscriptions it is refused', () => {
    must(chain, op.acquire(buyer, 1, UNITS, 100n));
    const stack = Number(chain.view.db.next_stack) - 1;
    const settle = op.settle(owner, 1, stack, UNITS, HASH, HASH);
    const warm = commandsOf(op.updateSubscription(owner, 1, 1, 100n, UNITS));
    expect(execute(chain, owner, [...warm, ...commandsOf(settle)]).abort).toBe('EDrawNotFirst');
    must(chain, settle);
  });

  test('a draw without the randomness object, or with another object in its place, is refused', () => {
    const wallet = owned(chain, [...(chain.view.wallets.get(buyer.address)?.keys() ?? [])][0] as string);
    const args = [wallet, u64(1), u64(UNITS), u64(100)];
    const before = stacks();
    for (const last of [[], [owned(chain, chain.ids.package)], [u64(8)]]) {
      const attempt = (): string | null => {
        try {
          return execute(chain, buyer, [dbCall(chain, 'acquire_new_stack_entry', [...args, ...last])]).abort;
        } catch (thrown) {
          return String((thrown as { code?: string }).code);
        }
      };
      expect(attempt()).not.toBeNull();
    }
    expect(stacks()).toBe(before);
    expect(randomness(chain)).toMatchObject({ mutable: false });
  });

  const DRAWS = [
    'acquire_new_stack_entry',
    'try_settle_stack',
    'submit_stack_settlement_attestation',
    'start_attestation_dispute',
    'redraw_attesters',
    'seat_second_jury',
  ];

  test('no other package can call a draw: each is entry and not public', () => {
    const vm = ledgerVm(chain.ledger);
    const modules = vm.moduleInfo(chain.ids.package, 'db');
    const takers = (modules?.functions ?? []).filter((name) =>
      vm
        .functionInfo(chain.ids.package, 'db', name)
        ?.parameters.some(({ body }) => body.kind === 'datatype' && body.name === 'Random'),
    );
    expect([...takers].sort()).toEqual([...DRAWS].sort());
    for (const name of takers)
      expect(vm.functionInfo(chain.ids.package, 'db', name)).toMatchObject({ visibility: 'private', isEntry: true });
  });

  test('a wrapper that aborts on an unwelcome draw does not compile', async () => {
    const wrapper = `module picky::picky;
      use atoma::db::AtomaDb; use sui::coin::Coin; use sui::random::Random; use toma::toma::TOMA;
      entry fun buy(db: &mut AtomaDb, wallet: &mut Coin<TOMA>, random: &Random, ctx: &mut TxContext) {
        atoma::db::acquire_new_stack_entry(db, wallet, 1, 1000000, 100, random, ctx);
        assert!(db.stack(1).node() == 7, 0);
      }`;
    const sources = { 'sources/picky.move': wrapper };
    const addresses = { picky: '0x0' };
    await expect(compileSources({ name: 'picky', sources, addresses, dependencies: ['atoma'] })).rejects.toMatchObject({
      code: 'MOVE_COMPILE',
      message: expect.stringMatching(/acquire_new_stack_entry/),
    });
  });

  test('a budget that pays for an undrawn settlement pays for a drawn one', () => {
    // Equal cost is shown in gas.test.ts for every path; here the least budget that suffices is found and used up.
    const settle = (): readonly Command[] => {
      const stack = Number(chain.view.db.next_stack) - 1;
      return commandsOf(op.settle(owner, 1, stack, UNITS, HASH, HASH));
    };
    const needed = [0, 1_000].map((probability) => {
      must(chain, op.setParameter(chain.manager, 'attestation_probability', probability));
      expect(execute(chain, buyer, purchase()).abort).toBeNull();
      const { record, abort } = execute(chain, owner, settle());
      expect(abort).toBeNull();
      const { computationCost, storageCost } = record.effects.gasUsed;
      return computationCost + storageCost;
    });
    expect(needed[0]).toBe(needed[1]);
  });
});
