/// Several transactions of several senders in one unit test, with an inventory of the objects they leave behind.
#[test_only]
module sui::test_scenario;

use sui::transfer::Receiving;
use sui::vec_map::VecMap;

#[allow(unused_const)]
/// The transaction ended with a taken shared or immutable object that was not given back, or it was changed wrongly.
const EInvalidSharedOrImmutableUsage: u64 = 0;
#[allow(unused_const)]
/// Shared objects cannot be wrapped or turned into something else.
const ESharedOrImmutableCannotBeWrapped: u64 = 1;
/// The object was not taken from there.
const ECantReturnObject: u64 = 2;
/// There is no such object.
const EEmptyInventory: u64 = 3;
#[allow(unused_const)]
const EObjectNotFound: u64 = 4;
#[allow(unused_const)]
const EUnableToAllocateReceivingTicket: u64 = 5;
#[allow(unused_const)]
const EReceivingTicketAlreadyAllocated: u64 = 6;
#[allow(unused_const)]
const EUnableToDeallocateReceivingTicket: u64 = 7;

public struct Scenario {
    txn_number: u64,
    ctx: TxContext,
}

/// What a transaction did. The virtual machine fills it in this order.
public struct TransactionEffects has drop {
    created: vector<ID>,
    written: vector<ID>,
    deleted: vector<ID>,
    transferred_to_account: VecMap<ID, address>,
    transferred_to_object: VecMap<ID, ID>,
    shared: vector<ID>,
    frozen: vector<ID>,
    num_user_events: u64,
}

/// Starts a scenario with the first transaction.
public fun begin(sender: address): Scenario {
    Scenario { txn_number: 0, ctx: tx_context::new_from_hint(sender, 0, 0, 0, 0) }
}

/// Ends the transaction and starts the next one.
public fun next_tx(scenario: &mut Scenario, sender: address): TransactionEffects {
    scenario.txn_number = scenario.txn_number + 1;
    let epoch = scenario.ctx.epoch();
    let epoch_timestamp_ms = scenario.ctx.epoch_timestamp_ms();
    // Another digest, and so other object ids, than the one before.
    scenario.ctx = tx_context::new_from_hint(sender, scenario.txn_number, epoch, epoch_timestamp_ms, 0);
    end_transaction()
}

/// Like `next_tx`, in the next epoch.
public fun next_epoch(scenario: &mut Scenario, sender: address): TransactionEffects {
    scenario.ctx.increment_epoch_number();
    next_tx(scenario, sender)
}

/// Like `next_epoch`, with the epoch starting `delta_ms` later.
public fun later_epoch(scenario: &mut Scenario, delta_ms: u64, sender: address): TransactionEffects {
    scenario.ctx.increment_epoch_timestamp(delta_ms);
    next_epoch(scenario, sender)
}

public fun end(scenario: Scenario): TransactionEffects {
    let Scenario { txn_number: _, ctx: _ } = scenario;
    end_transaction()
}

public fun ctx(scenario: &mut Scenario): &mut TxContext {
    &mut scenario.ctx
}

public fun sender(scenario: &Scenario): address {
    scenario.ctx.sender()
}

public fun num_concluded_txes(scenario: &Scenario): u64 {
    scenario.txn_number
}

public fun new_object(scenario: &mut Scenario): UID {
    object::new(&mut scenario.ctx)
}

// === Effects ===

public fun created(effects: &TransactionEffects): vector<ID> {
    effects.created
}

public fun written(effects: &TransactionEffects): vector<ID> {
    effects.written
}

public fun deleted(effects: &TransactionEffects): vector<ID> {
    effects.deleted
}

public fun transferred_to_account(effects: &TransactionEffects): VecMap<ID, address> {
    effects.transferred_to_account
}

public fun transferred_to_object(effects: &TransactionEffects): VecMap<ID, ID> {
    effects.transferred_to_object
}

public fun shared(effects: &TransactionEffects): vector<ID> {
    effects.shared
}

public fun frozen(effects: &TransactionEffects): vector<ID> {
    effects.frozen
}

public fun num_user_events(effects: &TransactionEffects): u64 {
    effects.num_user_events
}

// === Objects of an address ===

/// The object of this type that the address got last; put it back with `return_to_address`.
public fun take_from_address<T: key>(scenario: &Scenario, account: address): T {
    let id_opt = most_recent_id_for_address<T>(account);
    assert!(id_opt.is_some(), EEmptyInventory);
    take_from_address_by_id(scenario, account, id_opt.destroy_some())
}

public native fun take_from_address_by_id<T: key>(scenario: &Scenario, account: address, id: ID): T;

public fun return_to_address<T: key>(account: address, t: T) {
    let id = object::id(&t);
    assert!(was_taken_from_address(account, id), ECantReturnObject);
    sui::transfer::transfer_impl(t, account)
}

public fun has_most_recent_for_address<T: key>(account: address): bool {
    most_recent_id_for_address<T>(account).is_some()
}

public native fun ids_for_address<T: key>(account: address): vector<ID>;

public native fun most_recent_id_for_address<T: key>(account: address): Option<ID>;

native fun was_taken_from_address(account: address, id: ID): bool;

public fun take_from_sender<T: key>(scenario: &Scenario): T {
    take_from_address(scenario, scenario.sender())
}

public fun take_from_sender_by_id<T: key>(scenario: &Scenario, id: ID): T {
    take_from_address_by_id(scenario, scenario.sender(), id)
}

public fun return_to_sender<T: key>(scenario: &Scenario, t: T) {
    return_to_address(scenario.sender(), t)
}

public fun has_most_recent_for_sender<T: key>(scenario: &Scenario): bool {
    has_most_recent_for_address<T>(scenario.sender())
}

public fun most_recent_id_for_sender<T: key>(scenario: &Scenario): Option<ID> {
    most_recent_id_for_address<T>(scenario.sender())
}

public fun ids_for_sender<T: key>(scenario: &Scenario): vector<ID> {
    ids_for_address<T>(scenario.sender())
}

// === Immutable objects ===

public fun take_immutable<T: key>(scenario: &Scenario): T {
    let id_opt = most_recent_immutable_id<T>();
    assert!(id_opt.is_some(), EEmptyInventory);
    take_immutable_by_id(scenario, id_opt.destroy_some())
}

public native fun take_immutable_by_id<T: key>(scenario: &Scenario, id: ID): T;

public fun return_immutable<T: key>(t: T) {
    let id = object::id(&t);
    assert!(was_taken_immutable(id), ECantReturnObject);
    sui::transfer::freeze_object_impl(t)
}

public fun has_most_recent_immutable<T: key>(): bool {
    most_recent_immutable_id<T>().is_some()
}

public native fun most_recent_immutable_id<T: key>(): Option<ID>;

native fun was_taken_immutable(id: ID): bool;

// === Shared objects ===

public fun take_shared<T: key>(scenario: &Scenario): T {
    let id_opt = most_recent_id_shared<T>();
    assert!(id_opt.is_some(), EEmptyInventory);
    take_shared_by_id(scenario, id_opt.destroy_some())
}

public native fun take_shared_by_id<T: key>(scenario: &Scenario, id: ID): T;

public fun return_shared<T: key>(t: T) {
    let id = object::id(&t);
    assert!(was_taken_shared(id), ECantReturnObject);
    sui::transfer::share_object_impl(t)
}

public fun has_most_recent_shared<T: key>(): bool {
    most_recent_id_shared<T>().is_some()
}

public native fun most_recent_id_shared<T: key>(): Option<ID>;

native fun was_taken_shared(id: ID): bool;

/// Takes a shared object, passes it to `f`, and gives it back.
public macro fun with_shared<$T: key>($scenario: &mut Scenario, $f: |&mut $T, &mut Scenario|) {
    let s = $scenario;
    let mut o = take_shared<$T>(s);
    $f(&mut o, s);
    return_shared(o);
}

public macro fun with_shared_by_id<$T: key>($scenario: &mut Scenario, $id: ID, $f: |&mut $T, &mut Scenario|) {
    let s = $scenario;
    let mut o = take_shared_by_id<$T>(s, $id);
    $f(&mut o, s);
    return_shared(o);
}

// === Objects sent to objects ===

public fun most_recent_receiving_ticket<T: key>(owner: &ID): Receiving<T> {
    let id_opt = most_recent_id_for_address<T>(owner.to_address());
    assert!(id_opt.is_some(), EEmptyInventory);
    receiving_ticket_by_id(id_opt.destroy_some())
}

public fun receiving_ticket_by_id<T: key>(object_id: ID): Receiving<T> {
    sui::transfer::make_receiver(object_id, allocate_receiving_ticket_for_object<T>(object_id))
}

/// Gives a ticket back that was not used.
public fun return_receiving_ticket<T: key>(ticket: Receiving<T>) {
    deallocate_receiving_ticket_for_object(sui::transfer::receiving_id(&ticket));
}

/// Version of the object.
native fun allocate_receiving_ticket_for_object<T: key>(object_id: ID): u64;

native fun deallocate_receiving_ticket_for_object(object_id: ID);

native fun end_transaction(): TransactionEffects;
