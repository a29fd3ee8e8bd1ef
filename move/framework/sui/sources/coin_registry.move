/// Currencies of the chain as shared objects with ids that follow from their types; the registry is object 0xc.
module sui::coin_registry;

use std::string::String;
use std::type_name::{Self, TypeName};
use sui::bag::{Self, Bag};
use sui::balance::{Balance, Supply};
use sui::coin::{Self, Coin, CoinMetadata, DenyCapV2, RegulatedCoinMetadata, TreasuryCap};
use sui::derived_object;
use sui::dynamic_field;
use sui::transfer::Receiving;
use sui::vec_map::{Self, VecMap};

#[error(code = 0)]
const EMetadataCapAlreadyClaimed: vector<u8> = b"Metadata cap already claimed.";
#[error(code = 1)]
const ENotSystemAddress: vector<u8> = b"Only the system can create the registry.";
#[error(code = 2)]
const ECurrencyAlreadyExists: vector<u8> = b"Currency for this coin type already exists.";
#[error(code = 3)]
const EDenyListStateAlreadySet: vector<u8> = b"Cannot set the deny list state as it has already been set.";
#[error(code = 5)]
const ECannotUpdateManagedMetadata: vector<u8> =
    b"Cannot update metadata whose `MetadataCap` has already been claimed.";
#[error(code = 6)]
const EInvalidSymbol: vector<u8> = b"Symbol has to be ASCII printable.";
#[error(code = 7)]
const EDenyCapAlreadyCreated: vector<u8> = b"Cannot claim the deny cap twice.";
#[error(code = 8)]
const ECurrencyAlreadyRegistered: vector<u8> = b"Currency already registered.";
#[error(code = 9)]
const EEmptySupply: vector<u8> = b"Cannot fix an empty supply.";
#[error(code = 10)]
const ESupplyNotBurnOnly: vector<u8> = b"Cannot burn on a non burn-only supply.";
#[error(code = 11)]
const EInvariantViolation: vector<u8> = b"Code invariant violation.";
#[error(code = 12)]
const EDeletionNotSupported: vector<u8> = b"Metadata in the old form cannot be deleted.";
#[error(code = 13)]
const ENotOneTimeWitness: vector<u8> = b"Type is expected to be OTW.";
#[error(code = 14)]
const EBorrowLegacyMetadata: vector<u8> = b"A currency that came from the old form lends no metadata in it.";
#[error(code = 15)]
const EDuplicateBorrow: vector<u8> = b"The metadata in the old form was returned before.";

/// Version of the regulation record.
const REGULATED_COIN_VERSION: u8 = 0;
/// Field that tells currencies made here from those that came from the old form.
const NEW_CURRENCY: vector<u8> = b"is_new_currency";

/// Parent of all derived currency ids.
public struct CoinRegistry has key { id: UID }

#[allow(unused_field)]
/// Room for fields of later versions.
public struct ExtraField(TypeName, vector<u8>) has store;

/// Key from which the id of `T`'s currency is derived.
public struct CurrencyKey<phantom T>() has copy, drop, store;

/// Under it lies the metadata in the old form, once somebody asked for it.
public struct LegacyMetadataKey() has copy, drop, store;

/// Duty to give metadata back.
public struct Borrow<phantom T> {}

/// Right to change name, description and icon.
public struct MetadataCap<phantom T> has key, store { id: UID }

/// Everything there is to know about a currency.
public struct Currency<phantom T> has key {
    id: UID,
    /// Digits behind the point.
    decimals: u8,
    name: String,
    symbol: String,
    description: String,
    icon_url: String,
    /// None while the treasury capability holds the supply and no one told.
    supply: Option<SupplyState<T>>,
    regulated: RegulatedState,
    treasury_cap_id: Option<ID>,
    metadata_cap_id: MetadataCapState,
    extra_fields: VecMap<String, ExtraField>,
}

public enum SupplyState<phantom T> has store {
    /// Nothing can be minted or burned.
    Fixed(Supply<T>),
    /// Anyone can burn, nobody can mint.
    BurnOnly(Supply<T>),
    /// A treasury capability exists.
    Unknown,
}

public enum RegulatedState has copy, drop, store {
    Regulated { cap: ID, allow_global_pause: Option<bool>, variant: u8 },
    Unregulated,
    /// Migrated from the old form, and no one showed the capability yet.
    Unknown,
}

public enum MetadataCapState has copy, drop, store {
    Claimed(ID),
    Unclaimed,
    Deleted,
}

/// A currency that is not yet known to others; `finalize` uses it up.
public struct CurrencyInitializer<phantom T> {
    currency: Currency<T>,
    extra_fields: Bag,
    is_otw: bool,
}

// === Creation ===

/// New currency of a type of the calling package; at most one for each type.
public fun new_currency<T: /* internal */ key>(
    registry: &mut CoinRegistry,
    decimals: u8,
    symbol: String,
    name: String,
    description: String,
    icon_url: String,
    ctx: &mut TxContext,
): (CurrencyInitializer<T>, TreasuryCap<T>) {
    assert!(!registry.exists<T>(), ECurrencyAlreadyExists);
    assert!(is_ascii_printable!(&symbol), EInvalidSymbol);
    let treasury_cap = coin::new_treasury_cap(ctx);
    let currency = Currency {
        id: derived_object::claim(&mut registry.id, CurrencyKey<T>()),
        decimals,
        name,
        symbol,
        description,
        icon_url,
        supply: option::some(SupplyState::Unknown),
        regulated: RegulatedState::Unregulated,
        treasury_cap_id: option::some(object::id(&treasury_cap)),
        metadata_cap_id: MetadataCapState::Unclaimed,
        extra_fields: vec_map::empty(),
    };
    (CurrencyInitializer { currency, extra_fields: bag::new(ctx), is_otw: false }, treasury_cap)
}

/// New currency in a module's `init`. It is sent to the registry and has to be registered afterwards.
public fun new_currency_with_otw<T: drop>(
    otw: T,
    decimals: u8,
    symbol: String,
    name: String,
    description: String,
    icon_url: String,
    ctx: &mut TxContext,
): (CurrencyInitializer<T>, TreasuryCap<T>) {
    assert!(sui::types::is_one_time_witness(&otw), ENotOneTimeWitness);
    assert!(is_ascii_printable!(&symbol), EInvalidSymbol);
    let treasury_cap = coin::new_treasury_cap(ctx);
    let currency = Currency {
        id: object::new(ctx),
        decimals,
        name,
        symbol,
        description,
        icon_url,
        supply: option::some(SupplyState::Unknown),
        regulated: RegulatedState::Unregulated,
        treasury_cap_id: option::some(object::id(&treasury_cap)),
        metadata_cap_id: MetadataCapState::Unclaimed,
        extra_fields: vec_map::empty(),
    };
    (CurrencyInitializer { currency, extra_fields: bag::new(ctx), is_otw: true }, treasury_cap)
}

/// Ends the set-up: shares the currency, or sends it to the registry if it came from a witness.
public fun finalize<T>(builder: CurrencyInitializer<T>, ctx: &mut TxContext): MetadataCap<T> {
    let (currency, cap, is_otw) = builder.complete(ctx);
    release(currency, is_otw);
    cap
}

/// Like `finalize`, and nobody can ever change the metadata.
public fun finalize_and_delete_metadata_cap<T>(builder: CurrencyInitializer<T>, ctx: &mut TxContext) {
    let (mut currency, cap, is_otw) = builder.complete(ctx);
    currency.delete_metadata_cap(cap);
    release(currency, is_otw);
}

fun complete<T>(builder: CurrencyInitializer<T>, ctx: &mut TxContext): (Currency<T>, MetadataCap<T>, bool) {
    let CurrencyInitializer { mut currency, extra_fields, is_otw } = builder;
    extra_fields.destroy_empty();
    let cap = MetadataCap { id: object::new(ctx) };
    currency.metadata_cap_id = MetadataCapState::Claimed(object::id(&cap));
    let mark = ExtraField(type_name::with_original_ids<bool>(), NEW_CURRENCY);
    currency.extra_fields.insert(NEW_CURRENCY.to_string(), mark);
    (currency, cap, is_otw)
}

fun release<T>(currency: Currency<T>, is_otw: bool) {
    if (is_otw) transfer::transfer(currency, object::sui_coin_registry_address())
    else transfer::share_object(currency)
}

/// Gives a currency made with a witness its derived id and shares it. Anyone may do that.
public fun finalize_registration<T>(
    registry: &mut CoinRegistry,
    currency: Receiving<Currency<T>>,
    _ctx: &mut TxContext,
) {
    let Currency {
        id,
        decimals,
        name,
        symbol,
        description,
        icon_url,
        supply,
        regulated,
        treasury_cap_id,
        metadata_cap_id,
        extra_fields,
    } = transfer::receive(&mut registry.id, currency);
    id.delete();
    transfer::share_object(Currency {
        id: derived_object::claim(&mut registry.id, CurrencyKey<T>()),
        decimals,
        name,
        symbol,
        description,
        icon_url,
        supply,
        regulated,
        treasury_cap_id,
        metadata_cap_id,
        extra_fields,
    })
}

/// Makes the currency one whose use can be denied to addresses.
public fun make_regulated<T>(
    init: &mut CurrencyInitializer<T>,
    allow_global_pause: bool,
    ctx: &mut TxContext,
): DenyCapV2<T> {
    assert!(init.currency.regulated == RegulatedState::Unregulated, EDenyCapAlreadyCreated);
    let deny_cap = coin::new_deny_cap_v2<T>(allow_global_pause, ctx);
    init.currency.regulated =
        RegulatedState::Regulated {
            cap: object::id(&deny_cap),
            allow_global_pause: option::some(allow_global_pause),
            variant: REGULATED_COIN_VERSION,
        };
    deny_cap
}

// === Supply ===

public fun make_supply_fixed_init<T>(init: &mut CurrencyInitializer<T>, cap: TreasuryCap<T>) {
    assert!(cap.total_supply() > 0, EEmptySupply);
    init.currency.make_supply_fixed(cap)
}

public fun make_supply_burn_only_init<T>(init: &mut CurrencyInitializer<T>, cap: TreasuryCap<T>) {
    assert!(cap.total_supply() > 0, EEmptySupply);
    init.currency.make_supply_burn_only(cap)
}

/// Gives up minting and burning.
public fun make_supply_fixed<T>(currency: &mut Currency<T>, cap: TreasuryCap<T>) {
    currency.give_up_supply(SupplyState::Fixed(cap.treasury_into_supply()))
}

/// Gives up minting; anyone may burn.
public fun make_supply_burn_only<T>(currency: &mut Currency<T>, cap: TreasuryCap<T>) {
    currency.give_up_supply(SupplyState::BurnOnly(cap.treasury_into_supply()))
}

fun give_up_supply<T>(currency: &mut Currency<T>, state: SupplyState<T>) {
    match (currency.supply.swap(state)) {
        SupplyState::Unknown => (),
        // There is one treasury capability, and it is gone.
        SupplyState::Fixed(_supply) => abort EInvariantViolation,
        SupplyState::BurnOnly(_supply) => abort EInvariantViolation,
    }
}

public fun burn<T>(currency: &mut Currency<T>, coin: Coin<T>) {
    currency.burn_balance(coin.into_balance());
}

public fun burn_balance<T>(currency: &mut Currency<T>, balance: Balance<T>) {
    assert!(currency.is_supply_burn_only(), ESupplyNotBurnOnly);
    match (currency.supply.borrow_mut()) {
        SupplyState::BurnOnly(supply) => {
            supply.decrease_supply(balance);
        },
        _ => abort EInvariantViolation,
    }
}

// === Metadata ===

/// Once; for currencies that were migrated from the old form.
public fun claim_metadata_cap<T>(
    currency: &mut Currency<T>,
    _: &TreasuryCap<T>,
    ctx: &mut TxContext,
): MetadataCap<T> {
    assert!(currency.metadata_cap_id == MetadataCapState::Unclaimed, EMetadataCapAlreadyClaimed);
    let id = object::new(ctx);
    currency.metadata_cap_id = MetadataCapState::Claimed(id.to_inner());
    MetadataCap { id }
}

/// Nobody can change the metadata any more.
public fun delete_metadata_cap<T>(currency: &mut Currency<T>, cap: MetadataCap<T>) {
    let MetadataCap { id } = cap;
    currency.metadata_cap_id = MetadataCapState::Deleted;
    id.delete();
}

public fun set_name<T>(currency: &mut Currency<T>, _: &MetadataCap<T>, name: String) {
    currency.name = name;
}

public fun set_description<T>(currency: &mut Currency<T>, _: &MetadataCap<T>, description: String) {
    currency.description = description;
}

public fun set_icon_url<T>(currency: &mut Currency<T>, _: &MetadataCap<T>, icon_url: String) {
    currency.icon_url = icon_url;
}

/// Tells a migrated currency which capability mints it.
public fun set_treasury_cap_id<T>(currency: &mut Currency<T>, cap: &TreasuryCap<T>) {
    currency.treasury_cap_id.fill(object::id(cap));
}

// === Currencies of the old form ===

/// Registers a currency that has a `CoinMetadata`. Anyone may do that, once.
public fun migrate_legacy_metadata<T>(
    registry: &mut CoinRegistry,
    legacy: &CoinMetadata<T>,
    _ctx: &mut TxContext,
) {
    assert!(!registry.exists<T>(), ECurrencyAlreadyRegistered);
    transfer::share_object(Currency<T> {
        id: derived_object::claim(&mut registry.id, CurrencyKey<T>()),
        decimals: legacy.get_decimals(),
        name: legacy.get_name(),
        symbol: legacy.get_symbol().to_string(),
        description: legacy.get_description(),
        icon_url: icon_url_of(legacy),
        supply: option::some(SupplyState::Unknown),
        regulated: RegulatedState::Unknown,
        treasury_cap_id: option::none(),
        metadata_cap_id: MetadataCapState::Unclaimed,
        extra_fields: vec_map::empty(),
    })
}

/// Copies the old form again, as long as nobody manages the new one.
public fun update_from_legacy_metadata<T>(currency: &mut Currency<T>, legacy: &CoinMetadata<T>) {
    assert!(currency.metadata_cap_id == MetadataCapState::Unclaimed, ECannotUpdateManagedMetadata);
    currency.name = legacy.get_name();
    currency.symbol = legacy.get_symbol().to_string();
    currency.description = legacy.get_description();
    currency.decimals = legacy.get_decimals();
    currency.icon_url = icon_url_of(legacy);
}

/// Disabled since the old form can be borrowed.
public fun delete_migrated_legacy_metadata<T>(_: &mut Currency<T>, _: CoinMetadata<T>) {
    abort EDeletionNotSupported
}

public fun migrate_regulated_state_by_metadata<T>(
    currency: &mut Currency<T>,
    metadata: &RegulatedCoinMetadata<T>,
) {
    assert!(currency.regulated == RegulatedState::Unknown, EDenyListStateAlreadySet);
    currency.regulated =
        RegulatedState::Regulated {
            cap: metadata.deny_cap_id(),
            allow_global_pause: option::none(),
            variant: REGULATED_COIN_VERSION,
        };
}

public fun migrate_regulated_state_by_cap<T>(currency: &mut Currency<T>, cap: &DenyCapV2<T>) {
    currency.regulated =
        RegulatedState::Regulated {
            cap: object::id(cap),
            allow_global_pause: option::some(cap.allow_global_pause()),
            variant: REGULATED_COIN_VERSION,
        };
}

/// Metadata in the old form, with one id for ever, for programs that know nothing else.
public fun borrow_legacy_metadata<T>(
    currency: &mut Currency<T>,
    ctx: &mut TxContext,
): (CoinMetadata<T>, Borrow<T>) {
    assert!(currency.extra_fields.contains(&NEW_CURRENCY.to_string()), EBorrowLegacyMetadata);
    let metadata = if (currency.keeps_legacy_metadata()) {
        let mut kept: CoinMetadata<T> = dynamic_field::remove(&mut currency.id, LegacyMetadataKey());
        currency.copy_to_legacy(&mut kept);
        kept
    } else {
        coin::new_coin_metadata(
            currency.decimals,
            currency.name,
            currency.symbol.to_ascii(),
            currency.description,
            currency.icon_url.to_ascii(),
            ctx,
        )
    };
    (metadata, Borrow {})
}

public fun return_borrowed_legacy_metadata<T>(
    currency: &mut Currency<T>,
    mut legacy: CoinMetadata<T>,
    borrow: Borrow<T>,
    _ctx: &mut TxContext,
) {
    let Borrow {} = borrow;
    assert!(!currency.keeps_legacy_metadata(), EDuplicateBorrow);
    currency.copy_to_legacy(&mut legacy);
    dynamic_field::add(&mut currency.id, LegacyMetadataKey(), legacy)
}

fun keeps_legacy_metadata<T>(currency: &Currency<T>): bool {
    dynamic_field::exists_(&currency.id, LegacyMetadataKey())
}

fun copy_to_legacy<T>(currency: &Currency<T>, legacy: &mut CoinMetadata<T>) {
    legacy.update_coin_metadata(
        currency.name,
        currency.symbol.to_ascii(),
        currency.description,
        currency.icon_url.to_ascii(),
    )
}

fun icon_url_of<T>(legacy: &CoinMetadata<T>): String {
    legacy.get_icon_url().map!(|url| url.inner_url().to_string()).destroy_or!(b"".to_string())
}

// === Reading ===

public fun decimals<T>(currency: &Currency<T>): u8 {
    currency.decimals
}

public fun name<T>(currency: &Currency<T>): String {
    currency.name
}

public fun symbol<T>(currency: &Currency<T>): String {
    currency.symbol
}

public fun description<T>(currency: &Currency<T>): String {
    currency.description
}

public fun icon_url<T>(currency: &Currency<T>): String {
    currency.icon_url
}

/// Also when it was deleted afterwards.
public fun is_metadata_cap_claimed<T>(currency: &Currency<T>): bool {
    currency.metadata_cap_id != MetadataCapState::Unclaimed
}

public fun is_metadata_cap_deleted<T>(currency: &Currency<T>): bool {
    currency.metadata_cap_id == MetadataCapState::Deleted
}

public fun metadata_cap_id<T>(currency: &Currency<T>): Option<ID> {
    match (currency.metadata_cap_id) {
        MetadataCapState::Claimed(id) => option::some(id),
        _ => option::none(),
    }
}

public fun treasury_cap_id<T>(currency: &Currency<T>): Option<ID> {
    currency.treasury_cap_id
}

public fun deny_cap_id<T>(currency: &Currency<T>): Option<ID> {
    match (currency.regulated) {
        RegulatedState::Regulated { cap, .. } => option::some(cap),
        _ => option::none(),
    }
}

public fun is_regulated<T>(currency: &Currency<T>): bool {
    match (currency.regulated) {
        RegulatedState::Regulated { .. } => true,
        _ => false,
    }
}

public fun is_supply_fixed<T>(currency: &Currency<T>): bool {
    match (currency.supply.borrow()) {
        SupplyState::Fixed(_) => true,
        _ => false,
    }
}

public fun is_supply_burn_only<T>(currency: &Currency<T>): bool {
    match (currency.supply.borrow()) {
        SupplyState::BurnOnly(_) => true,
        _ => false,
    }
}

/// None while a treasury capability may still mint.
public fun total_supply<T>(currency: &Currency<T>): Option<u64> {
    match (currency.supply.borrow()) {
        SupplyState::Fixed(supply) => option::some(supply.value()),
        SupplyState::BurnOnly(supply) => option::some(supply.value()),
        SupplyState::Unknown => option::none(),
    }
}

/// Whether the currency of `T` has its derived id.
public fun exists<T>(registry: &CoinRegistry): bool {
    derived_object::exists(&registry.id, CurrencyKey<T>())
}

macro fun is_ascii_printable($s: &String): bool {
    let s = $s;
    s.as_bytes().all!(|byte| std::ascii::is_printable_char(*byte))
}

#[allow(unused_function)]
/// At genesis or when the protocol starts to have the registry.
fun create(ctx: &TxContext) {
    assert!(ctx.sender() == @0x0, ENotSystemAddress);
    transfer::share_object(CoinRegistry { id: object::sui_coin_registry_object_id() });
}

#[test_only]
public fun create_for_testing(ctx: &TxContext) {
    create(ctx)
}
