/**
 * Evidence for rehearsals: signed by a development key that anybody may hold, so it proves nothing. Both sides refuse it on public
 * networks. Layout: "atoma/rehearse/1" || measurement(48) || report_data(64) || root's public key(32) || Ed25519 signature(64).
 */
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { nodeError } from '../node-errors.ts';
import type { Environment } from './environment.ts';

const DOMAIN = new TextEncoder().encode('atoma/rehearse/1');
/** RFC 8410: an Ed25519 private key up to its 32 secret bytes. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const none = new Uint8Array();

/** What every output of a rehearsal says. */
export const REHEARSAL_LABEL = 'rehearsal: no hardware protects this';

/** The public half of a development root, 32 bytes. */
export const rehearsalRoot = (secret: Uint8Array): Uint8Array => {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
  return new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));
};

/** An environment without hardware. `secret` is the development root's, 32 bytes. */
export const rehearsalEnvironment = (secret: Uint8Array, version: string): Environment => {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
  const root = rehearsalRoot(secret);
  const measurement = createHash('sha384').update(`atoma-node ${version}`).digest();
  return {
    kind: 'rehearsal',
    label: REHEARSAL_LABEL,
    configHash: new Uint8Array(32),
    weightsRoot: new Uint8Array(32),
    quote: async (reportData) => {
      const signed = Buffer.concat([DOMAIN, measurement, reportData, root]);
      return { quote: Buffer.concat([signed, sign(null, signed, key)]), collateral: none, eventLog: none };
    },
    gpu: async () => none,
  };
};

/** Networks where money is real: there a rehearsal would be a lie. */
const PUBLIC: ReadonlySet<string> = new Set(['mainnet', 'testnet', 'devnet']);

/** Throws `NODE_CONFIG` for a rehearsal on a public network. */
export const refuseRehearsal = ({ kind }: Pick<Environment, 'kind'>, network: string): void => {
  if (kind !== 'rehearsal' || !PUBLIC.has(network)) return;
  const why = `a rehearsal of confidential hardware is refused on ${network}`;
  throw nodeError('CONFIG', { why, where: 'the confidential environment' });
};
