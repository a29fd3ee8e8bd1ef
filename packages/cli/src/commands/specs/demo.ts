import { command } from '../../kernel/command.ts';
import { toggle } from '../../kernel/flags.ts';
import * as s from '../../kernel/schema.ts';

/** Flags of `demo`. */
export const demoFlags = {
  stay: toggle('Keep the market in the end, and show it in a browser until Ctrl-C.'),
};

/** The market's story. */
export const demoCommands = {
  demo: command({
    brief: 'The whole market told in seconds: paid answers, settlement, claim, a cheat that is caught, and the books.',
    examples: ['demo', 'demo --json', 'demo --stay'],
    notes:
      'Starts what `up` starts, in memory, and ends it. Every step is a real transaction of the real contract or a real HTTP request; it needs no network. Every settlement is checked here; by default those of stacks used to two thirds are, others in proportion.',
    next: 'up',
    access: 'local',
    flags: demoFlags,
    output: s.shape('demo', {
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
    }),
    load: async () => (await import('../handlers/demo.ts')).demo,
  }),
};
