/// A package as strangers write them: collectibles with a display, a royalty rule for kiosks, a currency in the registry.
module gallery::art;

use std::string::String;
use sui::coin::Coin;
use sui::display;
use sui::dynamic_object_field as slots;
use sui::package;
use sui::sui::SUI;
use sui::transfer::Receiving;
use sui::transfer_policy::{Self as policy, TransferPolicy, TransferPolicyCap, TransferRequest};

#[error]
const ETooCheap: vector<u8> = b"The royalty is larger than this";

public struct ART has drop {}
public struct Art has key, store { id: UID, name: String, best_bid: u64 }
public struct Frame has key, store { id: UID, art: Option<Art> }
public struct Royalty has drop {}
public struct Percent has drop, store { value: u64 }

fun init(witness: ART, ctx: &mut TxContext) {
    let publisher = package::claim(witness, ctx);
    let mut shown = display::new_with_fields<Art>(
        &publisher,
        vector[b"name".to_string()],
        vector[b"Art {name}".to_string()],
        ctx,
    );
    shown.update_version();
    transfer::public_freeze_object(shown);
    transfer::public_transfer(publisher, ctx.sender());
}

public fun paint(name: String, ctx: &mut TxContext): Art {
    Art { id: object::new(ctx), name, best_bid: 0 }
}

public fun require_royalty(policy: &mut TransferPolicy<Art>, cap: &TransferPolicyCap<Art>, value: u64) {
    policy::add_rule(Royalty {}, policy, cap, Percent { value });
}

public fun pay_royalty(policy: &mut TransferPolicy<Art>, request: &mut TransferRequest<Art>, payment: Coin<SUI>) {
    let percent: &Percent = policy::get_rule(Royalty {}, policy);
    assert!(payment.value() >= request.paid() * percent.value / 100, ETooCheap);
    policy::add_to_balance(Royalty {}, policy, payment);
    policy::add_receipt(Royalty {}, request);
}

public fun frame(art: Art, ctx: &mut TxContext): Frame { Frame { id: object::new(ctx), art: option::some(art) } }
public fun unframe(frame: &mut Frame): Art { frame.art.extract() }
public fun hang(frame: &mut Frame, place: u8, art: Art) { slots::add(&mut frame.id, place, art) }
public fun take_down(frame: &mut Frame, place: u8): Art { slots::remove(&mut frame.id, place) }
public fun rename(frame: &mut Frame, place: u8, name: String) {
    slots::borrow_mut<u8, Art>(&mut frame.id, place).name = name
}
public fun accept(frame: &mut Frame, ticket: Receiving<Art>): Art { transfer::public_receive(&mut frame.id, ticket) }
