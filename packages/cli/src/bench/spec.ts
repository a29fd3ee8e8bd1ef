import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { benchFlags } from './flags.ts';

/** The product measured on this machine. */
export const benchCommands = {
  bench: command({
    brief: 'Measure the program on this machine: start-up, life of a stack, ledger, node, gateway, engine.',
    examples: ['bench', 'bench --quick', 'bench --json'],
    notes:
      'Takes about a minute on two idle cores and leaves nothing behind. The engine is compared with the real Move VM where the development packages of the checkout are installed.',
    access: 'local',
    flags: benchFlags,
    output: s.shape('bench', {
      node: s.text('Version of Node.'),
      cpu: s.text('Processor.'),
      cores: s.integer('Processors the system has.'),
      load: { type: 'number', description: 'Load of the last minute when it began.' },
      figures: s.list(
        s.record({
          part: s.text('start-up, lifecycle, ledger, serving or engine.'),
          name: s.text('What was measured.'),
          value: { type: 'number', description: 'The figure.' },
          unit: s.text('Its unit.'),
          target: s.orNull(s.text('What the project aims at.')),
        }),
        'Figures.',
      ),
      not_measured: s.list(s.text('Part.'), 'What could not be measured here.'),
    }),
    load: async () => (await import('./handler.ts')).bench,
  }),
};
