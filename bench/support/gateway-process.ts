/** The gateway of the bench: `gateway-process.ts LEDGER DEPLOYMENT SECRET DIRECTORY DURABILITY`. */
import { join } from 'node:path';
import { pino } from 'pino';
import { optimiseEarly } from '../../packages/cli/src/kernel/young-heap.ts';
import { createKeyAdmin, openGatewayStore, startGateway } from '../../packages/gateway/src/index.ts';
import {
  createAtoma,
  createClient,
  decodeDeployment,
  openJournal,
  signerFromSecret,
} from '../../packages/sdk/src/index.ts';

optimiseEarly(); // as the product's daemons do
const [ledger, deployment, secret, directory] = process.argv.slice(2) as [string, string, string, string];
const durability = process.argv[6] as 'power' | 'process';
const atoma = createAtoma({
  client: createClient({ network: 'localnet', url: ledger }),
  deployment: decodeDeployment(deployment),
  signer: await signerFromSecret(secret),
});
const store = openGatewayStore({ path: join(directory, 'gateway.sqlite'), durability });
const { text: key } = await createKeyAdmin(store, { actor: 'bench', now: Date.now }).create({ tenant: 'bench' });
const gateway = await startGateway({
  store,
  watchMs: 0,
  log: pino({ level: 'silent' }),
  buyer: {
    atoma,
    journal: await openJournal({ path: join(directory, 'journal.sqlite'), durability }),
    caps: { stack: null, day: null, request: null },
    policy: { allowPrivateNodes: true, stackUnits: 2_000_000_000n },
  },
});
console.log(JSON.stringify({ url: `http://127.0.0.1:${gateway.port}`, key }));
process.stdin.on('data', async () => {
  globalThis.gc?.();
  const { units, reservedUnits } = await store.totals();
  console.log(
    JSON.stringify({
      units: String(units),
      reserved: String(reservedUnits),
      rss: process.memoryUsage().rss,
      cpu: process.cpuUsage().user + process.cpuUsage().system,
    }),
  );
});
process.stdin.on('end', () => process.exit(0));
