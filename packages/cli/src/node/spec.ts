import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { drainedFields, dutyList, reopenedFields, resyncedFields, settledFields, statusFields } from './answers.ts';
import { askFlags, doctorFlags, initFlags, runFlags, settleFlags, setupFlags } from './flags.ts';

const handlers = () => import('./handler.ts');

const checks = s.list(
  s.record({
    name: s.text('Check.'),
    ok: s.bool('Whether it holds.'),
    detail: s.text('What is well, or what is wrong and what to do.'),
  }),
  'Every check made.',
);
const step = s.record({ name: s.text('Step.'), what: s.text('What it does.') });

/** `atoma node ...`, beside `node list` and `node show`. */
export const nodeDaemonCommands = {
  init: command({
    brief: 'Write the configuration file of a node.',
    examples: ['node init', 'node init --rehearsal'],
    notes: 'The file is node/node.yaml below the home directory; one that exists is kept.',
    access: 'local',
    flags: initFlags,
    output: s.shape('node.init', {
      config: s.text('The file.'),
      kept: s.bool('Whether it was there and is left as it was.'),
    }),
    next: 'node setup',
    load: async () => (await handlers()).init,
  }),
  setup: command({
    brief: 'Set up a node: find servers, write node.yaml, register, subscribe, check. Shows every step first.',
    examples: [
      'node setup',
      'node setup --rehearsal --yes',
      'node setup --engine http://127.0.0.1:11434 --model meta-llama/Llama-3.1-8B-Instruct --upstream-name llama3.1:8b --url https://node.example.org --yes',
    ],
    notes:
      'Steps already done are left alone, so you can run it again. --dry-run shows the steps and stops. Exits with 1 when a check fails.',
    access: 'write',
    flags: setupFlags,
    output: s.shape('node.setup', {
      steps: s.list(step, 'What is left to do, in order.'),
      done: s.bool('False when it was only planned.'),
      results: s.list(s.text('What a step did.'), 'One for each step done.'),
      checks,
    }),
    next: 'node run',
    load: async () => (await import('./setup.handler.ts')).setup,
  }),
  doctor: command({
    brief: 'Check everything a node needs before it runs.',
    examples: ['node doctor'],
    notes: 'Exits with 1 when a check fails.',
    access: 'read',
    flags: doctorFlags,
    output: s.shape('node.doctor', { checks }),
    next: 'node run',
    load: async () => (await handlers()).doctor,
  }),
  run: command({
    brief: 'Serve requests, settle stacks, attest, judge and claim, until interrupted.',
    examples: ['node run', 'node run --network localnet', 'node run --takeover'],
    notes:
      'Needs a registered node (db register-node). On embedded the ledger runs in this process, which serves it to other commands. Ctrl-C settles used stacks first.',
    access: 'read',
    flags: runFlags,
    output: s.shape('node.run', {
      node: s.text('Small id of the node.'),
      port: s.integer('Port buyers reach.'),
      operator_port: s.integer('Port of its operator, on this machine only.'),
      url: s.text('Address it announces; empty: none.'),
      chain: s.text('Where the chain is reached.'),
    }),
    next: 'node status',
    load: async () => (await handlers()).run,
  }),
  status: command({
    brief: 'State of the running node: readiness, units, transactions, earnings by day, alarms.',
    examples: ['node status', 'node status --json'],
    notes:
      'Days are UTC. Work counts as earned on the day it is served; it can be claimed two epochs after the stack is settled.',
    access: 'local',
    flags: askFlags,
    output: s.shape('node.status', statusFields),
    load: async () => (await handlers()).status,
  }),
  settle: command({
    brief: 'Settle a stack as soon as its open requests have ended.',
    examples: ['node settle 1'],
    access: 'local',
    flags: settleFlags,
    output: s.shape('node.settle', settledFields),
    positional: ['stack'],
    load: async () => (await handlers()).settle,
  }),
  reopen: command({
    brief: 'Let a quarantined stack take work again: you confirm that none of its receipts was lost.',
    examples: ['node reopen 1'],
    notes:
      'A stack is quarantined when the node’s ledger may have lost receipts it signed. The stack’s owner can send them (`receipts restore`). Two receipts for one place in the history cost the bond.',
    access: 'local',
    flags: settleFlags,
    output: s.shape('node.reopen', reopenedFields),
    positional: ['stack'],
    load: async () => (await handlers()).reopen,
  }),
  drain: command({
    brief: 'Settle every used stack.',
    examples: ['node drain'],
    access: 'local',
    flags: askFlags,
    output: s.shape('node.drain', drainedFields),
    load: async () => (await handlers()).drain,
  }),
  duties: command({
    brief: 'What the node owes the market: attestations, votes, claims, with their epochs.',
    examples: ['node duties', 'node duties --json'],
    access: 'local',
    flags: askFlags,
    output: s.shape('node.duties', { duties: dutyList }),
    load: async () => (await handlers()).duties,
  }),
  resync: command({
    brief: 'Make the running node read the chain again; its ledger of requests is kept.',
    examples: ['node resync'],
    notes: 'For a node that missed events, for example after the database was restored from a copy.',
    access: 'local',
    flags: askFlags,
    output: s.shape('node.resync', resyncedFields),
    next: 'node duties',
    load: async () => (await handlers()).resync,
  }),
} as const;
