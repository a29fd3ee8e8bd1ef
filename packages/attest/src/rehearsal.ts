/**
 * Evidence of rehearsals: signed by a development key, it proves nothing about hardware. It is judged only where a root was named.
 * Layout: "atoma/rehearse/1" || measurement(48) || report_data(64) || root's public key(32) || Ed25519 signature(64).
 */
import { createPublicKey, verify } from 'node:crypto';
import { demand } from './reason.ts';
import type { Claims } from './verdict.ts';

const DOMAIN = Buffer.from('atoma/rehearse/1');
const [MEASUREMENT_END, REPORT_END, ROOT_END, BYTES] = [64, 128, 160, 224];
/** RFC 8410: an Ed25519 public key up to its 32 bytes. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** What every output about such evidence says. */
export const REHEARSAL_LABEL = 'rehearsal: no hardware protects this';

/** Whether these bytes are evidence of a rehearsal. */
export const isRehearsal = (evidence: Buffer): boolean => evidence.subarray(0, DOMAIN.length).equals(DOMAIN);

/** Checks it against the named root, 32 bytes. Throws `Refusal`. */
export const checkRehearsal = (evidence: Buffer, root: Uint8Array | undefined): Claims => {
  demand(
    root !== undefined,
    'product',
    'The evidence is of a rehearsal, which no hardware protects; it is accepted on one’s own machine only.',
  );
  demand(
    evidence.length === BYTES && isRehearsal(evidence),
    'malformed',
    'The evidence of the rehearsal has another length.',
  );
  const named = evidence.subarray(REPORT_END, ROOT_END);
  demand(named.equals(root), 'chain', 'The evidence of the rehearsal is signed by another development root.');
  const key = createPublicKey({ key: Buffer.concat([SPKI, named]), format: 'der', type: 'spki' });
  demand(
    verify(null, evidence.subarray(0, ROOT_END), key, evidence.subarray(ROOT_END)),
    'signature',
    'The evidence of the rehearsal is not signed by its root: it was changed.',
  );
  return {
    measurement: evidence.subarray(DOMAIN.length, MEASUREMENT_END).toString('hex'),
    report_data: evidence.subarray(MEASUREMENT_END, REPORT_END).toString('hex'),
  };
};
