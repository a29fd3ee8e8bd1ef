import { bytes32, integer, optional, smallId, text, u64, withDefault } from '../kernel/flags.ts';

const history = text(
  'JSON file of the requests served in order: [{"requestHash", "contentHash", "units"}], or - for standard input',
  'FILE',
  'file',
);

/** Flags of `stack-proof compute`. */
export const computeFlags = {
  history,
  stack: smallId('small id of the stack the history belongs to', 'stack'),
  attesters: withDefault(integer('attesters k in the stack’s terms', '1..4', 1, 4, 'attesters'), 1),
};
/** Flags of `stack-proof prove`. */
export const proveFlags = {
  history,
  index: integer('number of the request, from 0', 'INDEX', 0, 2 ** 31, 'as an index'),
};
/** Flags of `stack-proof verify`. */
export const verifyFlags = {
  history: optional(history),
  proof: optional(text('proof written by `stack-proof prove --json`, or - for standard input', 'FILE', 'file')),
  merkleRoot: optional(bytes32('Merkle root the proof must lead to')),
  stack: optional(smallId('small id of the stack the history belongs to', 'stack')),
  attesters: withDefault(integer('attesters k in the stack’s terms', '1..4', 1, 4, 'attesters'), 1),
  committedStackProof: optional(bytes32('commitment on chain the history, or the proof, must lead to')),
  units: optional(
    u64('with a proof and a commitment: compute units of the whole history', 'UNITS', 'compute units', 0n),
  ),
};
