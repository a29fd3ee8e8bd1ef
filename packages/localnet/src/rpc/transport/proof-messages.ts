/**
 * Messages of `sui.rpc.v2alpha.ProofService` (`proto/sui/rpc/v2alpha/proof_service.proto` of Sui's Rust SDK), which the
 * TypeScript SDK does not have.
 */
import { GrpcTypes } from '@mysten/sui/grpc';
import { MessageType, type PartialFieldInfo, RepeatType, ScalarType } from '@protobuf-ts/runtime';
import type { Method } from './proto.ts';

/** A reference to an object as a message. */
export type Reference = Partial<GrpcTypes.ObjectReference>;

/** A node of a tree. */
export interface MerkleNode {
  readonly node:
    | { readonly oneofKind: 'empty'; readonly empty: object }
    | { readonly oneofKind: 'digest'; readonly digest: Uint8Array };
}

/** Siblings from the leaf to the root. */
export interface MerkleProof {
  readonly path: readonly MerkleNode[];
}

/** A leaf beside the place where another would be. */
export interface NeighbourLeaf {
  readonly leaf: Reference;
  readonly merkleProof: MerkleProof;
}

/** What a checkpoint did to an object. */
export interface InclusionProof {
  readonly objectRef: Reference;
  readonly merkleProof: MerkleProof;
  readonly leafIndex: bigint;
  readonly treeRoot: Uint8Array;
  /** BCS of the object, unless it is there no more. */
  readonly objectData?: Uint8Array;
}

/** That a checkpoint did nothing to an object. */
export interface NonInclusionProof {
  readonly nonInclusionProof: {
    readonly index: bigint;
    readonly leftLeaf?: NeighbourLeaf;
    readonly rightLeaf?: NeighbourLeaf;
  };
  readonly treeRoot: Uint8Array;
}

/** The request. */
export interface ProofRequest {
  readonly objectId?: string;
  readonly checkpoint?: bigint;
}

/** The reply. */
export interface ProofReply {
  readonly checkpointSummary: Uint8Array;
  readonly proof:
    | { readonly oneofKind: 'inclusion'; readonly inclusion: InclusionProof }
    | { readonly oneofKind: 'nonInclusion'; readonly nonInclusion: NonInclusionProof };
}

const message = <Message extends object>(name: string, fields: PartialFieldInfo[]): MessageType<Message> =>
  new MessageType<Message>(`sui.rpc.v2alpha.${name}`, fields);

const bytes = { kind: 'scalar', T: ScalarType.BYTES } as const;
const u64 = { kind: 'scalar', T: ScalarType.UINT64, L: 0, opt: true } as const;
const part = (type: () => MessageType<never>) => ({ kind: 'message', T: type }) as const;
const reference = part(() => GrpcTypes.ObjectReference as unknown as MessageType<never>);

const Empty = new MessageType<object>('google.protobuf.Empty', []);
const Node = message<MerkleNode>('MerkleNode', [
  { no: 1, name: 'empty', oneof: 'node', ...part(() => Empty as never) },
  { no: 2, name: 'digest', oneof: 'node', ...bytes },
]);
const Proof = message<MerkleProof>('MerkleProof', [
  { no: 1, name: 'path', repeat: RepeatType.UNPACKED, ...part(() => Node as never) },
]);
const proof = part(() => Proof as never);
const Neighbour = message<NeighbourLeaf>('MerkleNeighbourLeaf', [
  { no: 1, name: 'leaf', ...reference },
  { no: 2, name: 'merkle_proof', ...proof },
]);
const neighbour = part(() => Neighbour as never);
const NonInclusion = message<NonInclusionProof['nonInclusionProof']>('MerkleNonInclusionProof', [
  { no: 1, name: 'index', ...u64 },
  { no: 2, name: 'left_leaf', ...neighbour },
  { no: 3, name: 'right_leaf', ...neighbour },
]);
const OcsInclusion = message<InclusionProof>('OcsInclusionProof', [
  { no: 1, name: 'object_ref', ...reference },
  { no: 2, name: 'merkle_proof', ...proof },
  { no: 3, name: 'leaf_index', ...u64 },
  { no: 4, name: 'tree_root', opt: true, ...bytes },
  { no: 5, name: 'object_data', opt: true, ...bytes },
]);
const OcsNonInclusion = message<NonInclusionProof>('OcsNonInclusionProof', [
  { no: 1, name: 'non_inclusion_proof', ...part(() => NonInclusion as never) },
  { no: 2, name: 'tree_root', opt: true, ...bytes },
]);

/** The request's type. */
export const ProofRequest = message<ProofRequest>('GetCheckpointObjectProofRequest', [
  { no: 1, name: 'object_id', kind: 'scalar', T: ScalarType.STRING, opt: true },
  { no: 2, name: 'checkpoint', ...u64 },
]);

/** The reply's type. */
export const ProofReply = message<ProofReply>('GetCheckpointObjectProofResponse', [
  { no: 1, name: 'checkpoint_summary', opt: true, ...bytes },
  { no: 2, name: 'inclusion', oneof: 'proof', ...part(() => OcsInclusion as never) },
  { no: 3, name: 'non_inclusion', oneof: 'proof', ...part(() => OcsNonInclusion as never) },
]);

/** The service as the dispatch looks it up. */
export const ProofService = {
  typeName: 'sui.rpc.v2alpha.ProofService',
  methods: [
    { name: 'GetCheckpointObjectProof', I: ProofRequest, O: ProofReply, serverStreaming: false },
  ] as unknown as readonly Method[],
} as const;
