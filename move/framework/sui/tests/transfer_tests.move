#[test_only]
module sui::transfer_tests;

use std::unit_test::{assert_eq, destroy};
use sui::event;
use sui::party;
use sui::test_scenario as ts;
use sui::transfer::Receiving;

public struct Thing has key, store { id: UID, n: u64 }
public struct Note has copy, drop { n: u64 }

fun thing(n: u64, ctx: &mut TxContext): Thing {
    Thing { id: object::new(ctx), n }
}

#[test]
fun owned() {
    let mut s = ts::begin(@0xa);
    let first = thing(1, s.ctx());
    let id = object::id(&first);
    transfer::transfer(first, @0xb);
    assert!(!ts::has_most_recent_for_address<Thing>(@0xb));
    let effects = s.next_tx(@0xb);
    assert_eq!(effects.created(), vector[id]);
    assert_eq!(effects.transferred_to_account()[&id], @0xb);
    assert_eq!(s.num_concluded_txes(), 1);
    assert!(s.has_most_recent_for_sender<Thing>() && !ts::has_most_recent_for_address<Thing>(@0xa));
    assert_eq!(s.most_recent_id_for_sender<Thing>(), option::some(id));
    let taken: Thing = s.take_from_sender();
    assert_eq!(taken.n, 1);
    transfer::public_transfer(taken, @0xc);
    s.next_tx(@0xc);
    let Thing { id: uid, n: _ } = s.take_from_address_by_id(@0xc, id);
    uid.delete();
    let effects = s.end();
    assert_eq!(effects.deleted(), vector[id]);
}

#[test]
fun shared_and_frozen() {
    let mut s = ts::begin(@0xa);
    let (a, b) = (thing(1, s.ctx()), thing(2, s.ctx()));
    let (a_id, b_id) = (object::id(&a), object::id(&b));
    transfer::share_object(a);
    transfer::freeze_object(b);
    let effects = s.next_tx(@0xb);
    assert_eq!(effects.shared(), vector[a_id]);
    assert_eq!(effects.frozen(), vector[b_id]);
    assert!(ts::has_most_recent_shared<Thing>() && ts::has_most_recent_immutable<Thing>());
    s.with_shared!<Thing>(|shared, _| shared.n = 5);
    let frozen: Thing = s.take_immutable();
    assert_eq!(frozen.n, 2);
    ts::return_immutable(frozen);
    let effects = s.next_tx(@0xc);
    assert_eq!(effects.shared(), vector[a_id]);
    assert!(effects.written().contains(&b_id));
    let shared = s.take_shared_by_id<Thing>(a_id);
    assert_eq!(shared.n, 5);
    ts::return_shared(shared);
    transfer::public_share_object(thing(3, s.ctx()));
    transfer::public_freeze_object(thing(4, s.ctx()));
    s.end();
}

#[test, expected_failure(abort_code = 0, location = sui::transfer)]
fun share_an_old_object() {
    let mut s = ts::begin(@0xa);
    transfer::transfer(thing(1, s.ctx()), @0xa);
    s.next_tx(@0xa);
    transfer::share_object(s.take_from_sender<Thing>());
    abort 42
}

#[test]
fun sent_to_an_object() {
    let mut s = ts::begin(@0xa);
    let mut parent = thing(1, s.ctx());
    let parent_id = object::id(&parent);
    let (first, second) = (thing(2, s.ctx()), thing(3, s.ctx()));
    let (first_id, second_id) = (object::id(&first), object::id(&second));
    transfer::public_transfer(first, parent_id.to_address());
    transfer::transfer(second, parent_id.to_address());
    s.next_tx(@0xa);
    let ticket: Receiving<Thing> = ts::most_recent_receiving_ticket(&parent_id);
    assert_eq!(ticket.receiving_object_id(), second_id);
    let received = transfer::receive(&mut parent.id, ticket);
    assert_eq!(received.n, 3);
    let other = transfer::public_receive(&mut parent.id, ts::receiving_ticket_by_id<Thing>(first_id));
    assert_eq!(other.n, 2);
    transfer::public_transfer(received, @0xb);
    transfer::public_transfer(other, @0xb);
    s.next_tx(@0xb);
    assert_eq!(s.ids_for_sender<Thing>().length(), 2);
    destroy(parent);
    s.end();
}

#[test]
fun an_unused_ticket_goes_back() {
    let mut s = ts::begin(@0xa);
    let parent = thing(1, s.ctx());
    let parent_id = object::id(&parent);
    transfer::transfer(thing(2, s.ctx()), parent_id.to_address());
    s.next_tx(@0xa);
    let ticket: Receiving<Thing> = ts::most_recent_receiving_ticket(&parent_id);
    ts::return_receiving_ticket(ticket);
    s.next_tx(@0xa);
    assert!(ts::has_most_recent_for_address<Thing>(parent_id.to_address()));
    destroy(parent);
    s.end();
}

#[test, expected_failure(abort_code = 3, location = sui::transfer)]
fun receive_what_another_owns() {
    let mut s = ts::begin(@0xa);
    let (mut a, b) = (thing(1, s.ctx()), thing(2, s.ctx()));
    transfer::transfer(thing(3, s.ctx()), object::id_address(&b));
    s.next_tx(@0xa);
    let ticket = ts::most_recent_receiving_ticket<Thing>(&object::id(&b));
    destroy(transfer::receive(&mut a.id, ticket));
    abort 42
}

#[test]
fun parties() {
    let p = party::single_owner(@0xa);
    assert!(p.is_single_owner());
    let (default, members, permissions) = p.into_native();
    assert_eq!(default, 0);
    assert_eq!(members, vector[@0xa]);
    assert_eq!(permissions, vector[15]);
}

#[test]
fun events() {
    let mut s = ts::begin(@0xa);
    event::emit(Note { n: 1 });
    event::emit(Note { n: 2 });
    assert_eq!(event::num_events(), 2);
    assert_eq!(event::events_by_type<Note>(), vector[Note { n: 1 }, Note { n: 2 }]);
    let effects = s.next_tx(@0xa);
    assert_eq!(effects.num_user_events(), 2);
    assert_eq!(event::num_events(), 0);
    s.end();
}

#[test]
fun epochs() {
    let mut s = ts::begin(@0xa);
    s.next_epoch(@0xb);
    assert_eq!(s.sender(), @0xb);
    assert_eq!(s.ctx().epoch(), 1);
    s.later_epoch(1000, @0xc);
    assert_eq!(s.ctx().epoch(), 2);
    assert_eq!(s.ctx().epoch_timestamp_ms(), 1000);
    s.next_tx(@0xc);
    assert_eq!(s.ctx().epoch(), 2);
    assert_eq!(s.ctx().epoch_timestamp_ms(), 1000);
    s.end();
}

#[test, expected_failure(abort_code = 3, location = sui::test_scenario)]
fun take_what_is_not_there() {
    let s = ts::begin(@0xa);
    destroy(s.take_from_sender<Thing>());
    abort 42
}
