module sui::types;

/// Whether the value is the witness given to a module's `init`: named like the module, only `drop`, no field but one bool.
public native fun is_one_time_witness<T: drop>(_: &T): bool;
