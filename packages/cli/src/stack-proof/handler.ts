import * as sdk from '@atoma/sdk';
import { toHex0x } from '@atoma/sdk';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Run } from '../kernel/command.ts';
import { grouped, rowLines } from '../kernel/lines.ts';
import { readText } from '../kernel/read-text.ts';
import type * as specs from './flags.ts';

/** `atoma stack-proof compute` */
export const compute: Handler<typeof specs.computeFlags> = async (run, { history, stack, attesters = 1 }) => {
  const parsed = sdk.parseHistory(readText(run, history));
  const proof = sdk.computeStackProof({ history: parsed, stackSmallId: stack, attesters });
  const commitment = toHex0x(proof.committedStackProof);
  return {
    data: {
      stack,
      attesters,
      totalUnits: proof.units,
      merkleRoot: toHex0x(proof.merkleRoot),
      secretRoot: toHex0x(proof.root),
      leaves: proof.leaves.map(toHex0x),
      committedStackProof: commitment,
    },
    short: commitment,
    lines: (paint) => [
      `history of stack ${stack}: ${grouped(proof.units)} units, ${attesters === 1 ? '1 attester' : `${attesters} attesters`}`,
      ...rowLines(paint, [
        ['--committed-stack-proof', commitment],
        ['--stack-merkle-leaf', `${toHex0x(proof.stackMerkleLeaf)} (node)`],
        ...proof.leaves
          .slice(1)
          .map((leaf, at) => ['--stack-merkle-leaf', `${toHex0x(leaf)} (attester ${at + 1})`] as const),
        ['merkle root', `${toHex0x(proof.merkleRoot)} (secret until opened)`],
      ]),
    ],
  };
};

/** `atoma stack-proof prove` */
export const prove: Handler<typeof specs.proveFlags> = async (run, { history, index }) => {
  const proof = sdk.proveInclusion({ history: sdk.parseHistory(readText(run, history)), index });
  const text = sdk.encodeInclusionProof(proof);
  return {
    data: { merkleRoot: toHex0x(proof.merkleRoot), proof: JSON.parse(text) },
    short: toHex0x(proof.merkleRoot),
    lines: () => [text],
  };
};

const mismatch = (why: string): never => {
  throw cliError('PROOF_MISMATCH', { why });
};

type VerifyValues = Parameters<Handler<typeof specs.verifyFlags>>[1];

/** The proof itself, or the JSON output of `stack-proof prove` around it. */
const unwrapped = (text: string): string => {
  try {
    const { proof } = sdk.record(JSON.parse(text));
    return sdk.isRecord(proof) ? JSON.stringify(proof) : text;
  } catch {
    return text;
  }
};

/** The commitment on chain binds the Merkle root to a stack and its total; nothing but the proof is needed besides. */
const verifySettled = (run: Run, merkleRoot: Uint8Array, values: VerifyValues): string => {
  const { stack, units, attesters = 1, committedStackProof } = values;
  if (committedStackProof === undefined) return '';
  if (stack === undefined || units === undefined)
    throw cliError('MISSING_VALUE', { flags: '--stack and --units', command: run.command, whole: '' });
  const found = sdk.computeCommitment({ merkleRoot, stackSmallId: stack, units, attesters }).committedStackProof;
  if (!sdk.equalBytes(found, committedStackProof)) mismatch(`the proof leads to the commitment ${toHex0x(found)}.`);
  return `, and to the commitment ${toHex0x(found)} of stack ${stack}`;
};

const verifyProof = (run: Run, file: string, values: VerifyValues): string => {
  const { merkleRoot } = values;
  const proof = sdk.decodeInclusionProof(unwrapped(readText(run, file)));
  if (!sdk.verifyInclusionProof(proof, merkleRoot ? { merkleRoot } : undefined))
    mismatch(`request ${proof.index} does not lead to the Merkle root.`);
  const settled = verifySettled(run, merkleRoot ?? proof.merkleRoot, values);
  const named = merkleRoot || settled !== '' ? '' : ' (the root named in the proof)';
  return `request ${proof.index} belongs to ${toHex0x(merkleRoot ?? proof.merkleRoot)}${named}${settled}`;
};

const verifyHistory = (run: Run, file: string, values: VerifyValues): string => {
  const { stack, attesters = 1, committedStackProof, merkleRoot } = values;
  if (stack === undefined || (!committedStackProof && !merkleRoot))
    throw cliError('MISSING_VALUE', {
      flags: '--stack and --committed-stack-proof (or --merkle-root)',
      command: run.command,
    });
  const history = sdk.parseHistory(readText(run, file));
  const proof = sdk.computeStackProof({ history, stackSmallId: stack, attesters });
  const [wanted, found] = committedStackProof
    ? [committedStackProof, proof.committedStackProof]
    : [merkleRoot as Uint8Array, proof.merkleRoot];
  if (!sdk.equalBytes(wanted, found)) mismatch(`the history leads to ${toHex0x(found)}.`);
  return `the history of ${grouped(proof.units)} units leads to ${toHex0x(wanted)}`;
};

/** `atoma stack-proof verify` */
export const verify: Handler<typeof specs.verifyFlags> = async (run, values) => {
  const { proof, history } = values;
  if (proof === undefined && history === undefined)
    throw cliError('MISSING_VALUE', { flags: '--proof or --history', command: run.command, whole: '' });
  const checked = proof === undefined ? verifyHistory(run, history as string, values) : verifyProof(run, proof, values);
  return { data: { valid: true, checked }, short: 'valid', lines: (paint) => [`${paint.green('valid:')} ${checked}`] };
};
