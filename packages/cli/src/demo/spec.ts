import { command } from '../kernel/command.ts';
import { demoOutput } from './demo-output.ts';
import { demoFlags } from './flags.ts';

/** The market's story. */
export const demoCommands = {
  demo: command({
    brief: 'Run the whole market in seconds: paid answers, settlement, claim, a cheat that is caught, and the books.',
    examples: ['demo', 'demo --json', 'demo --stay'],
    notes:
      'Starts the market of `up` in memory and stops it at the end. Every step is a real transaction on the real contract or a real HTTP request; no network is needed. Every settlement is checked here. In a market, the settlement of a stack used to two thirds is always checked, others in proportion.',
    next: 'up',
    access: 'local',
    flags: demoFlags,
    output: demoOutput,
    load: async () => (await import('./handler.ts')).demo,
  }),
};
