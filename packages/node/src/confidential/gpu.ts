/**
 * NVIDIA's attestation tool, run inside the guest before anything is served: the GPUs are judged here, by their vendor's program, and what it
 * said is hash-bound into the report of the processor. A buyer trusts it as far as it trusts the measured image.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { toHex } from '@atoma/base';
import * as z from 'zod';
import { nodeError } from '../errors.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;
/** Evidence beyond this does not fit a document. */
const MOST_BYTES = 32 * 1024;
/** Stands for the nonce among the tool's arguments. */
export const NONCE = '{nonce}';

/** What the claims of the tool's JSON must say of each GPU; names as in NVIDIA's claims schema. */
const claim = z.object({
  measres: z.string().toLowerCase().pipe(z.literal('success')),
  eat_nonce: z.string(),
  secboot: z.literal(true),
  dbgstat: z.literal('disabled'),
});
const output = z.object({ result_code: z.literal(0), claims: z.array(claim).min(1) });

const failure = (why: string, cause?: unknown) => nodeError('EVIDENCE', { why, where: "the GPU's tool" }, cause);

/** Reads the tool's output. Throws `NODE_EVIDENCE` unless every one of `gpus` devices was measured well, over this nonce, undebugged. */
export const checkGpuClaims = (text: string, nonce: Uint8Array, gpus: number): void => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw failure('its output is no JSON', cause);
  }
  const parsed = output.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw failure(`it does not vouch for every GPU: ${issue?.path.join('.')} (${issue?.message})`);
  }
  const { claims } = parsed.data;
  if (claims.length !== gpus) throw failure(`it speaks of ${claims.length} devices, and ${gpus} are in use`);
  if (claims.some((each) => each.eat_nonce.toLowerCase().replace(/^0x/, '') !== toHex(nonce)))
    throw failure('it answered another nonce: its evidence is not fresh');
};

/** Evidence of `gpus` devices by the tool; `command` has {@link NONCE} among its arguments. */
export const gpuEvidence =
  (command: readonly string[], gpus: number) =>
  async (nonce: Uint8Array): Promise<Uint8Array> => {
    const [program = '', ...args] = command.map((word) => (word === NONCE ? toHex(nonce) : word));
    const said = await run(program, args, { timeout: TIMEOUT_MS, maxBuffer: MOST_BYTES, encoding: 'utf8' }).catch(
      (cause: unknown) => {
        throw failure(`${program} failed: ${(cause as Error).message}`, cause);
      },
    );
    checkGpuClaims(said.stdout, nonce, gpus);
    return Buffer.from(said.stdout);
  };

/** A machine without GPUs in use. */
export const noGpu = async (): Promise<Uint8Array> => new Uint8Array();
