/// Lending a value inside one transaction with the certainty of getting it back.
module sui::borrow;

/// The promise belongs to another referent.
const EWrongBorrow: u64 = 0;
/// Another object was given back.
const EWrongValue: u64 = 1;

/// Keeps a value that can be lent.
public struct Referent<T: key + store> has store {
    id: address,
    value: Option<T>,
}

/// Promise to give the value back: it can only be used up by `put_back`.
public struct Borrow { ref: address, obj: ID }

public fun new<T: key + store>(value: T, ctx: &mut TxContext): Referent<T> {
    Referent { id: ctx.fresh_object_address(), value: option::some(value) }
}

public fun borrow<T: key + store>(self: &mut Referent<T>): (T, Borrow) {
    let value = self.value.extract();
    let id = object::id(&value);
    (value, Borrow { ref: self.id, obj: id })
}

public fun put_back<T: key + store>(self: &mut Referent<T>, value: T, borrow: Borrow) {
    let Borrow { ref, obj } = borrow;
    assert!(object::id(&value) == obj, EWrongValue);
    assert!(self.id == ref, EWrongBorrow);
    self.value.fill(value);
}

public fun destroy<T: key + store>(self: Referent<T>): T {
    let Referent { id: _, value } = self;
    value.destroy_some()
}
