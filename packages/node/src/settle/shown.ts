/** What a dispute shows of what the accused signed: receipts that count, requests it promised never to bill, what it said at a handoff. */
import { isAtomaError, toHex } from '@atoma/base';
import {
  enclaveKeyHash,
  equalBytes,
  type Handoff,
  handoffLayout,
  type Layout,
  parseSignature,
  RECEIPT_BYTES,
  type Receipt,
  type Refusal,
  receiptLayout,
  receiptSigners,
  refusalLayout,
  type Stack,
  verifyPersonalMessage,
} from '@atoma/sdk';

/** Whose signatures count. */
export interface Accused {
  readonly chainId: Uint8Array;
  readonly packageId: Uint8Array;
  readonly stack: Stack;
  /** Hexadecimal hashes of the enclave keys the chain named for the stack; empty below level 2. */
  readonly keyHashes: ReadonlySet<string>;
}

/** What counts of a dispute's exhibits, by request hash. */
export interface Exhibits {
  /** Of each request, in the order they were shown: a challenger's receipt does not keep the owner's of the same request from counting. */
  readonly receipts: ReadonlyMap<string, readonly Receipt[]>;
  readonly refused: ReadonlySet<string>;
  readonly handoffs: readonly HandedOff[];
}

/** What a node said of a stack that changed hands. */
export interface HandedOff {
  /** New owner, `0x` and 64 hex digits. */
  readonly owner: string;
  /** Rows before it. */
  readonly rows: number;
  /** Their units. */
  readonly units: bigint;
}

/** Nothing was shown. */
export const noExhibits: Exhibits = { receipts: new Map(), refused: new Set(), handoffs: [] };

/** Key of {@link Exhibits}. */
export const exhibitKey = (hash: Uint8Array): string => Buffer.from(hash).toString('latin1');

/** Bytes of a wallet's signature in front of what it signed: scheme, ed25519 signature, public key. */
const SIGNATURE_BYTES = 97;

const names = ({ chainId, packageId, stack }: Accused, said: Receipt | Refusal | Handoff): boolean =>
  said.stack === stack.stackSmallId &&
  said.node === stack.selectedNodeSmallId &&
  equalBytes(said.chainId, chainId) &&
  equalBytes(said.packageId, packageId);

/** What `read` gives; undefined for bytes that are no such thing. */
const ifSound = async <Value>(read: () => Promise<Value | undefined>): Promise<Value | undefined> => {
  try {
    return await read();
  } catch (error) {
    if (isAtomaError(error)) return undefined;
    throw error;
  }
};

/** A receipt behind its signature; at level 2 it counts with those of the wallet and of an environment the chain named. */
export const readShownReceipt = (shown: Uint8Array, about: Accused): Promise<Receipt | undefined> =>
  ifSound(async () => {
    const [signature, bytes] = [shown.subarray(0, -RECEIPT_BYTES), shown.subarray(-RECEIPT_BYTES)];
    const receipt = receiptLayout.decode(bytes);
    const signers = names(about, receipt) ? await receiptSigners(bytes, signature) : undefined;
    if (signers?.address !== about.stack.nodeAddress) return undefined;
    if (about.stack.securityLevel !== 2) return receipt;
    const { enclaveKey } = signers;
    return enclaveKey && about.keyHashes.has(toHex(enclaveKeyHash(enclaveKey))) ? receipt : undefined;
  });

/** What the stack's wallet signed of another kind. */
const readSaid = <Said extends Refusal | Handoff>(shown: Uint8Array, layout: Layout<Said>, about: Accused) =>
  ifSound(async () => {
    const [signature, bytes] = [shown.subarray(0, SIGNATURE_BYTES), shown.subarray(SIGNATURE_BYTES)];
    const said = layout.decode(bytes);
    const parsed = parseSignature(signature);
    const own = names(about, said) && parsed.address === about.stack.nodeAddress;
    return own && (await verifyPersonalMessage(bytes, parsed)) ? said : undefined;
  });

/** The exhibits of a dispute that count. */
export const readExhibits = async (shown: readonly Uint8Array[], about: Accused): Promise<Exhibits> => {
  const receipts = new Map<string, Receipt[]>();
  const refused = new Set<string>();
  const handoffs: HandedOff[] = [];
  for (const each of shown) {
    const receipt = await readShownReceipt(each, about);
    if (receipt) {
      const key = exhibitKey(receipt.requestHash);
      receipts.set(key, [...(receipts.get(key) ?? []), receipt]);
      continue;
    }
    const refusal = await readSaid(each, refusalLayout, about);
    if (refusal) refused.add(exhibitKey(refusal.requestHash));
    const handoff = refusal ? undefined : await readSaid(each, handoffLayout, about);
    if (handoff)
      handoffs.push({ owner: `0x${toHex(handoff.owner)}`, rows: Number(handoff.rows), units: handoff.units });
  }
  return { receipts, refused, handoffs };
};
