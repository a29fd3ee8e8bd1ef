/** What each kind of server may write that is no logit, in its own wire format. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLogits } from './open.ts';
import { type LogitServer, type LogitTarget, logitServers } from './types.ts';

const VOCABULARY = 50;
/** A position as it is told: id and log-probability. */
type Told = readonly (readonly [id: unknown, logprob: unknown])[];

const full: Told = Array.from({ length: VOCABULARY }, (_, id) => [id, -1 - id / 10]);
const withEntry = (id: unknown, logprob: unknown): Told => [...full.filter(([other]) => other !== id), [id, logprob]];

const triples = (told: Told) => told.map(([id, logprob]) => [logprob, id, null]);
const objects = (told: Told) => told.map(([id, logprob]) => ({ id, token: '', bytes: [], logprob }));

/** The answer of a server to a question for one more token, and for two claimed ones. */
const answers: Readonly<Record<LogitServer, (told: Told) => unknown>> = {
  vllm: (told) => {
    const position = Object.fromEntries(told.map(([id, logprob]) => [id, { logprob, rank: 1, decoded_token: '' }]));
    const top = Object.fromEntries(told.map(([id, logprob]) => [`token_id:${id}`, logprob]));
    return { choices: [{ logprobs: { top_logprobs: [top] }, prompt_logprobs: [null, position, position, position] }] };
  },
  sglang: (told) => ({
    meta_info: {
      output_top_logprobs: [triples(told)],
      output_token_ids_logprobs: [triples(told.slice(0, 8))],
      input_top_logprobs: [null, triples(told), triples(told)],
      input_token_ids_logprobs: [null, triples(told.slice(0, 8)), triples(told.slice(0, 8))],
    },
  }),
  'llama-server': (told) => ({
    completion_probabilities: [{ ...objects(told)[0], top_logprobs: objects(told) }],
  }),
};

let says: unknown;
let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => response.end(JSON.stringify(says)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

/** What is made of an answer by both ways to ask: the logit of an id, or why there is none. */
const heard = async (kind: LogitServer, told: Told, id = 3): Promise<readonly unknown[]> => {
  says = answers[kind](told);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const target: LogitTarget = { url, model: 'm', vocabulary: VOCABULARY };
  const { signal } = new AbortController();
  const source = openLogits(kind, target);
  const why = ({ details }: { details?: { why?: string } }): string => String(details?.why);
  return [
    await source.next({ ids: [1, 2], named: [id], signal }).then((found) => [found.get(id), found.size], why),
    await source
      .score({ prompt: [1, 2], claimed: [3, 4], named: [[id], [id]], signal })
      .then((found) => [found[1]?.get(id), found[1]?.size], why),
  ];
};
const both = (what: unknown) => [what, what];

test.each(logitServers)('%s: ids beyond the tokenizer are never chosen from', async (kind) => {
  expect(await heard(kind, [...full, [VOCABULARY, 5], [VOCABULARY + 9, 4]])).toEqual(both([-1.3, VOCABULARY]));
});

test.each(logitServers)('%s: a probability of zero is no logit', async (kind) => {
  for (const floor of [-9_999, -3.4028234663852886e38]) {
    expect(await heard(kind, withEntry(7, floor))).toEqual(both([-1.3, VOCABULARY - 1]));
    expect(await heard(kind, withEntry(3, floor))).toEqual(both('it told no logit of id 3 at position 0'));
  }
});

test.each(logitServers)('%s: fewer ids than may be chosen from are refused', async (kind) => {
  expect(await heard(kind, full.slice(0, 20))).toEqual(
    both(expect.stringMatching(/^it told \d+ of the 40 likeliest ids/)),
  );
});

test.each(logitServers)('%s: what is no number is refused', async (kind) => {
  for (const odd of [null, 'a', {}])
    expect(await heard(kind, withEntry(7, odd))).toEqual(both('a log-probability is no number'));
  expect(await heard(kind, [...full, ['x', -1]])).toEqual(both('an id of a token is no whole number'));
});
