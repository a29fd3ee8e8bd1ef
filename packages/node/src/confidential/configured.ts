/** The confidential environment an operator configures. */
import { blake2b256, fromHex, tokenOf } from '@atoma/base';
import * as z from 'zod';
import { nodeError } from '../node-errors.ts';
import type { Environment } from './environment.ts';
import { gpuEvidence, noGpu } from './gpu.ts';
import { guestFaults, readGuestFacts } from './guest.ts';
import { rehearsalEnvironment } from './rehearsal.ts';
import { TSM_FOLDER, tsmEnvironment } from './tsm.ts';

/** The section `confidential` of a configuration. */
export const confidentialSchema = z
  .discriminatedUnion('evidence', [
    z.strictObject({ evidence: z.literal('rehearsal') }),
    z.strictObject({
      evidence: z.enum(['tdx', 'snp']),
      collateral_file: z.string().min(1),
      report_folder: z.string().default(TSM_FOLDER),
      weights_root: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .default('00'.repeat(32)),
      gpu: z.strictObject({ command: z.array(z.string()).min(1), count: z.int().min(1).default(1) }).optional(),
    }),
  ])
  .nullable()
  .default(null);

/** A checked section. */
export type ConfidentialConfig = z.infer<typeof confidentialSchema>;

/** The development root of this machine, 32 bytes; made when it is first used, readable by its owner only. */
export const rehearsalKey = (path: string): Uint8Array => {
  const key = fromHex(tokenOf(path));
  if (key?.length !== 32) throw nodeError('CONFIG', { why: 'it holds no key of 64 hex digits', where: path });
  return key;
};

/** The environment of a configuration; undefined without one. Throws `NODE_CONFIG` where the guest would not keep what it reads to itself. */
export const configuredEnvironment = (
  config: ConfidentialConfig,
  /** Of the whole configuration: what the operator chose is part of the evidence. */
  whole: unknown,
  rehearsalKeyPath: string,
  version: string,
): Environment | undefined => {
  if (config === null) return undefined;
  if (config.evidence === 'rehearsal') return rehearsalEnvironment(rehearsalKey(rehearsalKeyPath), version);
  const [fault] = guestFaults(readGuestFacts());
  if (fault !== undefined) throw nodeError('CONFIG', { why: fault, where: 'the guest' });
  return tsmEnvironment({
    kind: config.evidence,
    folder: config.report_folder,
    collateralFile: config.collateral_file,
    configHash: blake2b256(new TextEncoder().encode(JSON.stringify(whole))),
    weightsRoot: fromHex(config.weights_root) as Uint8Array,
    gpu: config.gpu ? gpuEvidence(config.gpu.command, config.gpu.count) : noGpu,
  });
};
