/**
 * A served ledger with a market and one node in front of the back end `argv[2]`; its database is the file `argv[3]`, `:memory:` by
 * default, with the durability `argv[4]`. A second buyer owns a stack, for requests that are signed by hand.
 */

import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { optimiseEarly } from '../../packages/cli/src/kernel/young-heap.ts';
import { openRehearsal } from '../../packages/gateway/src/testing/rehearsal.ts';
import { serveLedger } from '../../packages/localnet/src/index.ts';
import { createUpstreamEngine } from '../../packages/node/src/engine/upstream/engine.ts';
import { encodeDeployment } from '../../packages/sdk/src/index.ts';

optimiseEarly(); // as the product's daemons do
const [url, path, durability] = process.argv.slice(2) as [string, string?, ('power' | 'process')?];
const market = await openRehearsal('bench');
const task = await market.task({ role: 0, model: 'up' });
const model = { name: 'up', roles: [0], contextLength: 1_000_000, tokenizer: 'bytes', profile: null };
const node = await market.addNode({
  engines: [createUpstreamEngine({ models: [{ ...model, targets: [{ url, concurrency: 512 }] }] })],
  limits: { inFlight: 2_048, inFlightPerStack: 2_048, cancelsPerMinute: 1e9 },
  ...(path === undefined ? {} : { path }),
  ...(durability === undefined ? {} : { durability }),
});
await market.subscribe(node, task, 1n, 4_000_000_000n);
const signer = Ed25519Keypair.generate();
await market.wallet(900_000_000_000n, signer);
const hand = await market.wallet(900_000_000_000n);
const handStack = await market.buyStack(hand, task, 1_000_000_000n, 1n);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const { url: ledger } = await serveLedger(market.market.ledger, { port: 0 });
console.log(
  JSON.stringify({
    ledger,
    deployment: encodeDeployment(market.market.deployment),
    secret: signer.getSecretKey(),
    nodeUrl: node.url(),
    nodeId: String(node.id),
    handSecret: (hand.signer as Ed25519Keypair).getSecretKey(),
    handStack: String(handStack),
    chainId: hex(node.node.identity.chainId),
    packageId: hex(node.node.identity.packageId),
  }),
);
process.stdin.on('data', async () => {
  const stacks = (await node.store.listStacks()).filter(({ id }) => id !== handStack);
  const consumed = stacks.reduce((sum, each) => sum + each.consumed, 0n);
  console.log(JSON.stringify({ consumed: String(consumed) }));
});
process.stdin.on('end', () => process.exit(0));
