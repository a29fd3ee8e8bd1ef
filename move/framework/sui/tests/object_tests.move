#[test_only]
module sui::object_tests;

use std::unit_test::assert_eq;

public struct Thing has key, store { id: UID, n: u64 }

#[test]
fun fresh_ids_follow_from_digest_and_counter() {
    // BLAKE2b-256 of 0xf1, the digest and the counter (u64, little end first); digest 05 00 .. 00.
    let mut ctx = tx_context::new_from_hint(@0xa, 5, 0, 0, 0);
    let first = object::new(&mut ctx);
    let second = ctx.fresh_object_address();
    assert_eq!(first.to_address(), @0x8fac4aefdc1ae21c00f745605297041e0f39667844068e3757d587c8039d1e3f);
    assert_eq!(second, @0x4b91c69db001e4d18e0c79058e6b83167d016a3ff50d13f17f35d3ef9e32fe5f);
    assert_eq!(ctx.get_ids_created(), 2);
    assert_eq!(ctx.last_created_object_id(), second);
    first.delete();
}

#[test]
fun ids() {
    let mut ctx = tx_context::dummy();
    let thing = Thing { id: object::new(&mut ctx), n: 1 };
    let id = object::id(&thing);
    let address = id.to_address();
    assert_eq!(thing.id.to_inner(), id);
    assert_eq!(*thing.id.as_inner(), id);
    assert_eq!(thing.id.to_address(), address);
    assert_eq!(thing.id.to_bytes(), id.to_bytes());
    assert_eq!(*object::borrow_id(&thing), id);
    assert_eq!(object::id_address(&thing), address);
    assert_eq!(object::id_bytes(&thing), address.to_bytes());
    assert_eq!(object::id_from_bytes(id.to_bytes()), id);
    assert_eq!(object::id_from_address(address), id);
    assert_eq!(address.to_id(), id);
    assert_eq!(object::last_created(&ctx), id);
    let Thing { id, n: _ } = thing;
    id.delete();
}

#[test]
fun context() {
    let mut ctx = tx_context::create(@0xa, x"0101010101010101010101010101010101010101010101010101010101010101", 7, 1000, 0, 5, 6, 900, option::some(@0xb));
    assert_eq!(ctx.sender(), @0xa);
    assert_eq!(*ctx.digest(), x"0101010101010101010101010101010101010101010101010101010101010101");
    assert_eq!(ctx.epoch(), 7);
    assert_eq!(ctx.epoch_timestamp_ms(), 1000);
    assert_eq!(ctx.reference_gas_price(), 5);
    assert_eq!(ctx.gas_price(), 6);
    assert_eq!(ctx.gas_budget(), 900);
    assert_eq!(ctx.sponsor(), option::some(@0xb));
    ctx.increment_epoch_number();
    ctx.increment_epoch_timestamp(5);
    assert_eq!(ctx.epoch(), 8);
    assert_eq!(ctx.epoch_timestamp_ms(), 1005);
    let ctx = tx_context::create(@0xc, *ctx.digest(), 0, 0, 0, 1, 1, 1, option::none());
    assert_eq!(ctx.sponsor(), option::none());
}

#[test]
fun system_ids() {
    let (clock, random, deny) = (object::clock(), object::randomness_state(), object::sui_deny_list_object_id());
    assert_eq!(clock.to_address(), @0x6);
    assert_eq!(random.to_address(), @0x8);
    assert_eq!(deny.to_address(), @0x403);
    assert_eq!(object::sui_coin_registry_address(), @0xc);
    assert_eq!(object::sui_accumulator_root_address(), @0xacc);
    clock.delete();
    random.delete();
    deny.delete();
}
