/**
 * The signature of a receipt of level 2: the wallet's (97 bytes, ed25519) || the enclave key (32) || that key's Ed25519 signature over the
 * same bytes (64). It stands wherever a receipt's signature stands, so nobody can keep one half by accident.
 */
import { parseSignature, verifyDetached, verifyPersonalMessage } from '../signature.ts';

const [WALLET_BYTES, KEY_BYTES, OWN_BYTES] = [97, 32, 64];
const PAIR_BYTES = WALLET_BYTES + KEY_BYTES + OWN_BYTES;

/** A receipt's signature, taken apart. */
export interface ReceiptSignature {
  /** The wallet's, as Sui serializes it. */
  readonly wallet: Uint8Array;
  /** The environment's, where the receipt is of level 2. */
  readonly second: { readonly enclaveKey: Uint8Array; readonly signature: Uint8Array } | null;
}

/** Takes a receipt's signature apart; what has not the length of a pair is the wallet's alone. */
export const splitSignature = (signature: Uint8Array): ReceiptSignature =>
  signature.length === PAIR_BYTES
    ? {
        wallet: signature.slice(0, WALLET_BYTES),
        second: {
          enclaveKey: signature.slice(WALLET_BYTES, WALLET_BYTES + KEY_BYTES),
          signature: signature.slice(WALLET_BYTES + KEY_BYTES),
        },
      }
    : { wallet: signature, second: null };

/** Both signatures as one. */
export const pairSignatures = (wallet: Uint8Array, enclaveKey: Uint8Array, own: Uint8Array): Uint8Array => {
  const pair = new Uint8Array(PAIR_BYTES);
  pair.set(wallet);
  pair.set(enclaveKey, WALLET_BYTES);
  pair.set(own, WALLET_BYTES + KEY_BYTES);
  return pair;
};

/** Who signed a receipt. */
export interface ReceiptSigners {
  /** Address of the wallet. */
  readonly address: string;
  /** 32 bytes; null: no environment signed. */
  readonly enclaveKey: Uint8Array | null;
}

/** Checks every signature a receipt carries; undefined when one does not hold. Throws `WIRE_SIGNATURE_*` for what is none. */
export const receiptSigners = async (
  receipt: Uint8Array,
  signature: Uint8Array,
): Promise<ReceiptSigners | undefined> => {
  const { wallet, second } = splitSignature(signature);
  const parsed = parseSignature(wallet);
  if (!(await verifyPersonalMessage(receipt, parsed))) return undefined;
  if (second && !(await verifyDetached(second.enclaveKey, receipt, second.signature))) return undefined;
  return { address: parsed.address, enclaveKey: second?.enclaveKey ?? null };
};
