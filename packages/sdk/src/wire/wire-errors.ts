/** Faults of messages between buyers and nodes. */
import { defineErrors } from '@atoma/base';

/** A message, signature or answer does not have the form or content the wire format demands. */
export const wireError = defineErrors('WIRE', {
  MALFORMED: {
    message: 'The {what} cannot be decoded at {field}: {why}',
    hint: 'Build it with the functions of this package; every field has exactly one encoding.',
  },
  SIGNATURE_MALFORMED: {
    message: 'The signature cannot be read: {why}',
    hint: 'Send base64 of the Sui signature: one flag byte, the signature, the public key.',
  },
  SIGNATURE_SCHEME: {
    message: 'Signatures of scheme {scheme} are not accepted here',
    hint: 'Sign with an ed25519, secp256k1 or secp256r1 key.',
  },
  SIGNATURE_INVALID: {
    message: 'The signature does not belong to this message',
    hint: 'Sign the exact bytes as a Sui personal message.',
  },
  SIGNER_SCHEME: {
    message: 'A key of scheme {scheme} cannot sign receipts; they need ed25519',
    hint: 'Use an ed25519 key for the node wallet.',
  },
  CONTENT: {
    message: 'The answer cannot be hashed: {why}',
    hint: 'The node sent something the content hash does not cover; treat the answer as unverified.',
  },
  RECEIPT: {
    message: 'The receipt of request {requestId} is not valid: {why}',
    hint: 'Keep it as evidence and use another node.',
  },
  SEALED: {
    message: 'The sealed message cannot be opened: {why}',
    hint: 'Nothing was disclosed. Send the request anew; if it happens again, use another node.',
  },
  REFUSED: {
    message: 'The node refused the request with {code}: {message}',
    hint: '{hint}',
  },
});
