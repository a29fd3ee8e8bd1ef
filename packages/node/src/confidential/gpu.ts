/**
 * NVIDIA's attestation tool, run inside the guest before anything is served: the GPUs are judged here, by their vendor's program, and what it
 * said is hash-bound into the report of the processor. A buyer trusts it as far as it trusts the measured image.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { toHex } from '@atoma/base';
import * as z from 'zod';
import { nodeError } from '../node-errors.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;
/** Evidence beyond this does not fit a document. */
const MOST_BYTES = 32 * 1024;
/** Stands for the nonce among the tool's arguments. */
export const NONCE = '{nonce}';

/**
 * What the claims of the tool's JSON must say of each device, GPU or switch; names as in NVIDIA's claims schema. Further claims that are
 * false or bad count against it, whatever their names.
 */
const claim = z.looseObject({
  measres: z.string().toLowerCase().pipe(z.literal('success')),
  eat_nonce: z.string(),
  secboot: z.literal(true),
  dbgstat: z.literal('disabled'),
  ueid: z.string().min(1),
  'x-nvidia-device-type': z.enum(['gpu', 'switch']).default('gpu'),
});
type Claim = z.infer<typeof claim>;

/** What the report itself must have passed. */
const PASSED = ['signature-verified', 'nonce-match'] as const;
/** What certificates may be said to be. */
const GOOD: ReadonlySet<unknown> = new Set(['valid', 'good']);

/** The first claim that speaks against a device, by its name: one that is false, a certificate that is not good, records that differ. */
const firstBad = (claims: object): string | undefined => {
  for (const [name, value] of Object.entries(claims)) {
    if (value === false) return name;
    if (/^x-nvidia-cert-(ocsp-)?status$/.test(name) && !GOOD.has(value)) return name;
    if (/mismatch/.test(name) && value !== null && !(Array.isArray(value) && value.length === 0)) return name;
    const inner = typeof value === 'object' && value !== null ? firstBad(value) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
};

/** Why a device is not believed, by the name of a claim; undefined: it is. */
const fault = (claims: Claim): string | undefined => {
  const report = `x-nvidia-${claims['x-nvidia-device-type']}-attestation-report`;
  return PASSED.map((what) => `${report}-${what}`).find((name) => claims[name] !== true) ?? firstBad(claims);
};
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
  const [bad] = claims.flatMap((each) => fault(each) ?? []);
  if (bad !== undefined) throw failure(`it does not vouch for every GPU: ${bad}`);
  if (new Set(claims.map(({ ueid }) => ueid)).size !== claims.length) throw failure('it speaks twice of one device');
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
