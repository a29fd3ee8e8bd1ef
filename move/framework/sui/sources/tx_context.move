/// What a transaction knows about itself. The state is the virtual machine's; the struct is only a token.
module sui::tx_context;

#[test_only]
const TX_HASH_LENGTH: u64 = 32;

#[test_only]
/// A transaction digest has 32 bytes.
const EBadTxHashLength: u64 = 0;
#[test_only]
/// Nothing was created yet.
const ENoIDsCreated: u64 = 1;

#[allow(unused_field)]
public struct TxContext has drop {
    sender: address,
    /// Digest of the transaction.
    tx_hash: vector<u8>,
    epoch: u64,
    epoch_timestamp_ms: u64,
    /// Fresh ids handed out so far.
    ids_created: u64,
}

public fun sender(_self: &TxContext): address {
    native_sender()
}

native fun native_sender(): address;

public fun digest(self: &TxContext): &vector<u8> {
    &self.tx_hash
}

public fun epoch(_self: &TxContext): u64 {
    native_epoch()
}

native fun native_epoch(): u64;

public fun epoch_timestamp_ms(_self: &TxContext): u64 {
    native_epoch_timestamp_ms()
}

native fun native_epoch_timestamp_ms(): u64;

/// Who pays the gas, if not the sender.
public fun sponsor(_self: &TxContext): Option<address> {
    let sponsor = native_sponsor();
    if (sponsor.is_empty()) option::none() else option::some(sponsor[0])
}

native fun native_sponsor(): vector<address>;

/// An address no one has used.
public fun fresh_object_address(_ctx: &mut TxContext): address {
    fresh_id()
}

native fun fresh_id(): address;

public fun reference_gas_price(_self: &TxContext): u64 {
    native_rgp()
}

native fun native_rgp(): u64;

public fun gas_price(_self: &TxContext): u64 {
    native_gas_price()
}

native fun native_gas_price(): u64;

#[allow(unused_function)]
native fun native_ids_created(): u64;

#[allow(unused_function)]
native fun native_gas_budget(): u64;

#[allow(unused_function)]
native fun derive_id(tx_hash: vector<u8>, ids_created: u64): address;

// === Tests ===

#[test_only]
public fun new(
    sender: address,
    tx_hash: vector<u8>,
    epoch: u64,
    epoch_timestamp_ms: u64,
    ids_created: u64,
): TxContext {
    assert!(tx_hash.length() == TX_HASH_LENGTH, EBadTxHashLength);
    replace(
        sender,
        tx_hash,
        epoch,
        epoch_timestamp_ms,
        ids_created,
        native_rgp(),
        native_gas_price(),
        native_gas_budget(),
        native_sponsor(),
    );
    TxContext { sender, tx_hash, epoch, epoch_timestamp_ms, ids_created }
}

#[test_only]
public fun create(
    sender: address,
    tx_hash: vector<u8>,
    epoch: u64,
    epoch_timestamp_ms: u64,
    ids_created: u64,
    rgp: u64,
    gas_price: u64,
    gas_budget: u64,
    sponsor: Option<address>,
): TxContext {
    assert!(tx_hash.length() == TX_HASH_LENGTH, EBadTxHashLength);
    replace(
        sender,
        tx_hash,
        epoch,
        epoch_timestamp_ms,
        ids_created,
        rgp,
        gas_price,
        gas_budget,
        sponsor.to_vec(),
    );
    TxContext { sender, tx_hash, epoch, epoch_timestamp_ms, ids_created }
}

#[test_only]
/// The digest is `hint` followed by zeros.
public fun new_from_hint(
    addr: address,
    hint: u64,
    epoch: u64,
    epoch_timestamp_ms: u64,
    ids_created: u64,
): TxContext {
    new(addr, dummy_tx_hash_with_hint(hint), epoch, epoch_timestamp_ms, ids_created)
}

#[test_only]
public fun dummy(): TxContext {
    new(@0x0, x"3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532", 0, 0, 0)
}

#[test_only]
public fun get_ids_created(_self: &TxContext): u64 {
    native_ids_created()
}

#[test_only]
public fun ids_created(_self: &TxContext): u64 {
    native_ids_created()
}

#[test_only]
public fun gas_budget(_self: &TxContext): u64 {
    native_gas_budget()
}

#[test_only]
public fun last_created_object_id(_self: &TxContext): address {
    assert!(native_ids_created() > 0, ENoIDsCreated);
    last_created_id()
}

#[test_only]
public fun increment_epoch_number(self: &mut TxContext) {
    let epoch = self.epoch() + 1;
    self.epoch = epoch;
    replace_epoch(self, epoch, self.epoch_timestamp_ms());
}

#[test_only]
public fun increment_epoch_timestamp(self: &mut TxContext, delta_ms: u64) {
    let epoch_timestamp_ms = self.epoch_timestamp_ms() + delta_ms;
    self.epoch_timestamp_ms = epoch_timestamp_ms;
    replace_epoch(self, self.epoch(), epoch_timestamp_ms);
}

#[test_only]
fun replace_epoch(self: &TxContext, epoch: u64, epoch_timestamp_ms: u64) {
    replace(
        self.sender(),
        self.tx_hash,
        epoch,
        epoch_timestamp_ms,
        native_ids_created(),
        native_rgp(),
        native_gas_price(),
        native_gas_budget(),
        native_sponsor(),
    )
}

#[test_only]
public fun dummy_tx_hash_with_hint(hint: u64): vector<u8> {
    let mut tx_hash = std::bcs::to_bytes(&hint);
    while (tx_hash.length() < TX_HASH_LENGTH) tx_hash.push_back(0);
    tx_hash
}

#[test_only]
native fun last_created_id(): address;

#[test_only]
native fun replace(
    sender: address,
    tx_hash: vector<u8>,
    epoch: u64,
    epoch_timestamp_ms: u64,
    ids_created: u64,
    rgp: u64,
    gas_price: u64,
    gas_budget: u64,
    sponsor: vector<address>,
);
