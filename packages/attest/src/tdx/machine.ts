/** What the machine's certificate (PCK) says of it: Intel SGX PCK Certificate and CRL Profile Specification, extension 1.2.840.113741.1.13.1. */
import type { X509Certificate } from 'node:crypto';
import * as asn1 from 'asn1js';
import { demand } from '../reason.ts';
import { extension, members, readDer } from '../x509.ts';

const EXTENSION = '1.2.840.113741.1.13.1';

/** A machine as its certificate describes it. */
export interface Machine {
  /** Platform id, lower-case hexadecimal. */
  readonly ppid: string;
  readonly fmspc: string;
  readonly pceId: string;
  /** 16 security version numbers. */
  readonly svns: readonly number[];
  readonly pceSvn: number;
}

const entriesOf = (block: asn1.BaseBlock | undefined): ReadonlyMap<string, asn1.BaseBlock> =>
  new Map(
    members(block).flatMap((entry) => {
      const [id, value] = members(entry);
      return id instanceof asn1.ObjectIdentifier && value ? [[id.valueBlock.toString(), value] as const] : [];
    }),
  );

/** Reads the extension. Throws `Refusal`. */
export const readMachine = (pck: X509Certificate): Machine => {
  const bytes = extension(pck, EXTENSION);
  demand(bytes !== undefined, 'malformed', "The machine's certificate does not say which machine it is for.");
  const all = entriesOf(readDer(bytes, "extension of the machine's certificate"));
  const octets = (id: number): string => {
    const value = all.get(`${EXTENSION}.${id}`);
    demand(value instanceof asn1.OctetString, 'malformed', `The machine's certificate lacks its member ${id}.`);
    return Buffer.from(value.valueBlock.valueHexView).toString('hex');
  };
  const tcb = entriesOf(all.get(`${EXTENSION}.2`));
  const svn = (i: number): number => {
    const value = tcb.get(`${EXTENSION}.2.${i}`);
    demand(value instanceof asn1.Integer, 'malformed', `The machine's certificate lacks its version number ${i}.`);
    return value.valueBlock.valueDec;
  };
  return {
    ppid: octets(1),
    pceId: octets(3),
    fmspc: octets(4),
    svns: Array.from({ length: 16 }, (_, i) => svn(i + 1)),
    pceSvn: svn(17),
  };
};
