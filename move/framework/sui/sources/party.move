/// Ownership through consensus by one address.
module sui::party;

use sui::vec_map::{Self, VecMap};

const NO_PERMISSIONS: u64 = 0;
/// Read 1, write 2, delete 4, transfer 8.
const ALL_PERMISSIONS: u64 = 15;

/// Bit set of what a member may do.
public struct Permissions(u64) has copy, drop;

public struct Party has copy, drop {
    /// Permissions of everyone who is not a member.
    default: Permissions,
    members: VecMap<address, Permissions>,
}

/// `owner` may do everything, nobody else anything.
public fun single_owner(owner: address): Party {
    let mut members = vec_map::empty();
    members.insert(owner, Permissions(ALL_PERMISSIONS));
    Party { default: Permissions(NO_PERMISSIONS), members }
}

public(package) fun is_single_owner(p: &Party): bool {
    p.default.0 == NO_PERMISSIONS && p.members.length() == 1 && {
        let (_, permissions) = p.members.get_entry_by_idx(0);
        permissions.0 == ALL_PERMISSIONS
    }
}

public(package) fun into_native(p: Party): (u64, vector<address>, vector<u64>) {
    let Party { default: Permissions(default), members } = p;
    let (addresses, permissions) = members.into_keys_values();
    (default, addresses, permissions.map!(|permission| {
        let Permissions(bits) = permission;
        bits
    }))
}
