/** A served ledger with a market and one node in front of the back end `argv[2]`; its database is the file `argv[3]`, `:memory:` by default. */

import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { openRehearsal } from '../../packages/gateway/src/testing/rehearsal.ts';
import { serveLedger } from '../../packages/localnet/src/index.ts';
import { createUpstreamEngine } from '../../packages/node/src/engine/upstream/engine.ts';
import { encodeDeployment } from '../../packages/sdk/src/index.ts';

const [url, path] = process.argv.slice(2) as [string, string | undefined];
const market = await openRehearsal('bench');
const task = await market.task({ role: 0, model: 'up' });
const model = { name: 'up', roles: [0], contextLength: 1_000_000, tokenizer: 'bytes', profile: null };
const node = await market.addNode({
  engines: [createUpstreamEngine({ models: [{ ...model, targets: [{ url, concurrency: 512 }] }] })],
  limits: { inFlight: 2_048, inFlightPerStack: 2_048, cancelsPerMinute: 1e9 },
  ...(path === undefined ? {} : { path }),
});
await market.subscribe(node, task, 1n, 4_000_000_000n);
const signer = Ed25519Keypair.generate();
await market.wallet(900_000_000_000n, signer);
const { url: ledger } = await serveLedger(market.market.ledger, { port: 0 });
console.log(
  JSON.stringify({ ledger, deployment: encodeDeployment(market.market.deployment), secret: signer.getSecretKey() }),
);
process.stdin.on('data', async () => {
  const stacks = await node.store.listStacks();
  const consumed = stacks.reduce((sum, each) => sum + each.consumed, 0n);
  console.log(JSON.stringify({ consumed: String(consumed) }));
});
process.stdin.on('end', () => process.exit(0));
