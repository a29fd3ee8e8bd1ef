/// A regulated currency of the coin registry.
module demo::jade;

use sui::coin_registry;

public struct JADE has drop {}

fun init(witness: JADE, ctx: &mut TxContext) {
    let (mut currency, treasury) = coin_registry::new_currency_with_otw(
        witness,
        2,
        b"JADE".to_string(),
        b"Jade".to_string(),
        b"".to_string(),
        b"".to_string(),
        ctx,
    );
    let deny_cap = currency.make_regulated(true, ctx);
    transfer::public_transfer(currency.finalize(ctx), ctx.sender());
    transfer::public_transfer(deny_cap, ctx.sender());
    transfer::public_transfer(treasury, ctx.sender())
}
