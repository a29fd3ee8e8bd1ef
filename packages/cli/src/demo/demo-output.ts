import * as s from '../kernel/schema.ts';

/** What `atoma demo --json` prints. */
export const demoOutput = s.shape('demo', {
  steps: s.list(
    s.record({
      chapter: s.text('Part of the story.'),
      actor: s.text('Who did it.'),
      outcome: s.text('What happened.'),
      command: s.orNull(s.text('The command that does the same by hand.')),
      digest: s.orNull(s.text('Transaction; null for steps off the chain.')),
    }),
    'Steps in order.',
  ),
  requests: s.record({
    count: s.integer('Requests answered and paid.'),
    units: s.amount('Compute units they took, as claimed.'),
    cost: s.amount('Base units of TOMA, as paid to the node.'),
    stack_small_id: s.integer('Stack.'),
    node_small_id: s.integer('Node that served it.'),
    elapsed_ms: s.integer('From the first request to the last answer, purchase included, ms.'),
  }),
  cheat: s.record({
    count: s.integer('Requests answered with another model, all but the first.'),
    stack_small_id: s.integer('Stack.'),
    node_small_id: s.integer('Node that cheated.'),
    convicted: s.bool('Whether the jury convicted it.'),
    jurors: s.list(s.integer('Node.'), 'The jury.'),
    refund: s.amount('Base units of TOMA back to the buyer.'),
  }),
  holders: s.list(
    s.record({
      holder: s.text('Who or what.'),
      before: s.amount('Base units of TOMA before the first purchase.'),
      after: s.amount('Base units of TOMA at the end.'),
    }),
    'Where every TOMA is.',
  ),
  supply: s.amount('Base units of TOMA minted.'),
  accounted: s.amount('Sum over all holders; equals the supply.'),
  pages_url: s.text('Address of the market for a browser; empty without --stay.'),
  key: s.text('Key of its gateway; empty without --stay.'),
  ready_ms: s.integer('From the start of Node until the market was ready, ms.'),
  lifecycle_ms: s.integer('From then to the final books, ms.'),
});
