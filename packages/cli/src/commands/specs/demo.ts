import { command } from '../../kernel/command.ts';
import { toggle } from '../../kernel/flags.ts';
import * as s from '../../kernel/schema.ts';

/** Flags of `demo`. */
export const demoFlags = {
  keep: toggle('play it on the embedded ledger and leave everything there, instead of on a ledger in memory'),
};

/** The narrated walk. */
export const demoCommands = {
  demo: command({
    brief: 'The whole market in one walk, narrated: purchase, settlement, refund, dispute, and where every TOMA ended.',
    examples: ['demo', 'demo --keep', 'demo --json'],
    notes: 'Every line is a real transaction of the real contract on a real ledger; it needs no network.',
    next: 'toma faucet --amount 100TOMA',
    access: 'local',
    flags: demoFlags,
    output: s.shape('demo', {
      steps: s.list(
        s.record({
          chapter: s.text('Part of the walk.'),
          command: s.text('The command that does the same.'),
          actor: s.text('Who did it.'),
          outcome: s.text('What happened.'),
          digest: s.orNull(s.text('Transaction; null for steps off the chain.')),
        }),
        'Steps in order.',
      ),
      holders: s.list(
        s.record({ holder: s.text('Who or what.'), toma: s.amount('Base units of TOMA at the end.') }),
        'Where every TOMA ended.',
      ),
      minted: s.amount('Base units of TOMA minted by the faucet.'),
      accounted: s.amount('Sum over all holders; equals minted.'),
      elapsed_ms: s.integer('Wall time, ms.'),
    }),
    load: async () => (await import('../handlers/demo.ts')).demo,
  }),
};
