/// Settings that everyone can read without ordering against their writers: a change counts from the next epoch on.
#[allow(unused_mut_parameter)]
module sui::config;

use sui::dynamic_field as field;

/// The setting was changed in this epoch already.
const EAlreadySetForEpoch: u64 = 0;
/// The setting was not changed in this epoch.
const ENotSetForEpoch: u64 = 1;
#[allow(unused_const)]
const EBCSSerializationFailure: u64 = 2;

/// Settings are its dynamic fields; `WriteCap` gives the right to write.
public struct Config<phantom WriteCap> has key {
    id: UID,
}

public struct Setting<Value: copy + drop + store> has drop, store {
    data: Option<SettingData<Value>>,
}

public struct SettingData<Value: copy + drop + store> has drop, store {
    /// Epoch in which `newer_value` was written; it counts from the one after.
    newer_value_epoch: u64,
    newer_value: Option<Value>,
    /// What counts in `newer_value_epoch` and before.
    older_value_opt: Option<Value>,
}

public(package) fun new<WriteCap>(_cap: &mut WriteCap, ctx: &mut TxContext): Config<WriteCap> {
    Config<WriteCap> { id: object::new(ctx) }
}

public(package) fun share<WriteCap>(config: Config<WriteCap>) {
    transfer::share_object(config)
}

public(package) fun transfer<WriteCap>(config: Config<WriteCap>, owner: address) {
    transfer::transfer(config, owner)
}

/// Sets a value for the next epoch; returns the value that falls out of memory, if any.
public(package) fun add_for_next_epoch<WriteCap, Name: copy + drop + store, Value: copy + drop + store>(
    config: &mut Config<WriteCap>,
    _cap: &mut WriteCap,
    name: Name,
    value: Value,
    ctx: &mut TxContext,
): Option<Value> {
    let epoch = ctx.epoch();
    if (!field::exists_(&config.id, name)) {
        let data = SettingData {
            newer_value_epoch: epoch,
            newer_value: option::some(value),
            older_value_opt: option::none(),
        };
        field::add(&mut config.id, name, Setting { data: option::some(data) });
        return option::none()
    };
    let setting: &mut Setting<Value> = field::borrow_mut(&mut config.id, name);
    let SettingData { newer_value_epoch, newer_value, older_value_opt } = setting.data.extract();
    let (older_value_opt, removed_value) = if (epoch > newer_value_epoch) {
        (newer_value, older_value_opt)
    } else {
        assert!(newer_value.is_none(), EAlreadySetForEpoch);
        (older_value_opt, option::none())
    };
    setting.data.fill(SettingData { newer_value_epoch: epoch, newer_value: option::some(value), older_value_opt });
    removed_value
}

/// The value ends with this epoch; returns what had been set for the next.
public(package) fun remove_for_next_epoch<WriteCap, Name: copy + drop + store, Value: copy + drop + store>(
    config: &mut Config<WriteCap>,
    _cap: &mut WriteCap,
    name: Name,
    ctx: &mut TxContext,
): Option<Value> {
    let epoch = ctx.epoch();
    if (!field::exists_(&config.id, name)) return option::none();
    let setting: &mut Setting<Value> = field::borrow_mut(&mut config.id, name);
    let SettingData { newer_value_epoch, newer_value, older_value_opt } = setting.data.extract();
    let (older_value_opt, removed_value) = if (epoch > newer_value_epoch) {
        (newer_value, option::none())
    } else {
        (older_value_opt, newer_value)
    };
    let nothing_left = older_value_opt.is_none();
    setting.data.fill(SettingData { newer_value_epoch: epoch, newer_value: option::none(), older_value_opt });
    if (nothing_left) {
        field::remove<_, Setting<Value>>(&mut config.id, name);
    };
    removed_value
}

public(package) fun exists_with_type<WriteCap, Name: copy + drop + store, Value: copy + drop + store>(
    config: &Config<WriteCap>,
    name: Name,
): bool {
    field::exists_with_type<_, Setting<Value>>(&config.id, name)
}

/// Whether a value was set in this epoch.
public(package) fun exists_with_type_for_next_epoch<
    WriteCap,
    Name: copy + drop + store,
    Value: copy + drop + store,
>(
    config: &Config<WriteCap>,
    name: Name,
    ctx: &TxContext,
): bool {
    field::exists_with_type<_, Setting<Value>>(&config.id, name) && {
        let setting: &Setting<Value> = field::borrow(&config.id, name);
        let data = setting.data.borrow();
        ctx.epoch() == data.newer_value_epoch && data.newer_value.is_some()
    }
}

public(package) fun borrow_for_next_epoch_mut<WriteCap, Name: copy + drop + store, Value: copy + drop + store>(
    config: &mut Config<WriteCap>,
    _cap: &mut WriteCap,
    name: Name,
    ctx: &mut TxContext,
): &mut Value {
    let epoch = ctx.epoch();
    let setting: &mut Setting<Value> = field::borrow_mut(&mut config.id, name);
    let data = setting.data.borrow_mut();
    assert!(data.newer_value_epoch == epoch, ENotSetForEpoch);
    assert!(data.newer_value.is_some(), ENotSetForEpoch);
    data.newer_value.borrow_mut()
}

public(package) fun read_setting_for_next_epoch<WriteCap, Name: copy + drop + store, Value: copy + drop + store>(
    config: &Config<WriteCap>,
    name: Name,
): Option<Value> {
    if (!field::exists_with_type<_, Setting<Value>>(&config.id, name)) return option::none();
    let setting: &Setting<Value> = field::borrow(&config.id, name);
    setting.data.borrow().newer_value
}

/// The value that counts now. Reads as of the start of the epoch, whoever writes meanwhile.
public(package) fun read_setting<Name: copy + drop + store, Value: copy + drop + store>(
    config: ID,
    name: Name,
    ctx: &TxContext,
): Option<Value> {
    let config_id = config.to_address();
    let setting_df = field::hash_type_and_key(config_id, name);
    read_setting_impl<field::Field<Name, Setting<Value>>, Setting<Value>, SettingData<Value>, Value>(
        config_id,
        setting_df,
        ctx.epoch(),
    )
}

native fun read_setting_impl<
    FieldSettingValue: key,
    SettingValue: store,
    SettingDataValue: store,
    Value: copy + drop + store,
>(
    config: address,
    name: address,
    current_epoch: u64,
): Option<Value>;
