module demo::probe;

use std::string::String;

public struct Token has copy {}
public struct Hot {}
public struct Solid has store { n: u64 }
public struct Copies<phantom T: copy> has copy, drop, store {}
public struct Card has key, store { id: UID, name: String, n: u64 }
public struct Pot has key, store { id: UID }

public fun copy_and_borrow(_: u64, x: &mut u64) { *x = 2 }
public fun borrow_and_copy(x: &mut u64, y: u64) { *x = y }
public fun borrow_between(_: u64, x: &mut u64, _: u64) { *x = 3 }
public fun both_mutable(_: &mut u64, _: &mut u64) {}
public fun mutable_first(_: &mut u64, _: &u64) {}
public fun mutable_last(_: &u64, _: &mut u64) {}
public fun both_shared(a: &u64, b: &u64): u64 { *a + *b }
public fun contexts(_: &mut TxContext, _: &mut TxContext) {}
public fun readers(_: &TxContext, _: &TxContext) {}

public fun token(): Token { Token {} }
public fun look(_: &Token) {}
public fun spend(token: Token) { let Token {} = token; }

public fun hot(_: u64): Hot { Hot {} }
public fun heat(_: &u8): Hot { Hot {} }
public fun cool(hot: Hot) { let Hot {} = hot; }
entry fun quiet(_: u64) {}
public fun any<T>() {}
public fun droppable<T: drop>() {}

public fun card(ctx: &mut TxContext): Card { Card { id: object::new(ctx), name: b"ace".to_string(), n: 7 } }
public fun name(card: &Card): &String { &card.name }
public fun both(card: &mut Card): (&u64, &String) { (&card.n, &card.name) }
public fun number(card: &mut Card): &mut u64 { &mut card.n }
public fun set(n: &mut u64, to: u64) { *n = to }
public fun length(name: &String): u64 { name.length() }
public fun bury(card: Card) { let Card { id, name: _, n: _ } = card; id.delete() }

public fun take(card: &mut Card, got: transfer::Receiving<Card>): Card { transfer::public_receive(&mut card.id, got) }
public fun take_pot(card: &mut Card, got: transfer::Receiving<Pot>): Pot {
    transfer::public_receive(&mut card.id, got)
}
public fun value(card: &Card): u64 { card.n }
public fun note(card: &mut Card, n: u64) {
    if (sui::dynamic_field::exists_(&card.id, b"n")) { *sui::dynamic_field::borrow_mut(&mut card.id, b"n") = n }
    else sui::dynamic_field::add(&mut card.id, b"n", n)
}
public fun noted(card: &Card): u64 { *sui::dynamic_field::borrow(&card.id, b"n") }

public enum Wide has copy, drop, store { A(u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8), B }
public enum Wider has copy, drop, store { A(Wide, Wide, Wide, Wide, Wide, Wide, Wide), B(Wide, Wide, Wide, Wide) }
public enum Widest has copy, drop, store { A(Wider, Wider, Wider, Wider), B }
public struct Barrel has key, store { id: UID, inside: Widest }
public fun make_widest(): Widest { Widest::B }
public fun emit_wider() { sui::event::emit(Wider::B(Wide::B, Wide::B, Wide::B, Wide::B)) }
public fun emit_widest() { sui::event::emit(Widest::B) }
public fun keep_widest(ctx: &mut TxContext): Barrel { Barrel { id: object::new(ctx), inside: Widest::B } }

public fun pot(ctx: &mut TxContext) { transfer::public_share_object(Pot { id: object::new(ctx) }) }
public fun break_all(mut pots: vector<Pot>) {
    while (!pots.is_empty()) { let Pot { id } = pots.pop_back(); id.delete() };
    pots.destroy_empty()
}
public fun first(mut pots: vector<Pot>): Pot { let pot = pots.pop_back(); pots.destroy_empty(); pot }
public fun share_again(pot: Pot) { transfer::public_share_object(pot) }

public struct Purse has key, store { id: UID, coin: sui::coin::Coin<sui::sui::SUI> }
public fun purse(coin: sui::coin::Coin<sui::sui::SUI>, ctx: &mut TxContext): Purse { Purse { id: object::new(ctx), coin } }
public fun purse_coin(purse: &mut Purse): &mut sui::coin::Coin<sui::sui::SUI> { &mut purse.coin }
public fun purse_seen(purse: &Purse): &sui::coin::Coin<sui::sui::SUI> { &purse.coin }
public fun parts(card: &mut Card): (&mut u64, &mut String) { (&mut card.n, &mut card.name) }
public fun mixed(card: &mut Card): (&mut u64, &String) { (&mut card.n, &card.name) }
public fun again(n: &mut u64): &mut u64 { n }
public fun view(n: &u64): &u64 { n }
public fun of_first(a: &mut u64, _: &u64): &mut u64 { a }
public fun of_either(a: &mut u64, b: &u64): &u64 { if (*a > *b) a else b }
public fun note_by(card: &mut Card, n: &mut u64) { card.n = *n }
public fun solid(n: u64): Solid { Solid { n } }
public fun melt(solid: Solid) { let Solid { n: _ } = solid; }
public fun sink(pot: Pot, _: u64) { let Pot { id } = pot; id.delete() }
public fun sink_all(pots: vector<Pot>, _: u64) { break_all(pots) }
public fun touch(_: &mut Pot, _: u64) {}
