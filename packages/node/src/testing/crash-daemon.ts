/**
 * A daemon in a process of its own that kills itself with SIGKILL at a step of a transaction:
 * `crash-daemon.ts <settings file> <step> <stacks to settle>`. Without a step it works until nothing is left to do for now, and ends;
 * with the step `stay` it says so and runs on.
 */
import { readFileSync } from 'node:fs';
import { createAtoma, createClient, decodeDeployment } from '@atoma/sdk';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { startDaemon } from '../daemon.ts';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import { createLog } from '../observe/log.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';

const [file, step = '', stack = ''] = process.argv.slice(2) as [string, string?, string?];
const settings = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
const client = createClient({ network: 'embedded', url: settings.rpc as string });
const atoma = createAtoma({
  client,
  deployment: decodeDeployment(settings.deployment as string),
  signer: Ed25519Keypair.fromSecretKey(settings.secret as string),
});
const daemon = await startDaemon({
  atoma,
  nodeSmallId: BigInt(settings.node as string),
  engines: [createBuiltinEngine()],
  ...(settings.port === undefined ? {} : { port: Number(settings.port) }),
  store: openSqliteStore({ path: settings.database as string, durability: 'process' }),
  pollMs: 0,
  takeover: true,
  // A round waits for its checks: the process ends after a few, and a check cut off would begin again in the next process.
  policy: { allowPrivateNodes: true, checkMs: 60_000 },
  log: createLog('silent'),
  ...(settings.leaseMs === undefined ? {} : { leaseMs: Number(settings.leaseMs) }),
  now: () => Date.now() + Number(settings.later ?? 0),
  observe: (at) => {
    if (at === step) process.kill(process.pid, 'SIGKILL');
  },
});
if (step === 'stay') {
  console.log('up');
  await daemon.lost;
}
for (const id of stack.split(',').filter((each) => each !== ''))
  await daemon.settleStack(BigInt(id)).catch(() => undefined);
for (let round = 0; round < 4; round++) await daemon.tick();
await daemon.stop({ graceMs: 0 });
