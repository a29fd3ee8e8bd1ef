/// A coin whose publisher mints.
module demo::gold;

public struct GOLD has drop {}

fun init(witness: GOLD, ctx: &mut TxContext) {
    let (cap, metadata) = sui::coin::create_currency(witness, 2, b"AU", b"Gold", b"", option::none(), ctx);
    transfer::public_freeze_object(metadata);
    transfer::public_transfer(cap, ctx.sender());
}
