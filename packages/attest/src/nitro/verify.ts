/** AWS Nitro attestation documents: COSE_Sign1 (RFC 9052) over CBOR. Format: AWS Nitro Enclaves, "Verifying the root of trust". */
import { verify, type X509Certificate } from 'node:crypto';
import { decode, encode } from 'cborg';
import * as z from 'zod';
import { isZero } from '../bytes.ts';
import { demand, type Reason, Refusal } from '../reason.ts';
import type { Findings } from '../verdict.ts';
import { checkChain, readCertificate } from '../x509.ts';

const ES384 = -35;
const MOST_BYTES = 16_384;
const bytes = z.instanceof(Uint8Array);

const envelope = z.tuple([bytes, z.instanceof(Map), bytes, bytes]);
const payloadShape = z.object({
  module_id: z.string().min(1),
  digest: z.literal('SHA384'),
  timestamp: z.number().positive(),
  pcrs: z.map(
    z.int().min(0).max(31),
    bytes.refine((value) => [32, 48, 64].includes(value.length)),
  ),
  certificate: bytes,
  cabundle: z.array(bytes).min(1),
  public_key: bytes.nullish(),
  user_data: bytes.nullish(),
  nonce: bytes.nullish(),
});

const read = <Value>(what: string, action: () => Value): Value => {
  try {
    return action();
  } catch (cause) {
    throw new Refusal('malformed', `The ${what} is not in the vendor's format, or cut short.`, cause);
  }
};

const maps = { useMaps: true } as const;

/** Checks a document: certificates to AWS's root at `at`, then its signature. */
export const checkNitro = (document: Buffer, root: X509Certificate, at: Date): Findings => {
  demand(
    document.length <= MOST_BYTES,
    'malformed',
    `The document has ${document.length} bytes; ${MOST_BYTES} are read at most.`,
  );
  const untagged = document[0] === 0xd2 ? document.subarray(1) : document; // tag 18, COSE_Sign1
  const [header, , payload, signature] = read('document', () => envelope.parse(decode(untagged, maps)));
  const algorithm = read("document's header", () => (decode(header, maps) as Map<unknown, unknown>).get(1));
  demand(
    algorithm === ES384,
    'malformed',
    `The document is signed with algorithm ${String(algorithm)}; ES384 (-35) is read.`,
  );
  const claims = read("document's payload", () =>
    payloadShape.parse(Object.fromEntries(decode(payload, maps) as Map<string, unknown>)),
  );
  const leaf = readCertificate(claims.certificate, "document's certificates");
  const above = claims.cabundle.map((each) => readCertificate(each, "document's certificates")).reverse();
  checkChain([leaf, ...above], root, at, "document's certificate chain");
  const signed = encode(['Signature1', header, new Uint8Array(0), payload]);
  const key = { key: leaf.publicKey, dsaEncoding: 'ieee-p1363' as const };
  demand(
    verify('sha384', signed, key, signature),
    'signature',
    'The document is not signed by its certificate: it was changed.',
  );
  const hex = (value: Uint8Array | null | undefined): string => Buffer.from(value ?? []).toString('hex');
  const pcrs = [...claims.pcrs].map(([i, value]) => [`pcr${i}`, hex(value)] as const);
  const debug = isZero(claims.pcrs.get(0) ?? new Uint8Array(1));
  const reasons: readonly Reason[] = debug
    ? [
        {
          code: 'debug',
          text: 'The enclave runs in debug mode: its measurements are zero and the operator can read its console.',
        },
      ]
    : [];
  return {
    reasons,
    claims: {
      ...Object.fromEntries(pcrs),
      module_id: claims.module_id,
      made: new Date(claims.timestamp).toISOString(),
      report_data: hex(claims.user_data),
      nonce: hex(claims.nonce),
      public_key: hex(claims.public_key),
    },
    measured: pcrs.map(([name]) => name),
    machine: undefined,
  };
};
