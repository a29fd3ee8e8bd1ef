import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { payFlags } from './flags.ts';

/** Requests that pay for themselves. */
export const payCommands = {
  pay: command({
    brief: 'Call a URL that takes x402 payments in TOMA, such as a gateway of Atoma, and pay what it asks.',
    examples: [
      `pay http://127.0.0.1:8787/v1/chat/completions --data '{"model":"atoma/demo-chat","max_tokens":40,"messages":[{"role":"user","content":"hello"}]}'`,
      'pay http://127.0.0.1:8787/v1/chat/completions --data - --most 0.001TOMA --json',
    ],
    notes: 'Needs no key. A gateway returns what the answer did not use.',
    access: 'write',
    flags: payFlags,
    positional: ['url'],
    output: s.shape('pay', {
      status: s.integer('HTTP status of the answer.'),
      paid: s.orNull(s.amount('Base units of TOMA paid; null when nothing was asked for.')),
      transaction: s.orNull(s.text('Transaction that paid; null when there is none.')),
      body: s.text('The answer.'),
    }),
    load: async () => (await import('./handler.ts')).pay,
  }),
};
