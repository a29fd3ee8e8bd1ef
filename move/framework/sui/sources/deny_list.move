/// Addresses that may not use a regulated currency: the shared object 0x403.
module sui::deny_list;

use sui::bag::{Self, Bag};
use sui::config::{Self, Config};
use sui::dynamic_object_field as ofield;
use sui::table::{Self, Table};
use sui::vec_set::{Self, VecSet};

/// The caller is not the system.
const ENotSystemAddress: u64 = 0;
/// The address is not on the list.
const ENotDenied: u64 = 1;
/// Packages and objects of the system cannot be denied anything.
const EInvalidAddress: u64 = 1;

const COIN_INDEX: u64 = 0;
/// Well-known packages and objects.
const RESERVED: vector<address> = vector[@0x0, @0x1, @0x2, @0x3, @0x403, @0xDEE9];

public struct DenyList has key {
    id: UID,
    /// First form of the list, by kind of asset.
    lists: Bag,
}

/// Right to write the per-type settings; never leaves this module.
public struct ConfigWriteCap() has drop;

/// Name of the settings of one type.
public struct ConfigKey has copy, drop, store {
    per_type_index: u64,
    per_type_key: vector<u8>,
}

/// Setting: is the address denied?
public struct AddressKey(address) has copy, drop, store;

/// Setting: is everyone denied?
public struct GlobalPauseKey() has copy, drop, store;

public struct PerTypeConfigCreated has copy, drop, store {
    key: ConfigKey,
    config_id: ID,
}

public(package) fun v2_add(
    deny_list: &mut DenyList,
    per_type_index: u64,
    per_type_key: vector<u8>,
    addr: address,
    ctx: &mut TxContext,
) {
    let config = deny_list.config_or_new!(per_type_index, per_type_key, ctx);
    set_true(config, AddressKey(addr), ctx);
}

public(package) fun v2_remove(
    deny_list: &mut DenyList,
    per_type_index: u64,
    per_type_key: vector<u8>,
    addr: address,
    ctx: &mut TxContext,
) {
    let config = deny_list.config_or_new!(per_type_index, per_type_key, ctx);
    config.remove_for_next_epoch<_, AddressKey, bool>(&mut ConfigWriteCap(), AddressKey(addr), ctx);
}

public(package) fun v2_contains_current_epoch(
    deny_list: &DenyList,
    per_type_index: u64,
    per_type_key: vector<u8>,
    addr: address,
    ctx: &TxContext,
): bool {
    if (!deny_list.has_config(per_type_index, per_type_key)) return false;
    let config = deny_list.borrow_config(per_type_index, per_type_key);
    config::read_setting(object::id(config), AddressKey(addr), ctx).destroy_or!(false)
}

public(package) fun v2_contains_next_epoch(
    deny_list: &DenyList,
    per_type_index: u64,
    per_type_key: vector<u8>,
    addr: address,
): bool {
    if (!deny_list.has_config(per_type_index, per_type_key)) return false;
    let config = deny_list.borrow_config(per_type_index, per_type_key);
    config.read_setting_for_next_epoch(AddressKey(addr)).destroy_or!(false)
}

public(package) fun v2_enable_global_pause(
    deny_list: &mut DenyList,
    per_type_index: u64,
    per_type_key: vector<u8>,
    ctx: &mut TxContext,
) {
    let config = deny_list.config_or_new!(per_type_index, per_type_key, ctx);
    set_true(config, GlobalPauseKey(), ctx);
}

public(package) fun v2_disable_global_pause(
    deny_list: &mut DenyList,
    per_type_index: u64,
    per_type_key: vector<u8>,
    ctx: &mut TxContext,
) {
    let config = deny_list.config_or_new!(per_type_index, per_type_key, ctx);
    config.remove_for_next_epoch<_, GlobalPauseKey, bool>(&mut ConfigWriteCap(), GlobalPauseKey(), ctx);
}

public(package) fun v2_is_global_pause_enabled_current_epoch(
    deny_list: &DenyList,
    per_type_index: u64,
    per_type_key: vector<u8>,
    ctx: &TxContext,
): bool {
    if (!deny_list.has_config(per_type_index, per_type_key)) return false;
    let config = deny_list.borrow_config(per_type_index, per_type_key);
    config::read_setting(object::id(config), GlobalPauseKey(), ctx).destroy_or!(false)
}

public(package) fun v2_is_global_pause_enabled_next_epoch(
    deny_list: &DenyList,
    per_type_index: u64,
    per_type_key: vector<u8>,
): bool {
    if (!deny_list.has_config(per_type_index, per_type_key)) return false;
    let config = deny_list.borrow_config(per_type_index, per_type_key);
    config.read_setting_for_next_epoch(GlobalPauseKey()).destroy_or!(false)
}

/// Moves the addresses of the first form over; all count from the next epoch on.
public(package) fun migrate_v1_to_v2(
    deny_list: &mut DenyList,
    per_type_index: u64,
    per_type_key: vector<u8>,
    ctx: &mut TxContext,
) {
    let list: &mut PerTypeList = &mut deny_list.lists[per_type_index];
    let elements = if (!list.denied_addresses.contains(per_type_key)) vector[]
    else list.denied_addresses.remove(per_type_key).into_keys();
    elements.do_ref!(|addr| list.forget(*addr));
    let config = deny_list.config_or_new!(per_type_index, per_type_key, ctx);
    elements.do!(|addr| set_true(config, AddressKey(addr), ctx));
}

fun set_true<Name: copy + drop + store>(
    config: &mut Config<ConfigWriteCap>,
    name: Name,
    ctx: &mut TxContext,
) {
    if (config.exists_with_type_for_next_epoch<_, Name, bool>(name, ctx)) {
        *config.borrow_for_next_epoch_mut<_, Name, bool>(&mut ConfigWriteCap(), name, ctx) = true
    } else {
        config.add_for_next_epoch(&mut ConfigWriteCap(), name, true, ctx);
    }
}

fun has_config(deny_list: &DenyList, per_type_index: u64, per_type_key: vector<u8>): bool {
    ofield::exists_(&deny_list.id, ConfigKey { per_type_index, per_type_key })
}

fun borrow_config(
    deny_list: &DenyList,
    per_type_index: u64,
    per_type_key: vector<u8>,
): &Config<ConfigWriteCap> {
    ofield::internal_borrow(&deny_list.id, ConfigKey { per_type_index, per_type_key })
}

/// A macro, since a function's result would borrow the context too.
macro fun config_or_new(
    $deny_list: &mut DenyList,
    $per_type_index: u64,
    $per_type_key: vector<u8>,
    $ctx: &mut TxContext,
): &mut Config<ConfigWriteCap> {
    let deny_list = $deny_list;
    let key = ConfigKey { per_type_index: $per_type_index, per_type_key: $per_type_key };
    if (!ofield::exists_(&deny_list.id, key)) {
        let config = config::new(&mut ConfigWriteCap(), $ctx);
        let config_id = object::id(&config);
        ofield::internal_add(&mut deny_list.id, key, config);
        sui::event::emit(PerTypeConfigCreated { key, config_id });
    };
    ofield::internal_borrow_mut<ConfigKey, Config<ConfigWriteCap>>(&mut deny_list.id, key)
}

// === First form ===

public struct PerTypeList has key, store {
    id: UID,
    /// By address: the number of types it is denied.
    denied_count: Table<address, u64>,
    /// By type: the denied addresses.
    denied_addresses: Table<vector<u8>, VecSet<address>>,
}

public(package) fun v1_add(
    deny_list: &mut DenyList,
    per_type_index: u64,
    `type`: vector<u8>,
    addr: address,
) {
    let reserved = RESERVED;
    assert!(!reserved.contains(&addr), EInvalidAddress);
    let list: &mut PerTypeList = &mut deny_list.lists[per_type_index];
    if (!list.denied_addresses.contains(`type`)) list.denied_addresses.add(`type`, vec_set::empty());
    let denied_addresses = &mut list.denied_addresses[`type`];
    if (denied_addresses.contains(&addr)) return;
    denied_addresses.insert(addr);
    if (!list.denied_count.contains(addr)) list.denied_count.add(addr, 0);
    let count = &mut list.denied_count[addr];
    *count = *count + 1;
}

public(package) fun v1_remove(
    deny_list: &mut DenyList,
    per_type_index: u64,
    `type`: vector<u8>,
    addr: address,
) {
    let list: &mut PerTypeList = &mut deny_list.lists[per_type_index];
    let denied_addresses = &mut list.denied_addresses[`type`];
    assert!(denied_addresses.contains(&addr), ENotDenied);
    denied_addresses.remove(&addr);
    list.forget(addr);
}

public(package) fun v1_contains(
    deny_list: &DenyList,
    per_type_index: u64,
    `type`: vector<u8>,
    addr: address,
): bool {
    let list: &PerTypeList = &deny_list.lists[per_type_index];
    list.denied_addresses.contains(`type`) && list.denied_addresses[`type`].contains(&addr)
}

/// One type less is denied to the address.
fun forget(list: &mut PerTypeList, addr: address) {
    let count = &mut list.denied_count[addr];
    *count = *count - 1;
    if (*count == 0) {
        list.denied_count.remove(addr);
    }
}

#[allow(unused_function)]
/// At genesis.
fun create(ctx: &mut TxContext) {
    assert!(ctx.sender() == @0x0, ENotSystemAddress);
    let mut lists = bag::new(ctx);
    lists.add(
        COIN_INDEX,
        PerTypeList {
            id: object::new(ctx),
            denied_count: table::new(ctx),
            denied_addresses: table::new(ctx),
        },
    );
    transfer::share_object(DenyList { id: object::sui_deny_list_object_id(), lists })
}

#[test_only]
public fun create_for_test(ctx: &mut TxContext) {
    create(ctx);
}

#[test_only]
public fun new_for_testing(ctx: &mut TxContext): DenyList {
    let mut lists = bag::new(ctx);
    lists.add(
        COIN_INDEX,
        PerTypeList {
            id: object::new(ctx),
            denied_count: table::new(ctx),
            denied_addresses: table::new(ctx),
        },
    );
    DenyList { id: object::new(ctx), lists }
}
