import { amount, integer, type JsonSchema, orNull, record, type Shape, shape, text } from '../kernel/schema.ts';

const cost = record(
  {
    toma: amount('Change of the wallet in base units of TOMA; negative is spent.'),
    sui: amount('Change of the wallet in MIST, gas included; negative is spent.'),
    bond: orNull(amount('TOMA locked as bond or collateral by this call, base units; null when it locks none.')),
    gas: record(
      {
        computation: amount('MIST'),
        storage: amount('MIST'),
        rebate: amount('MIST'),
        non_refundable: amount('MIST'),
        net: amount('MIST paid in all; negative when more storage was given back.'),
        budget: amount('MIST'),
      },
      'Gas of the transaction.',
    ),
  },
  'What the call cost.',
);

/** The output of a command that sends a transaction: its own fields, digest, epoch and cost. */
export const writeShape = (
  name: string,
  fields: Readonly<Record<string, JsonSchema>>,
  maybe: readonly string[] = [],
): Shape =>
  shape(
    name,
    {
      status: {
        type: 'string',
        enum: ['executed', 'simulated'],
        description: 'simulated: --dry-run, nothing was sent.',
      },
      digest: orNull(text('Digest of the transaction, base58; null when simulated.')),
      epoch: integer('Epoch it ran in.'),
      cost,
      ...fields,
    },
    maybe,
  );
