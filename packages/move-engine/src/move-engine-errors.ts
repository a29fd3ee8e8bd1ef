import { defineErrors } from '@atoma/base';

/** The engine's mistakes and faults. Move aborts are data ({@link MoveFailure}) and never appear here. */
export const engineError = defineErrors('ENGINE', {
  BAD_MODULE: {
    message: 'Module {module} is not valid bytecode: {reason}.',
    hint: 'Publish exactly what the Move compiler produced; if it did, this is a fault of the engine worth reporting.',
  },
  BROKEN_RULE: {
    message: 'Module {module} breaks a rule for objects: {reason}.',
    hint: 'The Move compiler with its Sui rules says where; publish what it accepts.',
  },
  TOO_COMPLEX: {
    message: 'Module {module} takes more than {limit} ticks to verify.',
    hint: 'Split large functions, or the module: what the verifier does grows with branches, loops and references.',
  },
  BAD_BCS: {
    message: 'Bytes are not a BCS value of {type}: {reason}.',
    hint: 'Encode the value with the layout of its type; nothing may follow it.',
  },
  BAD_TYPE: {
    message: 'Type {text} cannot be read: {reason}.',
    hint: 'Write types as 0x2::coin::Coin<0x2::sui::SUI>, vector<u8> or u64.',
  },
  TYPE_NOT_FOUND: {
    message: 'Type {text} does not exist: {reason}.',
    hint: 'Check the package id, module and name; after an upgrade types keep the package id they were first defined in.',
  },
  PACKAGE_NOT_FOUND: {
    message: 'Package 0x{id} does not exist.',
    hint: 'Check the package id and that the package is published on this chain.',
  },
  FAULT: {
    message: 'The engine met a state it must never be in: {reason}.',
    hint: 'Report it together with the module that caused it.',
  },
});
