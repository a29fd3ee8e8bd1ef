import { command, group } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { computeFlags, proveFlags, verifyFlags } from './flags.ts';

const handlers = () => import('./handler.ts');

/** `atoma stack-proof` */
export const stackProofGroup = group('The commitment to the history of a stack, computed without a chain.', {
  compute: command({
    brief: 'Compute commitment and leaves of a history, ready for `db try-settle-stack`.',
    examples: ['stack-proof compute --history history.json --stack 1'],
    next: 'db try-settle-stack --stack-small-id 1 --num-claimed-compute-units UNITS --committed-stack-proof 0x… --stack-merkle-leaf 0x…',
    access: 'local',
    flags: computeFlags,
    output: s.shape('stack-proof.compute', {
      stack: s.amount('Small id of the stack.'),
      attesters: s.integer('k'),
      totalUnits: s.amount('Compute units in all.'),
      merkleRoot: s.bytes32('M, root over the requests.'),
      secretRoot: s.bytes32('R, secret until opened.'),
      leaves: s.list(s.bytes32('L_i'), 'L_0 of the node, then one for each attester.'),
      committedStackProof: s.bytes32('H(L_0 || ... || L_k).'),
    }),
    load: async () => (await handlers()).compute,
  }),
  prove: command({
    brief: 'Prove that one request is part of a history.',
    examples: ['stack-proof prove --history history.json --index 0 --json > proof.json'],
    next: 'stack-proof verify --proof proof.json --merkle-root 0x…',
    access: 'local',
    flags: proveFlags,
    output: s.shape('stack-proof.prove', { merkleRoot: s.bytes32('M.'), proof: s.anyRecord('The proof.') }),
    load: async () => (await handlers()).prove,
  }),
  verify: command({
    brief: 'Check a proof against a Merkle root, or a history against a commitment.',
    examples: [
      'stack-proof verify --proof proof.json --merkle-root 0x…',
      'stack-proof verify --history history.json --stack 1 --committed-stack-proof 0x…',
    ],
    access: 'local',
    flags: verifyFlags,
    output: s.shape('stack-proof.verify', {
      valid: s.bool('Always true; a proof that does not hold exits 1.'),
      checked: s.text('What was compared.'),
    }),
    load: async () => (await handlers()).verify,
  }),
});
