/// Events: typed records of what happened, for programs outside.
module sui::event;

/// `T` must be defined in the calling module.
public native fun emit<T: copy + drop>(event: T);

#[test_only]
/// Events emitted so far in this transaction.
public native fun num_events(): u32;

#[test_only]
public native fun events_by_type<T: copy + drop>(): vector<T>;
