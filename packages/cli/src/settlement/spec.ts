import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { writeShape } from '../shared/write-shape.ts';
import { attestFlags, claimFlags, onlyStackFlags, openFlags, settleFlags } from './flags.ts';

const handlers = () => import('./handler.ts');
const stackSmallId = s.integer('Small id of the stack.');
const ids = (what: string) => s.list(s.integer('Small id of a node.'), what);

/** The commands that settle and pay stacks. */
export const settlementCommands = {
  'try-settle-stack': command({
    brief: 'Settle a stack the node served: commits to its history and opens the window for attestations and disputes.',
    examples: [
      'db try-settle-stack --stack-small-id 1 --num-claimed-compute-units 1000000 --committed-stack-proof 0x… --stack-merkle-leaf 0x…',
      'db try-settle-stack --stack-small-id 1 --history docs/examples/history.json',
    ],
    notes:
      'Commitment and leaf follow from the history; `atoma stack-proof compute --history FILE --stack 1` shows them without a chain. A flag overrides the file.',
    next: 'db claim-funds --settled-ticket-ids 1',
    access: 'write',
    flags: settleFlags,
    output: writeShape('db.try-settle-stack', {
      stack_small_id: stackSmallId,
      selected_node_small_id: s.integer('Node that settled.'),
      attesters: ids('Attesters drawn; in a simulation examples.'),
      required: s.bool('Whether they must attest.'),
      num_claimed_compute_units: s.amount('Compute units claimed.'),
      deadline_epoch: s.integer('Epoch from which it can be claimed.'),
      refund: s.orNull(s.amount('Paid back at once when 0 units were claimed, base units of TOMA; null else.')),
    }),
    load: async () => (await handlers()).trySettleStack,
  }),
  'submit-stack-settlement-attestation': command({
    brief: 'Attest a settlement as a drawn attester; a commitment that differs from the node’s starts a dispute.',
    examples: [
      'db submit-stack-settlement-attestation --stack-small-id 1 --committed-stack-proof 0x… --stack-merkle-leaf 0x…',
    ],
    access: 'write',
    flags: attestFlags,
    output: writeShape('db.submit-stack-settlement-attestation', {
      stack_small_id: stackSmallId,
      node_small_id: s.integer('Attester.'),
      outcome: {
        type: 'string',
        enum: ['attested', 'clean', 'openRequired', 'disputed'],
        description: 'State afterwards.',
      },
      jurors: ids('Jurors drawn when it became a dispute.'),
      bond: s.orNull(s.amount('Bond taken from the stake when it became a dispute, base units of TOMA.')),
    }),
    load: async () => (await handlers()).submitStackSettlementAttestation,
  }),
  'claim-funds': command({
    brief: 'Claim the fee of settled stacks after their challenge window; unused money goes back to the buyers.',
    examples: ['db claim-funds --settled-ticket-ids 1,2,3,4', 'db claim-funds --settled-ticket-ids 1'],
    notes:
      'Claiming is possible from the deadline epoch on. On a local ledger `atoma chain advance --epochs 2` gets there.',
    access: 'write',
    flags: claimFlags,
    output: writeShape('db.claim-funds', {
      node_small_id: s.integer('Node that was paid.'),
      claims: s.list(
        s.record({
          stack_small_id: stackSmallId,
          node_fee: s.amount('Paid to the node, base units of TOMA.'),
          refund: s.amount('Paid back to the buyer, base units of TOMA.'),
          num_claimed_compute_units: s.amount('Compute units.'),
          surcharge: s.amount('To the pool, base units of TOMA.'),
        }),
        'One row for each stack.',
      ),
      total_fee: s.amount('Sum of the fees, base units of TOMA.'),
    }),
    load: async () => (await handlers()).claimFunds,
  }),
  'open-stack-commitment': command({
    brief:
      'Open the commitment of a settlement whose attesters’ leaves do not fit it. Anyone who knows the history may.',
    examples: ['db open-stack-commitment --stack-small-id 1 --merkle-root 0x… --units 1000000'],
    access: 'write',
    flags: openFlags,
    output: writeShape('db.open-stack-commitment', {
      stack_small_id: stackSmallId,
      valid: s.bool('Whether the settlement holds.'),
      rejected_nodes: ids('Attesters whose leaves were wrong.'),
      deadline_epoch: s.integer('Epoch from which a standing settlement can be claimed.'),
    }),
    load: async () => (await handlers()).openStackCommitment,
  }),
  'redraw-attesters': command({
    brief: 'Replace attesters that stayed silent past the deadline. Anyone may.',
    examples: ['db redraw-attesters --stack-small-id 1'],
    access: 'write',
    flags: onlyStackFlags,
    output: writeShape('db.redraw-attesters', {
      stack_small_id: stackSmallId,
      silent: ids('Attesters that were replaced.'),
      attesters: ids('Attesters now drawn.'),
      jurors: ids('The jury that looks at the rows instead; empty: none does.'),
      open_required: s.bool('Whether the commitment must now be opened instead.'),
      deadline_epoch: s.integer('New deadline.'),
    }),
    load: async () => (await handlers()).redrawAttesters,
  }),
  'expire-settlement': command({
    brief: 'Refund the buyer of a settlement that was not opened in time. Anyone may.',
    examples: ['db expire-settlement --stack-small-id 1'],
    access: 'write',
    flags: onlyStackFlags,
    output: writeShape('db.expire-settlement', {
      stack_small_id: stackSmallId,
      slashed_nodes: ids('Attesters slashed for silence.'),
      bond: s.amount('Bond of the node, to the pool, base units of TOMA.'),
      refund: s.amount('Paid back, base units of TOMA.'),
    }),
    load: async () => (await handlers()).expireSettlement,
  }),
  'finalize-stack': command({
    brief: 'Finalize a claimable or expired stack. Anyone may.',
    examples: ['db finalize-stack --stack-small-id 1'],
    access: 'write',
    flags: onlyStackFlags,
    output: writeShape('db.finalize-stack', {
      stack_small_id: stackSmallId,
      reclaimed: s.bool('True when the buyer was refunded in full.'),
      node_fee: s.amount('To the node’s earnings, base units of TOMA.'),
      refund: s.amount('To the buyer, base units of TOMA.'),
    }),
    load: async () => (await handlers()).finalizeStack,
  }),
};
