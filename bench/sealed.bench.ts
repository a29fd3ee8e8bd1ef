/** What level 2 adds to a request and to a frame: `node bench/sealed.bench.ts [--json]`. */
import { generateKeyPairSync } from 'node:crypto';
import { loadFastBlake2b } from '@atoma/base';
import {
  createAnswerOpener,
  createAnswerSealer,
  makeX25519,
  openSealedRequest,
  sealRequest,
  signRaw,
  verifyRaw,
} from '@atoma/sdk';
import { requestOf } from '../packages/sdk/src/testing/sealed-request.ts';
import { median, type Row, report } from './report.ts';

const ROUNDS = 2_000;
const FRAMES = 3 * ROUNDS;

await loadFastBlake2b();
const own = makeX25519();
const request = requestOf(own.publicKey, 900);
const sealed = sealRequest(request);
const piece = new Uint8Array(200);
const sealer = createAnswerSealer(sealed.secrets);
const frames = Array.from({ length: FRAMES }, (_, i) => sealer.frame(i === 0 ? 'head' : 'data', piece));
const other = createAnswerSealer(sealed.secrets);
other.frame('head');
const opener = createAnswerOpener(sealed.secrets);
const enclave = generateKeyPairSync('ed25519');
const enclaveKey = enclave.publicKey.export({ format: 'der', type: 'spki' }).subarray(12);
const signature = signRaw(enclave.privateKey, piece);

const measure = (name: string, work: (round: number) => unknown, target?: string): Row => {
  const figures = Array.from({ length: 2 * ROUNDS }, (_, round) => {
    const started = performance.now();
    work(round);
    return (performance.now() - started) * 1_000;
  });
  return { name, value: median(figures.slice(ROUNDS)), unit: 'us', ...(target ? { target } : {}) };
};

report('sealed', [
  measure('seal a request (buyer)', () => sealRequest(request)),
  measure('open a request (node)', () => openSealedRequest(own, request.signer, request.envelope, sealed.body), '600'),
  measure('seal a frame (node)', () => other.frame('data', piece), '20'),
  measure('open a frame (buyer)', (round) => opener.push(frames[round] as Uint8Array), '20'),
  measure('sign a receipt inside (node)', () => signRaw(enclave.privateKey, piece)),
  measure('check that signature (buyer)', () => verifyRaw(enclaveKey, piece, signature)),
]);
