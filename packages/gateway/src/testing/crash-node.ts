/**
 * A node of level 2 in a process of its own that kills itself with SIGKILL at a point: `crash-node.ts <orders file> <point> <when>`. From
 * `when` on points are counted: from the `start`, or once a line comes in. Once its channel is open it prints its port; a second line
 * ends it, after settling the stacks that line names, and prints the points it passed.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createAtoma, createClient, decodeDeployment } from '@atoma/sdk';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { rehearsalEnvironment } from '../../../node/src/confidential/rehearsal.ts';
import { startDaemon } from '../../../node/src/daemon.ts';
import { createBuiltinEngine } from '../../../node/src/engine/builtin/engine.ts';
import { createLog } from '../../../node/src/observe/log.ts';
import { openSqliteStore } from '../../../node/src/store/sqlite/store.ts';
import { arm, disarm } from './fault-points.ts';

/** What the process works with. */
export interface NodeOrders {
  readonly rpc: string;
  readonly deployment: string;
  readonly secret: string;
  readonly node: string;
  readonly database: string;
  readonly port: number;
  /** Of the development root, hexadecimal. */
  readonly root: string;
}

const [file, point, when] = process.argv.slice(2) as [string, string, 'start' | 'line'];
const orders = JSON.parse(readFileSync(file, 'utf8')) as NodeOrders;
const ROUNDS = 4;

if (when === 'start') arm(point);
const daemon = await startDaemon({
  atoma: createAtoma({
    client: createClient({ network: 'embedded', url: orders.rpc }),
    deployment: decodeDeployment(orders.deployment),
    signer: Ed25519Keypair.fromSecretKey(orders.secret),
  }),
  nodeSmallId: BigInt(orders.node),
  engines: [createBuiltinEngine()],
  store: openSqliteStore({ path: orders.database, durability: 'process' }),
  environment: rehearsalEnvironment(Buffer.from(orders.root, 'hex'), 'crash'),
  port: orders.port,
  url: `http://127.0.0.1:${orders.port}`,
  pollMs: 0,
  takeover: true,
  policy: { allowPrivateNodes: true, checkMs: 60_000 },
  log: createLog('silent'),
});
// What a process before this one signed is sent first: the chain may name its key for a round.
for (let round = 0; round < ROUNDS && daemon.node.confidential?.closed() !== undefined; round++) await daemon.tick();
console.log(daemon.node.confidential?.closed() ?? 'open');
if (when === 'start') console.log(JSON.stringify(disarm()));

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
if (when === 'line' && !(await lines.next()).done) {
  arm(point);
  console.log('armed');
}
const { value = '' } = await lines.next();
for (const stack of String(value).split(',').filter(Boolean)) await daemon.settleStack(BigInt(stack));
if (value !== '') for (let round = 0; round < ROUNDS; round++) await daemon.tick();
await daemon.stop({ graceMs: 0 });
if (when === 'line') console.log(JSON.stringify(disarm()));
process.exit();
