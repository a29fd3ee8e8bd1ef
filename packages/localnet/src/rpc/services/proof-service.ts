import { encodeCertifiedSummary } from '../../internal/checkpoint-bcs.ts';
import { EMPTY_NODE, type MerkleTree, merklePath } from '../../internal/merkle.ts';
import { objectBcs } from '../../internal/object-bcs.ts';
import { isLive, type ObjectState, objectStates, objectTree } from '../../internal/object-states.ts';
import type { CheckpointRecord, Effects, StoredObject, TransactionRecord } from '../../types.ts';
import { parseAddress, placeOf, prefixed } from '../convert/address.ts';
import { summaryOf } from '../convert/checkpoint.ts';
import { getCheckpoint, getObject, getTransaction } from '../ledger-functions.ts';
import type { RpcContext } from '../rpc-context.ts';
import { rpcError } from '../rpc-errors.ts';
import type { ServiceHandlers } from '../transport/dispatch.ts';
import type { MerkleProof, NeighbourLeaf, ProofReply, ProofRequest, Reference } from '../transport/proof-messages.ts';

const referenceTo = ({ id, version, digest }: ObjectState): Reference => ({
  objectId: prefixed(id),
  version: BigInt(version),
  digest,
});

const pathTo = (tree: MerkleTree, leaf: number): MerkleProof => ({
  path: merklePath(tree, leaf).map((node) => ({
    node: node === EMPTY_NODE ? { oneofKind: 'empty', empty: {} } : { oneofKind: 'digest', digest: node },
  })),
});

/** What a checkpoint committed to. */
interface Committed {
  readonly states: readonly ObjectState[];
  readonly tree: MerkleTree;
}

const inclusion = ({ ledger }: RpcContext, { states, tree }: Committed, leaf: number): ProofReply['proof'] => {
  const state = states[leaf] as ObjectState;
  const { id, version } = state;
  return {
    oneofKind: 'inclusion',
    inclusion: {
      objectRef: referenceTo(state),
      merkleProof: pathTo(tree, leaf),
      leafIndex: BigInt(leaf),
      treeRoot: tree.root,
      ...(isLive(state) ? { objectData: objectBcs(getObject(ledger, id, version) as StoredObject) } : {}),
    },
  };
};

/** The leaves between which the object's would be; `index` is its place. */
const nonInclusion = ({ states, tree }: Committed, index: number): ProofReply['proof'] => {
  const neighbour = (leaf: number): NeighbourLeaf | undefined => {
    const state = states[leaf];
    return state && { leaf: referenceTo(state), merkleProof: pathTo(tree, leaf) };
  };
  const [leftLeaf, rightLeaf] = [neighbour(index - 1), neighbour(index)];
  return {
    oneofKind: 'nonInclusion',
    nonInclusion: {
      nonInclusionProof: {
        index: BigInt(index),
        ...(leftLeaf ? { leftLeaf } : {}),
        ...(rightLeaf ? { rightLeaf } : {}),
      },
      treeRoot: tree.root,
    },
  };
};

const effectsOf = ({ ledger }: RpcContext, record: CheckpointRecord): Effects[] =>
  record.contents.map(({ transaction }) => (getTransaction(ledger, transaction) as TransactionRecord).effects);

const prove = (context: RpcContext, { objectId, checkpoint }: ProofRequest): ProofReply => {
  const id = parseAddress(objectId, 'object_id');
  if (checkpoint === undefined) throw rpcError('MISSING_FIELD', { field: 'checkpoint' });
  const record = getCheckpoint(context.ledger, placeOf(checkpoint));
  if (!record) throw rpcError('CHECKPOINT_NOT_FOUND', { id: checkpoint });
  if (record.artifactsDigest === null) throw rpcError('NOT_COMMITTED', { checkpoint });
  const states = objectStates(effectsOf(context, record));
  const committed = { states, tree: objectTree(states) };
  const place = states.findIndex((state) => state.id >= id);
  return {
    checkpointSummary: encodeCertifiedSummary(summaryOf(context, record)),
    proof:
      states[place]?.id === id
        ? inclusion(context, committed, place)
        : nonInclusion(committed, place < 0 ? states.length : place),
  };
};

/** `sui.rpc.v2alpha.ProofService`: what a checkpoint did to an object, proved against the checkpoint's digest. */
export const proofService = (context: RpcContext): ServiceHandlers => ({
  GetCheckpointObjectProof: (request: ProofRequest) => prove(context, request),
});
