/// Two regulated currencies: one by the registry's deny list, one by the list's first form.
module demo::ruby;

use sui::coin;

public struct RUBY has drop {}

#[allow(deprecated_usage)]
fun init(witness: RUBY, ctx: &mut TxContext) {
    let (treasury, deny_cap, metadata) =
        coin::create_regulated_currency_v2(witness, 2, b"RUBY", b"Ruby", b"", option::none(), true, ctx);
    transfer::public_freeze_object(metadata);
    transfer::public_transfer(deny_cap, ctx.sender());
    transfer::public_transfer(treasury, ctx.sender())
}
