/**
 * A daemon in a process of its own that runs as `atoma node run` does, round after round: `daemon-process.ts <settings file>`. Over
 * its IPC channel it is told how to misbehave and what its clock shows, and tells its state.
 */
import { readFileSync } from 'node:fs';
import {
  committedStackProof,
  createAtoma,
  createClient,
  decodeDeployment,
  openedRoot,
  partyLeaf,
  toBase64,
} from '@atoma/sdk';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { startDaemon } from '../daemon.ts';
import type { Engine, EngineEvent } from '../engine/types.ts';
import { createUpstreamEngine } from '../engine/upstream/engine.ts';
import { createLog } from '../observe/log.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import type { Store } from '../store/types.ts';
import { createLettersEngine } from './letters-engine.ts';
import type { Cheat, DaemonReport, MeteringStep, ProcessMessage, ProcessSettings } from './processes.ts';

const settings = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as ProcessSettings;
const told: { cheat: Cheat; clockOffsetMs: number; killAt: MeteringStep | undefined } = {
  cheat: 'none',
  clockOffsetMs: 0,
  killAt: undefined,
};

const dieAt = (step: MeteringStep): void => {
  if (told.killAt === step) process.kill(process.pid, 'SIGKILL');
};

/** The built-in engine, with room for prompts of any length, that may alter what it says or count it twice. */
const ownEngine = (): Engine => {
  const honest = createLettersEngine({ lettersPerSecond: settings.lettersPerSecond ?? 0 });
  const change = (event: EngineEvent): EngineEvent => {
    if (event.type !== 'delta' || event.content === undefined) return event;
    if (told.cheat === 'otherOutput') return { ...event, content: event.content.toUpperCase() };
    return told.cheat === 'inflatedUnits' ? { ...event, units: 2 * (event.units ?? 0) } : event;
  };
  const roomy = (engine: Engine): Engine => ({
    ...engine,
    models: async () => (await engine.models()).map((each) => ({ ...each, contextLength: 2_000_000 })),
    ...(engine.renew && { renew: async () => roomy(await (engine.renew as () => Promise<Engine>)()) }),
  });
  return {
    ...roomy(honest),
    run: async function* (request, limit, signal): AsyncGenerator<EngineEvent> {
      for await (const event of honest.run(request, limit, signal)) {
        yield change(event);
        dieAt('first-output');
      }
    },
  };
};

const upstreamEngine = (urls: readonly string[]): Engine => {
  const targets = urls.map((url) => ({ url, concurrency: 64 }));
  const model = { name: settings.model, roles: [0], contextLength: 4_096, tokenizer: 'bytes', profile: null, targets };
  return createUpstreamEngine({ models: [model], limits: { probeMs: 500 } });
};

/** Dies where it is told to, and settles what was never done: a root of nothing, or every unit there is. */
const lyingStore = (store: Store): Store => ({
  ...store,
  reserve: async (input) => {
    dieAt('before-reserve');
    const outcome = await store.reserve(input);
    dieAt('after-reserve');
    return outcome;
  },
  commit: async (input) => {
    dieAt('before-commit');
    const result = await store.commit(input);
    dieAt('after-commit');
    return result;
  },
  freeze: (id, now, frozen) =>
    store.freeze(id, now, (row) => {
      if (told.cheat !== 'inventedRoot' && told.cheat !== 'overClaim') return frozen(row);
      const units = told.cheat === 'overClaim' ? row.units : row.consumed;
      const merkleRoot = new Uint8Array(32).fill(9);
      const root = openedRoot({ merkleRoot, stackSmallId: id, units });
      return JSON.stringify({
        stack: String(id),
        units: String(units),
        total: String(units),
        merkleRoot: toBase64(merkleRoot),
        proof: toBase64(committedStackProof(root, row.attesters)),
        leaf: toBase64(partyLeaf(root, 0)),
        inputs: (JSON.parse(frozen(row)) as { inputs: string }).inputs,
      });
    }),
  setClaimed: async (stack, claimed) => (told.cheat === 'overClaim' ? undefined : store.setClaimed(stack, claimed)),
});

const store = lyingStore(openSqliteStore({ path: settings.database, durability: 'process' }));
const daemon = await startDaemon({
  atoma: createAtoma({
    client: createClient({ network: 'embedded', url: settings.rpc }),
    deployment: decodeDeployment(settings.deployment),
    signer: Ed25519Keypair.fromSecretKey(settings.secret),
  }),
  nodeSmallId: BigInt(settings.node),
  engines: [settings.upstreams ? upstreamEngine(settings.upstreams) : ownEngine()],
  store,
  port: settings.port,
  url: `http://127.0.0.1:${settings.port}`,
  pollMs: 100,
  clockCheck: settings.clockCheck ?? false,
  takeover: settings.takeover ?? false,
  ...(settings.leaseMs === undefined ? {} : { leaseMs: settings.leaseMs }),
  policy: {
    allowPrivateNodes: true,
    idleMs: settings.idleMs ?? 600_000,
    ...(settings.giveUpMs === undefined ? {} : { giveUpMs: settings.giveUpMs }),
  },
  log: createLog('silent'),
  now: () => Date.now() + told.clockOffsetMs,
});

/** What the test asks about; amounts as decimal text. */
const report = async (): Promise<DaemonReport> => {
  const stacks = await store.listStacks();
  const outbox = await store.listOutbox();
  return {
    ready: (await daemon.readiness()).ready,
    checks: (await daemon.readiness()).checks,
    openRows: (await store.totals()).openRows,
    breaches: (await store.checkInvariants({ chain: true })).map(({ rule }) => rule),
    alarms: daemon.alarms().map(({ kind }) => kind),
    outbox: outbox.map(({ kind, subject, state }) => `${kind} ${subject} ${state}`),
    stacks: Object.fromEntries(
      stacks.map(({ id, state, consumed, reserved, nextLeaf, claimed }) => [
        String(id),
        {
          state,
          consumed: String(consumed),
          reserved: String(reserved),
          leaves: nextLeaf,
          claimed: claimed === null ? null : String(claimed),
        },
      ]),
    ),
  };
};

process.on('message', async (message: ProcessMessage) => {
  Object.assign(told, message.cheat && { cheat: message.cheat });
  if (message.clockOffsetMs !== undefined) told.clockOffsetMs = message.clockOffsetMs;
  if (message.killAt !== undefined) told.killAt = message.killAt;
  if (message.ask === 'settleUsed') await daemon.drain();
  process.send?.(await report());
});
process.once('SIGTERM', async () => {
  await daemon.stop({ graceMs: 30_000, settle: true });
  process.exit(0);
});
process.send?.(await report());
await daemon.lost;
await daemon.stop({ graceMs: 0 });
process.exit(1);
