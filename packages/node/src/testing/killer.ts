/** Runs daemons of a fleet in processes of their own that are killed at a step of a transaction. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { serveLedger } from '@atoma/localnet';
import { encodeDeployment, getConfig, getNode } from '@atoma/sdk';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import type { Daemon } from '../daemon.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import type { Store } from '../store/types.ts';
import { type Fleet, type FleetOptions, openFleet } from './fleet.ts';

const script = resolve(import.meta.dirname, 'crash-daemon.ts');
const TIMEOUT_MS = 60_000;

/** Every place at which a transaction can be interrupted, in the order one entry passes them when it is killed at each. */
export const killSteps = (kind: string): readonly string[] =>
  ['before-built', 'built', 'submitted', 'executed', 'before-confirmed', 'confirmed'].map((step) => `${kind}:${step}`);

/** A fleet whose daemons keep their ledgers in files and can go on as processes. */
export interface KillerFleet extends Fleet {
  /** Ends a daemon of this process, so that {@link KillerFleet.run} can go on with its ledger. */
  readonly leave: (daemon: Daemon) => Promise<void>;
  /** Runs it until the step, or until nothing is left to do for now. Returns the signal that ended it, null, or what it printed. */
  readonly run: (
    daemon: Daemon,
    step: string,
    stacks?: readonly bigint[],
    more?: Readonly<Record<string, string>>,
  ) => Promise<string | null>;
  /** Starts it in a process that runs on, at the address it had. It serves and has no rounds. */
  readonly stay: (daemon: Daemon) => Promise<ChildProcess>;
  /** Opens the ledger of a daemon that does not run. */
  readonly open: (daemon: Daemon) => Store;
  /** All TOMA there is: wallets, stakes, earnings, pool. Stacks must be closed. Base units. */
  readonly money: () => Promise<bigint>;
}

/** Starts the fleet. */
export const openKillerFleet = async (options: FleetOptions): Promise<KillerFleet> => {
  const directory = mkdtempSync(join(tmpdir(), 'atoma-kill-'));
  const path = (i: number): string => join(directory, `node-${i}.db`);
  const fleet = await openFleet({
    ...options,
    daemon: (i) => ({ store: openSqliteStore({ path: path(i), durability: 'process' }) }),
  });
  const rpc = await serveLedger(fleet.market.ledger, { port: 0 });
  const gone = new Set<Daemon>();
  const pathOf = (daemon: Daemon): string => path(fleet.daemons.indexOf(daemon));
  let runs = 0;
  const write = (daemon: Daemon, more: Readonly<Record<string, string>>): string => {
    const file = join(directory, `run-${++runs}.json`);
    const { atoma, nodeId } = daemon.settle;
    const secret = (atoma.signer as Ed25519Keypair).getSecretKey();
    const deployment = encodeDeployment(fleet.market.deployment);
    const settings = { rpc: rpc.url, deployment, secret, node: String(nodeId), database: pathOf(daemon), ...more };
    writeFileSync(file, JSON.stringify(settings));
    return file;
  };
  return {
    ...fleet,
    leave: async (daemon) => {
      gone.add(daemon);
      await daemon.stop({ graceMs: 0 });
    },
    tick: async (rounds = 1) => {
      for (let round = 0; round < rounds; round++)
        for (const daemon of fleet.daemons) if (!gone.has(daemon)) await daemon.tick();
    },
    run: (daemon, step, stacks = [], more = { leaseMs: '300' }) =>
      new Promise((done) => {
        const child = execFile(
          process.execPath,
          ['--no-warnings', script, write(daemon, more), step, stacks.join(',')],
          { timeout: TIMEOUT_MS, killSignal: 'SIGTERM' },
          (_, __, stderr) => done(child.signalCode ?? (stderr === '' ? null : stderr)),
        );
      }),
    stay: async (daemon) => {
      const child = spawn(
        process.execPath,
        ['--no-warnings', script, write(daemon, { port: String(daemon.port) }), 'stay'],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      await once(child.stdout, 'data');
      return child;
    },
    open: (daemon) => openSqliteStore({ path: pathOf(daemon), durability: 'process' }),
    money: async () => {
      let sum = (await getConfig(fleet.buyer)).pool;
      for (const who of [fleet.buyer, fleet.market.publisher]) sum += await fleet.toma(who);
      for (const { settle } of fleet.daemons) {
        const { stake, earnings } = await getNode(fleet.buyer, { nodeSmallId: settle.nodeId });
        sum += stake + earnings + (await fleet.toma(settle.atoma));
      }
      return sum;
    },
    close: async () => {
      for (const daemon of fleet.daemons) if (!gone.has(daemon)) await daemon.stop({ graceMs: 100 });
      await rpc.close();
      fleet.market.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
