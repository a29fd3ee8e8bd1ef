#[test_only]
module sui::token_tests;

use std::unit_test::{assert_eq, destroy};
use sui::coin::{Self, TreasuryCap};
use sui::test_scenario as ts;
use sui::token::{Self, Token, TokenPolicy, TokenPolicyCap};

public struct POINT has drop {}
public struct Rule has drop {}
public struct Limit has store { most: u64 }

fun ctx(): TxContext {
    tx_context::dummy()
}

fun made(ctx: &mut TxContext): (TreasuryCap<POINT>, TokenPolicy<POINT>, TokenPolicyCap<POINT>) {
    let treasury = coin::create_treasury_cap_for_testing(ctx);
    let (policy, cap) = token::new_policy(&treasury, ctx);
    (treasury, policy, cap)
}

#[test]
fun free_actions() {
    let ctx = &mut ctx();
    let (mut treasury, policy, cap) = made(ctx);
    let mut first = token::mint(&mut treasury, 100, ctx);
    let second = first.split(30, ctx);
    assert_eq!(first.value(), 70);
    first.join(second);
    assert_eq!(first.value(), 100);
    token::zero<POINT>(ctx).destroy_zero();
    token::burn(&mut treasury, first);
    assert_eq!(treasury.total_supply(), 0);
    destroy(treasury);
    destroy(policy);
    destroy(cap);
}

#[test]
fun spending_is_booked_and_flushed() {
    let ctx = &mut ctx();
    let (mut treasury, mut policy, cap) = made(ctx);
    policy.allow(&cap, token::spend_action(), ctx);
    let request = token::mint(&mut treasury, 40, ctx).spend(ctx);
    assert_eq!(request.spent(), option::some(40));
    let (name, amount, sender, recipient) = policy.confirm_request_mut(request, ctx);
    assert!(name == b"spend".to_string() && amount == 40 && sender == ctx.sender() && recipient.is_none());
    assert_eq!(policy.spent_balance(), 40);
    assert_eq!(policy.flush(&mut treasury, ctx), 40);
    assert_eq!(treasury.total_supply(), 0);
    destroy(treasury);
    destroy(policy);
    destroy(cap);
}

#[test]
fun to_coins_and_back_with_a_rule() {
    let ctx = &mut ctx();
    let (mut treasury, mut policy, cap) = made(ctx);
    policy.add_rule_for_action<POINT, Rule>(&cap, token::to_coin_action(), ctx);
    policy.allow(&cap, token::from_coin_action(), ctx);
    assert_eq!(policy.rules(&token::to_coin_action()).length(), 1);
    let (coin, mut request) = token::mint(&mut treasury, 5, ctx).to_coin(ctx);
    token::add_approval(Rule {}, &mut request, ctx);
    assert_eq!(request.approvals().length(), 1);
    policy.confirm_request(request, ctx);
    let (back, request) = token::from_coin(coin, ctx);
    assert!(request.action() == b"from_coin".to_string() && request.amount() == 5 && request.spent().is_none());
    policy.confirm_request(request, ctx);
    policy.remove_rule_for_action<POINT, Rule>(&cap, token::to_coin_action(), ctx);
    assert!(policy.rules(&token::to_coin_action()).is_empty());
    policy.disallow(&cap, token::to_coin_action(), ctx);
    assert!(!policy.is_allowed(&token::to_coin_action()));
    destroy(back);
    destroy(treasury);
    destroy(policy);
    destroy(cap);
}

#[test]
fun configurations() {
    let ctx = &mut ctx();
    let (treasury, mut policy, cap) = made(ctx);
    token::add_rule_config(Rule {}, &mut policy, &cap, Limit { most: 3 }, ctx);
    assert!(policy.has_rule_config<POINT, Rule>());
    assert!(policy.has_rule_config_with_type<POINT, Rule, Limit>());
    assert!(!policy.has_rule_config_with_type<POINT, Rule, u64>());
    let limit: &mut Limit = token::rule_config_mut(Rule {}, &mut policy, &cap);
    limit.most = 4;
    let limit: &Limit = token::rule_config(Rule {}, &policy);
    assert_eq!(limit.most, 4);
    let Limit { most: _ } = policy.remove_rule_config<POINT, Rule, Limit>(&cap, ctx);
    assert!(!policy.has_rule_config<POINT, Rule>());
    destroy(treasury);
    destroy(policy);
    destroy(cap);
}

#[test]
fun capabilities_confirm_without_rules() {
    let mut s = ts::begin(@0xa);
    let (mut treasury, policy, cap) = made(s.ctx());
    let request = token::mint(&mut treasury, 7, s.ctx()).transfer(@0xb, s.ctx());
    assert!(request.sender() == @0xa && request.recipient() == option::some(@0xb));
    token::confirm_with_policy_cap(&cap, request, s.ctx());
    let request = token::mint(&mut treasury, 9, s.ctx()).spend(s.ctx());
    token::confirm_with_treasury_cap(&mut treasury, request, s.ctx());
    assert_eq!(treasury.total_supply(), 7);
    policy.share_policy();
    s.next_tx(@0xb);
    let token: Token<POINT> = s.take_from_sender();
    assert_eq!(token.value(), 7);
    token.keep(s.ctx());
    let shared: TokenPolicy<POINT> = s.take_shared();
    ts::return_shared(shared);
    destroy(treasury);
    destroy(cap);
    s.end();
}

#[test, expected_failure(abort_code = 0, location = sui::token)]
fun an_action_the_policy_does_not_know() {
    let ctx = &mut ctx();
    let (mut treasury, policy, _cap) = made(ctx);
    let (_coin, request) = token::mint(&mut treasury, 5, ctx).to_coin(ctx);
    policy.confirm_request(request, ctx);
    abort 42
}

#[test, expected_failure(abort_code = 1, location = sui::token)]
fun a_rule_that_did_not_agree() {
    let ctx = &mut ctx();
    let (mut treasury, mut policy, cap) = made(ctx);
    policy.add_rule_for_action<POINT, Rule>(&cap, token::to_coin_action(), ctx);
    let (_coin, request) = token::mint(&mut treasury, 5, ctx).to_coin(ctx);
    policy.confirm_request(request, ctx);
    abort 42
}

#[test, expected_failure(abort_code = 2, location = sui::token)]
fun a_capability_of_another_policy() {
    let ctx = &mut ctx();
    let (_treasury, mut policy, _cap) = made(ctx);
    let (_other, _another, stranger) = made(ctx);
    policy.allow(&stranger, token::spend_action(), ctx);
    abort 42
}

#[test, expected_failure(abort_code = 3, location = sui::token)]
fun splitting_too_much() {
    let ctx = &mut ctx();
    let (mut treasury, _policy, _cap) = made(ctx);
    let mut token = token::mint(&mut treasury, 5, ctx);
    let _rest = token.split(6, ctx);
    abort 42
}

#[test, expected_failure(abort_code = 4, location = sui::token)]
fun destroying_value() {
    let ctx = &mut ctx();
    let (mut treasury, _policy, _cap) = made(ctx);
    token::mint(&mut treasury, 5, ctx).destroy_zero();
    abort 42
}

#[test, expected_failure(abort_code = 5, location = sui::token)]
fun spent_tokens_need_a_policy_that_takes_them() {
    let ctx = &mut ctx();
    let (mut treasury, mut policy, cap) = made(ctx);
    policy.allow(&cap, token::spend_action(), ctx);
    policy.confirm_request(token::mint(&mut treasury, 5, ctx).spend(ctx), ctx);
    abort 42
}

#[test, expected_failure(abort_code = 6, location = sui::token)]
fun a_configuration_of_another_type() {
    let ctx = &mut ctx();
    let (_treasury, mut policy, cap) = made(ctx);
    token::add_rule_config(Rule {}, &mut policy, &cap, Limit { most: 3 }, ctx);
    let _number: &u64 = token::rule_config(Rule {}, &policy);
    abort 42
}

#[test, expected_failure(abort_code = 7, location = sui::token)]
fun nothing_was_spent() {
    let ctx = &mut ctx();
    let (mut treasury, mut policy, cap) = made(ctx);
    policy.allow(&cap, token::to_coin_action(), ctx);
    let (_coin, request) = token::mint(&mut treasury, 5, ctx).to_coin(ctx);
    policy.confirm_request_mut(request, ctx);
    abort 42
}
