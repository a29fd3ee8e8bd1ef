/**
 * What of Sui's GraphQL is served: what its TypeScript client asks, and what wallets and explorers page through. Names, arguments
 * and nullability are those of Sui's schema (`sui-indexer-alt-graphql`), of which this is a part.
 */
export const SCHEMA = `
scalar SuiAddress
scalar UInt53
scalar BigInt
scalar Base64
scalar DateTime
scalar JSON

type Query {
  chainIdentifier: String!
  address(address: SuiAddress, name: String): Address
  object(address: SuiAddress!, version: UInt53): Object
  multiGetObjects(keys: [ObjectKey!]!): [Object]!
  package(address: SuiAddress!): MovePackage
  coinMetadata(coinType: String!): CoinMetadata
  checkpoint(sequenceNumber: UInt53): Checkpoint
  epoch(epochId: UInt53): Epoch
  transaction(digest: String!): Transaction
  transactions(first: Int, after: String, last: Int, before: String, filter: TransactionFilter): TransactionConnection
  events(first: Int, after: String, last: Int, before: String, filter: EventFilter): EventConnection
  simulateTransaction(transaction: JSON!, checksEnabled: Boolean, doGasSelection: Boolean): SimulationResult!
}

type Mutation {
  executeTransaction(transactionDataBcs: Base64!, signatures: [Base64!]!): ExecutionResult!
}

input ObjectKey { address: SuiAddress!, version: UInt53 }
input ObjectFilter { type: String }
input TransactionFilter { sentAddress: SuiAddress, function: String }
input EventFilter { sender: SuiAddress, module: String, type: String }

enum ExecutionStatus { SUCCESS FAILURE }
enum MoveVisibility { PUBLIC PRIVATE FRIEND }
enum MoveAbility { COPY DROP STORE KEY }

type PageInfo { hasNextPage: Boolean!, hasPreviousPage: Boolean!, startCursor: String, endCursor: String }

type Address {
  address: SuiAddress!
  balance(coinType: String!): Balance
  balances(first: Int, after: String): BalanceConnection
  objects(first: Int, after: String, filter: ObjectFilter): MoveObjectConnection
  dynamicFields(first: Int, after: String): DynamicFieldConnection
  defaultNameRecord: NameRecord
  transactions(first: Int, after: String, last: Int, before: String): TransactionConnection
}
type NameRecord { domain: String! }
type Balance { coinType: MoveType, totalBalance: BigInt, coinBalance: BigInt, addressBalance: BigInt }
type BalanceConnection { pageInfo: PageInfo!, nodes: [Balance!]! }

type MoveType { repr: String! }
type MoveValue { type: MoveType, bcs: Base64, json: JSON, display: Display }
type Display { output: JSON, errors: JSON }

type Object {
  address: SuiAddress!
  version: UInt53
  digest: String
  objectBcs: Base64
  owner: Owner
  previousTransaction: Transaction
  asMoveObject: MoveObject
  asMovePackage: MovePackage
  dynamicFields(first: Int, after: String): DynamicFieldConnection
}
type MoveObject {
  address: SuiAddress!
  version: UInt53
  digest: String
  objectBcs: Base64
  owner: Owner
  previousTransaction: Transaction
  contents: MoveValue
  dynamicFields(first: Int, after: String): DynamicFieldConnection
}
type MoveObjectConnection { pageInfo: PageInfo!, nodes: [MoveObject!]! }

union Owner = AddressOwner | ObjectOwner | Shared | Immutable | ConsensusAddressOwner
type AddressOwner { address: Address }
type ObjectOwner { address: Address }
type Shared { initialSharedVersion: UInt53 }
type Immutable { _: Boolean }
type ConsensusAddressOwner { startVersion: UInt53, address: Address }

union DynamicFieldValue = MoveObject | MoveValue
type DynamicField { name: MoveValue, value: DynamicFieldValue }
type DynamicFieldConnection { pageInfo: PageInfo!, nodes: [DynamicField!]! }

type CoinMetadata { address: SuiAddress, decimals: Int, name: String, symbol: String, description: String, iconUrl: String, supply: BigInt }

type MovePackage { address: SuiAddress!, version: UInt53, module(name: String!): MoveModule }
type MoveModule { name: String!, package: MovePackage, function(name: String!): MoveFunction }
type MoveFunction {
  name: String!
  visibility: MoveVisibility
  isEntry: Boolean
  typeParameters: [MoveFunctionTypeParameter!]
  parameters: [OpenMoveType!]
  return: [OpenMoveType!]
}
type MoveFunctionTypeParameter { constraints: [MoveAbility!]! }
type OpenMoveType { signature: JSON! }

type Checkpoint { sequenceNumber: UInt53!, digest: String, timestamp: DateTime }
type Epoch {
  epochId: UInt53!
  referenceGasPrice: BigInt
  startTimestamp: DateTime
  protocolConfigs: ProtocolConfigs
  systemState: MoveValue
}
type ProtocolConfigs { protocolVersion: UInt53!, featureFlags: [FeatureFlag!]!, configs: [ProtocolConfig!]! }
type FeatureFlag { key: String!, value: Boolean! }
type ProtocolConfig { key: String!, value: String }

type Transaction {
  digest: String!
  sender: Address
  transactionBcs: Base64
  transactionJson: JSON
  signatures: [UserSignature!]!
  effects: TransactionEffects
}
type UserSignature { signatureBytes: Base64 }
type TransactionConnection { pageInfo: PageInfo!, nodes: [Transaction!]! }
type TransactionEffects {
  status: ExecutionStatus
  executionError: ExecutionError
  timestamp: DateTime
  checkpoint: Checkpoint
  epoch: Epoch
  effectsBcs: Base64
  effectsJson: JSON
  balanceChangesJson: JSON
  objectChanges(first: Int): ObjectChangeConnection
  events(first: Int): EventConnection
  transaction: Transaction
}
type ExecutionError {
  message: String!
  abortCode: BigInt
  identifier: String
  constant: String
  sourceLineNumber: Int
  instructionOffset: Int
  module: MoveModule
  function: MoveFunction
}
type ObjectChange { address: SuiAddress!, inputState: Object, outputState: Object }
type ObjectChangeConnection { pageInfo: PageInfo!, nodes: [ObjectChange!]! }

type Event {
  sequenceNumber: UInt53!
  transaction: Transaction
  transactionModule: MoveModule
  sender: Address
  timestamp: DateTime
  contents: MoveValue
}
type EventConnection { pageInfo: PageInfo!, nodes: [Event!]! }

type ExecutionResult { effects: TransactionEffects, errors: [String!] }
type SimulationResult { effects: TransactionEffects, outputs: [CommandResult!] }
type CommandResult { returnValues: [CommandOutput!], mutatedReferences: [CommandOutput!] }
type CommandOutput { value: MoveValue }
`;
