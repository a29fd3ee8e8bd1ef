/// Short identifiers. Counters start at 1; 0 means "none".
module atoma::small_id;

public use fun node_inner as NodeSmallId.inner;
public use fun task_inner as TaskSmallId.inner;
public use fun stack_inner as StackSmallId.inner;

public struct NodeSmallId has copy, drop, store { inner: u64 }

public struct TaskSmallId has copy, drop, store { inner: u64 }

public struct StackSmallId has copy, drop, store { inner: u64 }

public(package) fun node(inner: u64): NodeSmallId { NodeSmallId { inner } }

public(package) fun task(inner: u64): TaskSmallId { TaskSmallId { inner } }

public(package) fun stack(inner: u64): StackSmallId { StackSmallId { inner } }

public(package) fun nodes(ids: &vector<u64>): vector<NodeSmallId> { ids.map_ref!(|id| node(*id)) }

public fun node_inner(self: &NodeSmallId): u64 { self.inner }

public fun task_inner(self: &TaskSmallId): u64 { self.inner }

public fun stack_inner(self: &StackSmallId): u64 { self.inner }
