/** Certificates of a vendor that exists in tests only. */
import 'reflect-metadata';
import { createPrivateKey, type KeyObject, sign, webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type * as asn1 from 'asn1js';

x509.cryptoProvider.set(webcrypto as unknown as typeof globalThis.crypto);

/** A key and its certificate. */
export interface Holder {
  readonly certificate: X509Certificate;
  readonly pem: string;
  readonly key: KeyObject;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly signer: x509.X509Certificate;
}

/** Names, dates and extensions of a certificate. */
export interface HolderParameters {
  readonly name: string;
  readonly issuer?: Holder;
  readonly ca?: boolean;
  readonly curve?: 'P-256' | 'P-384';
  readonly from?: string;
  readonly until?: string;
  readonly serial?: string;
  readonly extensions?: readonly x509.Extension[];
  /** Authorities that may stand below it. */
  readonly below?: number;
  /** Keys of another holder: a second certificate for them. */
  readonly keys?: webcrypto.CryptoKeyPair;
}

let serials = 1;

/** Makes a key pair and a certificate for it, signed by the issuer or by itself. */
export const makeHolder = async (p: HolderParameters): Promise<Holder> => {
  const curve = p.curve ?? 'P-256';
  const algorithm = { name: 'ECDSA', namedCurve: curve, hash: curve === 'P-256' ? 'SHA-256' : 'SHA-384' };
  const keys =
    p.keys ?? ((await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair);
  const ca = p.ca ?? p.issuer === undefined;
  serials++;
  const signer = await x509.X509CertificateGenerator.create({
    serialNumber: p.serial ?? serials.toString(16).padStart(4, '0'),
    subject: `CN=${p.name}`,
    issuer: p.issuer?.signer.subject ?? `CN=${p.name}`,
    notBefore: new Date(p.from ?? '2025-01-01'),
    notAfter: new Date(p.until ?? '2035-01-01'),
    publicKey: keys.publicKey,
    signingKey: (p.issuer?.keys ?? keys).privateKey,
    signingAlgorithm: p.issuer ? { name: 'ECDSA', hash: algorithmHash(p.issuer) } : algorithm,
    extensions: [new x509.BasicConstraintsExtension(ca, p.below, true), ...(p.extensions ?? [])],
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  const pem = signer.toString('pem');
  return { certificate: new X509Certificate(pem), pem: `${pem}\n`, key, keys, signer };
};

const algorithmHash = ({ keys }: Holder): string =>
  (keys.privateKey.algorithm as webcrypto.EcKeyAlgorithm).namedCurve === 'P-256' ? 'SHA-256' : 'SHA-384';

/** A revocation list of an issuer, DER in hexadecimal. */
export const makeCrl = async (
  issuer: Holder,
  dates: { readonly from: string; readonly until: string },
  revoked: readonly string[] = [],
  more: {
    readonly extensions?: readonly x509.Extension[];
    readonly ofEntries?: readonly x509.Extension[];
    readonly name?: string;
  } = {},
): Promise<string> => {
  const list = await x509.X509CrlGenerator.create({
    issuer: more.name ?? issuer.signer.subject,
    thisUpdate: new Date(dates.from),
    nextUpdate: new Date(dates.until),
    entries: revoked.map((serialNumber) => ({
      ...{ serialNumber, revocationDate: new Date(dates.from) },
      extensions: [...(more.ofEntries ?? [])],
    })),
    extensions: [...(more.extensions ?? [])],
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: { name: 'ECDSA', hash: algorithmHash(issuer) },
  });
  return Buffer.from(list.rawData).toString('hex');
};

/** An extension by its object identifier. */
export const extensionOf = (id: string, value: asn1.BaseBlock, critical = false): x509.Extension =>
  new x509.Extension(id, critical, value.toBER());

/** Signs as r || s. */
export const signRaw = (key: KeyObject, data: Uint8Array, hash: 'sha256' | 'sha384' = 'sha256'): Buffer =>
  sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
