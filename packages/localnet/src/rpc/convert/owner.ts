import type { Owner } from '@atoma/move-engine';
import { GrpcTypes } from '@mysten/sui/grpc';
import { prefixed } from './address.ts';

/** Who owns an object, as protobuf. */
export const ownerMessage = (owner: Owner): GrpcTypes.Owner => {
  const kinds = GrpcTypes.Owner_OwnerKind;
  switch (owner.kind) {
    case 'address':
      return { kind: kinds.ADDRESS, address: prefixed(owner.address) };
    case 'object':
      return { kind: kinds.OBJECT, address: prefixed(owner.parent) };
    case 'shared':
      return { kind: kinds.SHARED, version: BigInt(owner.initialVersion) };
    case 'consensus':
      return {
        kind: kinds.CONSENSUS_ADDRESS,
        address: prefixed(owner.address),
        version: BigInt(owner.startVersion),
      };
    case 'immutable':
      return { kind: kinds.IMMUTABLE };
  }
};
