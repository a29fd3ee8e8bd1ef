import { command } from '../kernel/command.ts';
import { demoFlags } from './flags.ts';
import { demoOutput } from './output.ts';

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
    output: demoOutput,
    load: async () => (await import('./handler.ts')).demo,
  }),
};
