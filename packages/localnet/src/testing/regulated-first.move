/// A regulated currency of the first form.
module demo::opal;

use sui::coin;

public struct OPAL has drop {}

#[allow(deprecated_usage)]
fun init(witness: OPAL, ctx: &mut TxContext) {
    let (treasury, deny_cap, metadata) =
        coin::create_regulated_currency(witness, 2, b"OPAL", b"Opal", b"", option::none(), ctx);
    transfer::public_freeze_object(metadata);
    transfer::public_transfer(deny_cap, ctx.sender());
    transfer::public_transfer(treasury, ctx.sender())
}
