/**
 * Every protocol number of the ledger that is the same in all versions of `protocol.ts`. Source, unless a comment names
 * another: Sui protocol configuration (`crates/sui-protocol-config`).
 */

/** MIST per gas unit; what localnets and testnet charge. */
export const REFERENCE_GAS_PRICE = 1_000;

/** `max_gas_price`, MIST per gas unit, exclusive. */
export const MAX_GAS_PRICE = 50_000_000_000n;

/** `max_tx_gas`, MIST. */
export const MAX_TRANSACTION_GAS = 50_000_000_000_000n;

/** `base_tx_cost_fixed`: least computation of a transaction and factor of the least budget, gas units. */
export const MIN_COMPUTATION_UNITS = 1_000n;

/** `max_gas_computation_bucket`: most computation of a transaction, gas units. */
export const MAX_COMPUTATION_UNITS = 5_000_000n;

/** Internal computation units of one gas unit (`INTERNAL_GAS_UNIT`, cost table v5). */
export const INTERNAL_UNITS_PER_GAS_UNIT = 1_000;

/** `max_gas_price_rgp_factor_for_aborted_transactions`: an aborted transaction pays at most this times the reference price. */
export const ABORTED_PRICE_FACTOR = 100n;

/** `obj_data_cost_refundable` (100 gas units a byte) times `storage_gas_price` (76 MIST). */
export const STORAGE_MIST_PER_BYTE = 7_600n;

/** `obj_access_cost_read_per_byte`: internal units per byte of an input object. */
export const READ_UNITS_PER_BYTE = 15;

/** `package_publish_cost_per_byte`: internal units per byte of published modules. */
export const PUBLISH_UNITS_PER_BYTE = 80;

/**
 * Internal units for every owner of a coin other than SUI a transaction leaves: `CONFIG_SETTING_DYNAMIC_FIELD_SIZE_FOR_GAS`
 * (1,000 bytes, `sui-types/src/deny_list_v2.rs`) at `dynamic_field_borrow_child_object_type_cost_per_byte` (10), read at
 * `obj_access_cost_read_per_byte` (15).
 */
export const COIN_OWNER_UNITS = 1_000 * 10 * 15;

/** Metered bytes of every object besides its data: owner 40, digest 32, rebate 8 (`sui-types/src/object.rs`). */
export const OBJECT_META_BYTES = 80;

/** `max_tx_size_bytes`. */
export const MAX_TRANSACTION_BYTES = 128 * 1024;

/** `max_input_objects`. */
export const MAX_INPUT_OBJECTS = 2_048;

/** `max_gas_payment_objects`. */
export const MAX_GAS_COINS = 256;

/** `max_programmable_tx_commands`, exclusive. */
export const MAX_COMMANDS = 1_024;

/** `max_arguments`: arguments of one command, exclusive. */
export const MAX_ARGUMENTS = 512;

/** `max_type_arguments`: of one command with every type in them, exclusive. */
export const MAX_TYPE_ARGUMENTS = 16;

/** `max_type_argument_depth`: nesting of type arguments. */
export const MAX_TYPE_DEPTH = 16;

/** `max_withdraws` of `sui-types/src/transaction.rs`: reservations of a transaction, its gas among them. */
export const MAX_RESERVATIONS = 10;

/** `gasless_max_computation_units`: gas units a gasless transaction may use. */
export const GASLESS_UNITS = 50_000n;

/** `gasless_max_pure_input_bytes`. */
export const GASLESS_PURE_BYTES = 32;

/** `gasless_max_unused_inputs`: pure inputs of a gasless transaction that no command names. */
export const GASLESS_UNUSED_PURE = 1;

/** Failed gasless transactions of one address that are executed within a minute: they cost nothing, and each stays in the file. */
export const GASLESS_FAILURES = 30;

/** `max_pure_argument_size`, bytes, exclusive. */
export const MAX_PURE_BYTES = 16 * 1024;

/** `max_publish_or_upgrade_per_ptb`. */
export const MAX_PUBLISHES = 5;

/** `max_modules_in_publish`, exclusive. */
export const MAX_MODULES = 64;

/** `max_package_dependencies`, exclusive. */
export const MAX_PACKAGE_DEPENDENCIES = 32;

/** `max_move_package_size`, bytes. */
export const MAX_PACKAGE_BYTES = 100 * 1024;

/** `max_move_object_size`, bytes. */
export const MAX_OBJECT_BYTES = 250 * 1024;

/** `max_serialized_tx_effects_size_bytes`. */
export const MAX_EFFECTS_BYTES = 512 * 1024;

/** `max_size_written_objects`, bytes. */
export const MAX_WRITTEN_BYTES = 5 * 1000 * 1000;

/** Digits of SUI behind the point: 1 SUI is 10^9 MIST. */
export const SUI_DECIMALS = 9;

/** Total supply of SUI in MIST (10 billion SUI), all of it in the treasury coin at genesis. */
export const SUI_SUPPLY = 10_000_000_000_000_000_000n;

/** Default length of an epoch, ms (24 h as on mainnet). Epochs end only when asked. */
export const EPOCH_DURATION_MS = 86_400_000;

/** Budget of a faucet transfer, MIST: two coins of storage and the least computation fit many times. */
export const FAUCET_BUDGET = 50_000_000n;
