import { GrpcTypes } from '@mysten/sui/grpc';
import { rpcError } from '../rpc-errors.ts';
import type { Draft } from '../transport/proto.ts';

const schemes = GrpcTypes.SignatureScheme;

/** Scheme by the first byte of a serialized signature; lengths of signature and key where the form is simple. */
const byFlag: Readonly<Record<number, { scheme: GrpcTypes.SignatureScheme; key?: number }>> = {
  0: { scheme: schemes.ED25519, key: 32 },
  1: { scheme: schemes.SECP256K1, key: 33 },
  2: { scheme: schemes.SECP256R1, key: 33 },
  3: { scheme: schemes.MULTISIG },
  5: { scheme: schemes.ZKLOGIN },
  6: { scheme: schemes.PASSKEY },
};

const SIGNATURE_BYTES = 64;

/** A serialized signature (flag first) with its parts when it is a plain one. */
export const signatureMessage = (bytes: Uint8Array): Draft<'UserSignature'> => {
  const form = byFlag[bytes[0] as number];
  const draft: Draft<'UserSignature'> = { bcs: { name: 'UserSignatureBytes', value: bytes } };
  if (!form) return draft;
  draft.scheme = form.scheme;
  if (form.key !== undefined && bytes.length === 1 + SIGNATURE_BYTES + form.key)
    draft.signature = {
      oneofKind: 'simple',
      simple: {
        scheme: form.scheme,
        signature: bytes.slice(1, 1 + SIGNATURE_BYTES),
        publicKey: bytes.slice(1 + SIGNATURE_BYTES),
      },
    };
  return draft;
};

/** Bytes of a signature in a request: as given, or put together from its parts. Throws RPC_MISSING_FIELD. */
export const signatureBytes = (message: GrpcTypes.UserSignature, index: number): Uint8Array => {
  if (message.bcs?.value) return message.bcs.value;
  const simple = message.signature.oneofKind === 'simple' ? message.signature.simple : undefined;
  const flag = Object.entries(byFlag).find(([, form]) => form.scheme === simple?.scheme && form.key !== undefined)?.[0];
  if (!simple?.signature || !simple.publicKey || flag === undefined)
    throw rpcError('MISSING_FIELD', { field: `signatures[${index}].bcs` });
  return new Uint8Array(Buffer.concat([Buffer.of(Number(flag)), simple.signature, simple.publicKey]));
};
