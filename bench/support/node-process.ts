/** A serving node over a real market in a process of its own; prints one JSON line with everything a buyer needs. */

import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { createUpstreamEngine } from '../../packages/node/src/engine/upstream/engine.ts';
import { eachLeaf, writeTranscript } from '../../packages/node/src/serve/transcript.ts';
import { createChainCheck } from '../../packages/node/src/store/chain.ts';
import { openServing } from '../../packages/node/src/testing/serving-fixture.ts';
import { createStackProofBuilder } from '../../packages/sdk/src/index.ts';

const [upstream, path, durability] = process.argv.slice(2) as [string, string, 'power' | 'process'];
const model = { name: 'up', roles: [0], contextLength: 1_000_000, tokenizer: 'bytes', profile: null };
const engine = createUpstreamEngine({ models: [{ ...model, targets: [{ url: upstream, concurrency: 256 }] }] });
const node = await openServing({
  engines: [engine],
  price: 1_000n,
  durability,
  path,
  limits: { inFlight: 1024, inFlightPerStack: 1024, cancelsPerMinute: 1e9 },
});
const task = await node.task({ role: 0, model: 'up' });
const stack = await node.stack(task, 9_000_000n);
const secret = (node.buyer.signer as Ed25519Keypair).getSecretKey();
console.log(
  JSON.stringify({
    url: node.url,
    node: String(node.nodeId),
    address: node.nodeAddress,
    stack: String(stack),
    secret,
    chainId: Buffer.from(node.chainId).toString('hex'),
    packageId: Buffer.from(node.packageId).toString('hex'),
  }),
);
/** Freezes the stack, then writes its whole transcript; the most memory in between. */
const wholeHistory = async () => {
  await node.store.moveStack(stack, ['open'], 'draining');
  globalThis.gc?.();
  let peak = process.memoryUsage().rss;
  const before = peak;
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage().rss);
  };
  const from = performance.now();
  const builder = createStackProofBuilder({ stackSmallId: stack, attesters: 1 });
  const check = createChainCheck();
  for await (const leaf of eachLeaf(node.store, stack)) {
    check.add(leaf);
    builder.add(leaf);
  }
  const root = Buffer.from(builder.finish().merkleRoot).toString('hex');
  const stop = performance.now();
  await node.store.freeze(stack, Date.now(), () => root);
  const blockedMs = performance.now() - stop;
  look();
  const freezeMs = performance.now() - from;
  const row = await node.store.findStack(stack);
  let [bytes, lines] = [0, 0];
  if (row)
    for await (const line of writeTranscript(node.store, row, () => true)) {
      bytes += line.length;
      if (lines++ % 100 === 0) look();
    }
  console.log(
    JSON.stringify({
      before,
      peak,
      freezeMs,
      blockedMs,
      transcriptMs: performance.now() - from - freezeMs,
      bytes,
      lines,
    }),
  );
};
process.stdin.on('data', async (data) => {
  if (String(data).includes('history')) return wholeHistory();
  const row = await node.store.findStack(stack);
  globalThis.gc?.();
  const { rss, heapUsed: heap } = process.memoryUsage();
  const breaches = await node.store.checkInvariants({ chain: String(data).includes('chain') });
  console.log(
    JSON.stringify({
      consumed: String(row?.consumed),
      reserved: String(row?.reserved),
      leaves: row?.nextLeaf,
      breaches: breaches.length,
      rss,
      heap,
      cpu: process.cpuUsage().user + process.cpuUsage().system,
    }),
  );
});
process.stdin.on('end', () => process.exit(0));
