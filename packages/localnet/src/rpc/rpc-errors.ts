import { defineErrors } from '@atoma/base';

/**
 * Errors of the RPC. Messages follow the wording of Sui's full nodes, because clients show and match them; the status
 * each one travels under stands in `transport/status.ts`.
 */
export const rpcError = defineErrors('RPC', {
  GRAPHQL: { message: 'The request cannot be answered: {reason}', hint: 'Ask for less at once, or in another way.' },
  BAD_REQUEST: { message: '{reason}', hint: 'Correct the request and send it again.' },
  MISSING_FIELD: { message: 'missing {field}', hint: 'Set {field} in the request.' },
  BAD_FIELD: { message: 'invalid {field}: {reason}', hint: 'Correct {field} in the request.' },
  BAD_MASK: {
    message: 'invalid read_mask path: {path}',
    hint: 'Use snake_case field names of {type}, joined by dots.',
  },
  BAD_FRAME: {
    message: 'malformed gRPC frame: {reason}',
    hint: 'Send one frame: flag 0, four bytes of length, then the message.',
  },
  BAD_MESSAGE: { message: 'malformed message {type}', hint: 'Encode the request as protobuf {type}.' },
  BODY_TOO_LARGE: { message: 'request exceeds {limit} bytes', hint: 'Split the request.' },
  COMPRESSED: {
    message: 'compressed messages are not supported',
    hint: 'Send messages uncompressed (grpc-encoding: identity).',
  },
  DEADLINE: { message: 'deadline exceeded', hint: 'Allow more time, or ask for less at once.', retryable: true },
  OBJECT_NOT_FOUND: { message: 'Object {id} not found', hint: 'Check the id and the network.' },
  OBJECT_VERSION_NOT_FOUND: {
    message: 'Object {id} with version {version} not found',
    hint: 'Ask without a version to get the latest one.',
  },
  BAD_DIGEST: { message: 'invalid digest: {given}', hint: 'A digest is 32 bytes in base58.' },
  TRANSACTION_NOT_FOUND: {
    message: 'Transaction {digest} not found',
    hint: 'Wait until it is executed, or check the digest.',
    retryable: true,
  },
  CHECKPOINT_NOT_FOUND: { message: 'Checkpoint {id} not found', hint: 'Ask for one up to the latest checkpoint.' },
  NOT_COMMITTED: {
    message: 'Checkpoint {checkpoint} does not commit to the objects it changed',
    hint: 'Make a new ledger with protocol 138 or later: checkpoints of earlier versions prove nothing.',
  },
  EPOCH_NOT_FOUND: { message: 'Epoch {epoch} not found', hint: 'Ask for one up to the current epoch.' },
  PACKAGE_NOT_FOUND: { message: 'Package {id} not found', hint: 'Check the package id and the network.' },
  NOT_A_PACKAGE: { message: 'Object {id} is not a package', hint: 'Pass the id of a published package.' },
  MODULE_NOT_FOUND: { message: 'Module {name} not found in package {id}', hint: 'Check the module name.' },
  DATATYPE_NOT_FOUND: {
    message: 'Datatype {name} not found in module {module} of package {id}',
    hint: 'Check the name.',
  },
  FUNCTION_NOT_FOUND: {
    message: 'Function {name} not found in module {module} of package {id}',
    hint: 'Check the name.',
  },
  CALLEE_NOT_FOUND: {
    message: 'unable to find function {name}',
    hint: 'Check package, module and function of the Move call.',
  },
  COIN_NOT_FOUND: { message: 'Coin type {type} not found', hint: 'Check the coin type.' },
  NAME_NOT_FOUND: { message: 'name not found', hint: 'This network has no name service: pass addresses.' },
  WRONG_VERSION: {
    message: "provided version doesn't match: object {id} is at version {actual}, provided {given}",
    hint: 'Fetch the object again, or leave the version out.',
  },
  WRONG_DIGEST: {
    message: "provided digest doesn't match: object {id} has digest {actual}, provided {given}",
    hint: 'Fetch the object again, or leave the digest out.',
  },
  OBJECT_OWNED_INPUT: {
    message: 'object {id} is owned by object {owner} and cannot be an input',
    hint: 'Pass its parent and reach it through dynamic fields.',
  },
  GAS_TOO_LOW: {
    message: 'Insufficient gas balance: the given coins hold {available} MIST, {required} MIST are needed',
    hint: 'Add gas coins, or leave the payment to the server.',
  },
  NO_GAS: {
    message:
      'Unable to perform gas selection due to insufficient SUI balance for account {owner} to satisfy required budget {required}',
    hint: 'The account holds {available} MIST in coins the transaction does not use itself; fund it, for example from the faucet.',
  },
  NOT_SERVED: { message: '{path} is not served', hint: 'See the list of methods in the documentation of the network.' },
  UNSUPPORTED: { message: '{feature} is not supported by this network', hint: '{hint}' },
  BAD_PAGE_TOKEN: {
    message: 'invalid page_token',
    hint: 'A page token goes on with the list it came from: the same call with the same owner, parent and type.',
  },
  BAD_CURSOR: { message: 'invalid cursor', hint: 'Pass a cursor exactly as this network returned it.' },
  ROLLED_BACK: {
    message: 'the chain was set back to checkpoint {checkpoint} under this subscription',
    hint: 'Subscribe again and read what is missing with the list call.',
    retryable: true,
  },
  SHUTTING_DOWN: { message: 'the network is shutting down', hint: 'Start it again.', retryable: true },
});
