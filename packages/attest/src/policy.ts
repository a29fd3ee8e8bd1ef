/** What a buyer accepts. */
import * as z from 'zod';
import { Refusal } from './reason.ts';
import { tcbStatus } from './tdx/collateral.ts';

const hex = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{${bytes * 2}}$`), `must be ${bytes} bytes in hexadecimal`)
    .transform((text) => text.toLowerCase());

/** A register's value, or the events that were measured into it, in order; an event may be one of several. */
const register = z.union([hex(48), z.array(z.union([hex(48), z.array(hex(48)).min(1)]))]);

const tdx = z.strictObject({
  mrtd: hex(48),
  rtmr0: register,
  rtmr1: register,
  rtmr2: register,
  rtmr3: register.optional(),
  mrconfigid: hex(48).default('00'.repeat(48)),
  mrowner: hex(48).default('00'.repeat(48)),
  mrownerconfig: hex(48).default('00'.repeat(48)),
});
const sgx = z.strictObject({
  mrenclave: hex(32).optional(),
  mrsigner: hex(32).optional(),
  isvprodid: hex(2).optional(),
});
const snp = z.strictObject({ measurement: hex(48), host_data: hex(32).optional(), id_key_digest: hex(48).optional() });
const pcr = z.record(z.string().regex(/^pcr([0-9]|[12][0-9]|3[01])$/), hex(48));

const version = z.int().min(0).max(255).default(0);
const leastTcb = z.strictObject({
  fmc: version,
  bootloader: version,
  tee: version,
  snp: version,
  microcode: version,
});

const policy = z.strictObject({
  /** Firmware levels that are accepted. */
  tcb: z.array(tcbStatus).min(1).default(['UpToDate']),
  /** Advisories that a level other than UpToDate may have. */
  advisories: z.array(z.string()).default([]),
  /** Milan's keys can be extracted by software, a preprint of 2026 says. */
  allow_milan: z.boolean().default(false),
  /** Least firmware versions per AMD product, where more is wanted than what this version ships. */
  snp_least: z.partialRecord(z.enum(['milan', 'genoa', 'turin']), leastTcb).optional(),
  /** Images that may run: a report must match all members of one entry of its kind. */
  measurements: z
    .strictObject({
      tdx: z.array(tdx).optional(),
      sgx: z.array(sgx).optional(),
      snp: z.array(snp).optional(),
      nitro: z.array(pcr).optional(),
    })
    .optional(),
  /** Operators' configurations (`config_hash`) and weights (`weights_root`) a node's binding may name. Left out: any. */
  config_hashes: z.array(hex(32)).optional(),
  weights_roots: z.array(hex(32)).optional(),
  /** Machines that may serve: PPID or CHIP_ID, hexadecimal. Left out: any. */
  machines: z.array(z.string().transform((text) => text.toLowerCase())).optional(),
});

/** A checked policy. */
export type Policy = z.infer<typeof policy>;

/** What holds without a policy: up-to-date hardware, whatever runs on it. */
export const defaultPolicy: Policy = policy.parse({});

/** Reads a policy. Throws `Refusal` naming the member that is wrong. */
export const readPolicy = (text: string): Policy => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Refusal('malformed', `The policy is no JSON: ${(cause as Error).message}`, cause);
  }
  const parsed = policy.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Refusal('malformed', `The policy is wrong at ${issue?.path.join('.') || 'its top'}: ${issue?.message}`);
};
