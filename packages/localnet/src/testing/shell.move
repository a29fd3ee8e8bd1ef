/// A currency made with the registry.
module gallery::shell;

use sui::coin_registry;

public struct SHELL has drop {}

fun init(witness: SHELL, ctx: &mut TxContext) {
    let (currency, mut treasury) = coin_registry::new_currency_with_otw(
        witness,
        3,
        b"SHL".to_string(),
        b"Shell".to_string(),
        b"Money of the sea".to_string(),
        b"https://example.com/shell".to_string(),
        ctx,
    );
    transfer::public_transfer(treasury.mint(5_000, ctx), ctx.sender());
    transfer::public_transfer(currency.finalize(ctx), ctx.sender());
    transfer::public_transfer(treasury, ctx.sender());
}
