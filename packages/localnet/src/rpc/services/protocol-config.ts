import type { GrpcTypes } from '@mysten/sui/grpc';
import * as params from '../../params.ts';
import { protocolOf } from '../../protocol.ts';

/** Numbers of the protocol this ledger keeps to, under the names Sui's protocol configuration gives them. */
const attributes: Readonly<Record<string, number | bigint>> = {
  max_tx_gas: params.MAX_TRANSACTION_GAS,
  max_gas_price: params.MAX_GAS_PRICE,
  max_gas_computation_bucket: params.MAX_COMPUTATION_UNITS,
  base_tx_cost_fixed: params.MIN_COMPUTATION_UNITS,
  obj_access_cost_read_per_byte: params.READ_UNITS_PER_BYTE,
  package_publish_cost_per_byte: params.PUBLISH_UNITS_PER_BYTE,
  max_tx_size_bytes: params.MAX_TRANSACTION_BYTES,
  max_input_objects: params.MAX_INPUT_OBJECTS,
  max_gas_payment_objects: params.MAX_GAS_COINS,
  max_programmable_tx_commands: params.MAX_COMMANDS,
  max_arguments: params.MAX_ARGUMENTS,
  max_type_arguments: params.MAX_TYPE_ARGUMENTS,
  max_type_argument_depth: params.MAX_TYPE_DEPTH,
  max_pure_argument_size: params.MAX_PURE_BYTES,
  max_publish_or_upgrade_per_ptb: params.MAX_PUBLISHES,
  max_modules_in_publish: params.MAX_MODULES,
  max_package_dependencies: params.MAX_PACKAGE_DEPENDENCIES,
  max_move_package_size: params.MAX_PACKAGE_BYTES,
  max_move_object_size: params.MAX_OBJECT_BYTES,
  max_serialized_tx_effects_size_bytes: params.MAX_EFFECTS_BYTES,
  max_size_written_objects: params.MAX_WRITTEN_BYTES,
};

/** The protocol configuration as `GetEpoch` gives it. What has no meaning here is left out; a flag that is false says what the ledger lacks. */
export const protocolConfig = (protocolVersion: number): GrpcTypes.ProtocolConfig => {
  const { rebateBasisPoints, packageReadUnits, features } = protocolOf(protocolVersion);
  const own = {
    storage_rebate_rate: rebateBasisPoints,
    ...(packageReadUnits === undefined ? {} : { obj_access_cost_read_per_package_kb: packageReadUnits }),
  };
  return {
    protocolVersion: BigInt(protocolVersion),
    featureFlags: { ...features },
    attributes: Object.fromEntries(
      Object.entries({ ...attributes, ...own }).map(([name, value]) => [name, String(value)]),
    ),
    configs: {},
  };
};
