/** What node and gateway add: the same question to the engine alone, to a node, and through the gateway. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBuiltinEngine } from '@atoma/node';
import {
  CHAT,
  createAtoma,
  createClient,
  createSigningFetch,
  decodeDeployment,
  listStacks,
  readKeyFile,
  wireIdsOf,
} from '@atoma/sdk';
import type { UpFacts } from '../up/facts.ts';
import { type Figure, figure, median, quantile, timesOf } from './figures.ts';
import { type Program, startUpProcess } from './measure-start.ts';

const MODEL = 'atoma/demo-chat';
const MAX_TOKENS = 16;

/** About 2 KiB of prompt, 16 units of answer. */
const bodyOf = (i: number): Readonly<Record<string, unknown>> => ({
  model: MODEL,
  max_tokens: MAX_TOKENS,
  messages: [{ role: 'user', content: `question ${i} ${'about receipts '.repeat(140)}` }],
});

const ask = async (
  fetcher: typeof fetch,
  url: string,
  i: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const answer = await fetcher(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(bodyOf(i)),
  });
  await answer.arrayBuffer();
};

const engineTimes = async (runs: number): Promise<readonly number[]> => {
  const engine = createBuiltinEngine();
  const run = async (i: number): Promise<void> => {
    const body = bodyOf(i);
    const request = { endpoint: CHAT, model: MODEL, body, file: null, seed: i, n: 1, stream: false } as const;
    const limit = { maxPerChoice: MAX_TOKENS, cut: null };
    for await (const _event of engine.run(request, limit, new AbortController().signal));
  };
  await timesOf(20, run);
  return timesOf(runs, run);
};

/** A fetch that signs to the node which serves the gateway's stack. */
const nodeFetch = async (home: string, market: UpFacts) => {
  const signer = await readKeyFile(join(home, 'wallets/up-buyer.key'));
  const deployment = decodeDeployment(readFileSync(join(home, 'deployments/up.json'), 'utf8'));
  const atoma = createAtoma({ client: createClient({ network: 'up', url: market.ledger_url }), deployment, signer });
  const [stack] = await listStacks(atoma);
  const node = market.nodes.find((one) => BigInt(one.node_small_id) === stack?.selectedNodeSmallId);
  if (!stack || !node) return undefined;
  const fetcher = createSigningFetch({
    ...wireIdsOf(atoma),
    stack: stack.stackSmallId,
    node: stack.selectedNodeSmallId,
    signer,
    nodeAddresses: [node.address],
  });
  return { fetcher, url: `${node.url}${CHAT}` };
};

/** Figures of serving; `home` is the home directory of `program`. */
export const measureServing = async (program: Program, home: string, runs: number): Promise<readonly Figure[]> => {
  const up = await startUpProcess(program, ['--nodes', '1', '--level', '0']);
  try {
    const market = up.facts;
    const gatewayUrl = `${market.base_url}/chat/completions`;
    const bearer = { authorization: `Bearer ${market.key}` };
    const throughGateway = (i: number) => ask(fetch, gatewayUrl, i, bearer);
    await timesOf(30, throughGateway);
    const node = await nodeFetch(home, market);
    const engine = await engineTimes(runs);
    const direct: number[] = [];
    const gateway: number[] = [];
    // In turn, so that other load of the machine meets both alike.
    for (let i = 0; i < runs; i++) {
      if (node) direct.push(...(await timesOf(1, () => ask(node.fetcher, node.url, i))));
      gateway.push(...(await timesOf(1, () => throughGateway(i))));
    }
    const parallel = 32;
    const started = performance.now();
    await Promise.all(
      Array.from({ length: parallel }, async (_, lane) => {
        for (let i = lane; i < runs; i += parallel) await throughGateway(i);
      }),
    );
    const rate = (1000 * runs) / (performance.now() - started);
    return [
      figure('serving', 'engine alone, median', median(engine), 'ms'),
      figure('serving', 'a node, by a client that signs and checks itself, median', median(direct), 'ms'),
      figure(
        'serving',
        'added to the engine: signed, metered, receipted, checked',
        median(direct) - median(engine),
        'ms',
      ),
      figure('serving', 'through the gateway, median', median(gateway), 'ms'),
      figure('serving', 'through the gateway, 99 of 100', quantile(gateway, 0.99), 'ms'),
      figure('serving', 'gateway against such a client, median', median(gateway) / median(direct), 'times'),
      figure('serving', `through the gateway, ${parallel} at once`, rate, 'requests/s'),
    ];
  } finally {
    await up.stop();
  }
};
