/** Who may use an object, in one form for both of the client's. */
import type { SuiClientTypes } from '@mysten/sui/client';
import type { GrpcTypes } from '@mysten/sui/grpc';

/** Owner of an object. Versions are decimal text. */
export type ObjectOwner =
  | { readonly kind: 'address'; readonly address: string }
  /** A dynamic field, or an object in one: `parent` is what it hangs on. */
  | { readonly kind: 'object'; readonly parent: string }
  | { readonly kind: 'shared'; readonly initialVersion: string }
  /** Owned by an address, ordered by consensus. */
  | { readonly kind: 'consensusAddress'; readonly address: string; readonly startVersion: string }
  | { readonly kind: 'immutable' };

/** The client's owner of a changed object; null where it names none. */
export const ownerOf = (owner: SuiClientTypes.ObjectOwner | null): ObjectOwner | null => {
  switch (owner?.$kind) {
    case 'AddressOwner':
      return { kind: 'address', address: owner.AddressOwner };
    case 'ObjectOwner':
      return { kind: 'object', parent: owner.ObjectOwner };
    case 'Shared':
      return { kind: 'shared', initialVersion: owner.Shared.initialSharedVersion };
    case 'ConsensusAddressOwner': {
      const { owner: address, startVersion } = owner.ConsensusAddressOwner;
      return { kind: 'consensusAddress', address, startVersion };
    }
    case 'Immutable':
      return { kind: 'immutable' };
    default:
      return null;
  }
};

/** The same of an owner as the protocol sends it; the numbers are those of `Owner.OwnerKind`. */
export const ownerOfMessage = ({ kind, address = '', version = 0n }: GrpcTypes.Owner): ObjectOwner | null => {
  switch (Number(kind)) {
    case 1:
      return { kind: 'address', address };
    case 2:
      return { kind: 'object', parent: address };
    case 3:
      return { kind: 'shared', initialVersion: String(version) };
    case 4:
      return { kind: 'immutable' };
    case 5:
      return { kind: 'consensusAddress', address, startVersion: String(version) };
    default:
      return null;
  }
};

/** An owner in words. */
export const describeOwner = (owner: ObjectOwner | null): string => {
  switch (owner?.kind) {
    case 'address':
      return `owned by ${owner.address}`;
    case 'object':
      return `held by object ${owner.parent}`;
    case 'shared':
      return `shared since version ${owner.initialVersion}`;
    case 'consensusAddress':
      return `owned by ${owner.address}, ordered by consensus since version ${owner.startVersion}`;
    case 'immutable':
      return 'immutable';
    default:
      return 'without an owner';
  }
};
