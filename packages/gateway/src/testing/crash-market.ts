/** A market with one node, and gateways in processes of their own that are killed at a point; after each kill all books must agree. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { serveLedger } from '@atoma/localnet';
import { type Atoma, encodeDeployment, executedResult, faucet, listStackBadges } from '@atoma/sdk';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { expect } from 'vitest';
import { rehearsalEnvironment } from '../../../node/src/confidential/rehearsal.ts';
import type { Daemon } from '../../../node/src/daemon.ts';
import { type Fleet, openFleet } from '../../../node/src/testing/fleet.ts';
import { REHEARSAL_SECRET } from '../../../node/src/testing/serving-fixture.ts';
import type { CrashOrders, CrashReport, CrashWork } from './crash-gateway.ts';

/** TOMA of who pays by the request, base units. */
export const PAYER_TOMA = 1_000_000_000n;
const script = resolve(import.meta.dirname, 'crash-gateway.ts');

/** How a process ended. */
export interface Ran {
  readonly signal: string | null;
  /** Point it died at. */
  readonly died: string;
  readonly lines: readonly string[];
}

/** The market, and how gateways of it are killed. */
export interface CrashMarket {
  readonly fleet: Fleet;
  readonly node: Daemon;
  readonly payer: Atoma;
  /** Files of the gateways. */
  readonly directory: string;
  readonly run: (work: CrashWork, point: number | string, tenant: string) => Promise<Ran>;
  /** What the node has metered on every stack of the buyer, once it has ended what a killed client left. */
  readonly meters: () => Promise<ReadonlyMap<string, string>>;
  /** After a start every unit the node had metered is receipted and booked, once, and nothing is left reserved. */
  readonly expectExact: (line: string, metered: ReadonlyMap<string, string>) => CrashReport;
  /**
   * Makes a run that lives, then one for each point it passed that dies there. Returns the points they died at: where timers are at
   * work, one may come less often in another run.
   */
  readonly killAtEach: (work: CrashWork) => Promise<ReadonlySet<string>>;
  /** Kills a run at its first point, the next at its second, and so on until one lives. */
  readonly killUntilOneLives: (work: CrashWork) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Sum of decimal texts. */
export const sumOf = (amounts: Iterable<string>): bigint =>
  [...amounts].reduce((total, each) => total + BigInt(each), 0n);

/** Where a request dies so that most is left to be recovered: charged by the node, its receipt not written. */
export const LATE = 'body of POST /v1/chat/completions';

/** Points before and after each step. */
export const around = (steps: readonly string[]): readonly string[] =>
  steps.flatMap((step) => [`before ${step}`, `after ${step}`]);

const pointsOf = ({ lines }: Ran): readonly string[] => JSON.parse(lines.at(-1) as string) as string[];

const openFor = async (level: 0 | 2): Promise<Fleet> =>
  openFleet({
    nodes: 1,
    seed: `gateway crash ${level}`,
    level,
    ...(level === 2 ? { daemon: () => ({ environment: rehearsalEnvironment(REHEARSAL_SECRET, 'crash') }) } : {}),
  });

const runner =
  (file: string): CrashMarket['run'] =>
  (work, point, tenant) =>
    new Promise((done, failed) => {
      const child = execFile(
        process.execPath,
        ['--no-warnings', script, file, work, String(point), tenant],
        { timeout: 120_000, killSignal: 'SIGTERM' },
        (error, out, err) => {
          const lines = out.split('\n').filter((line) => line !== '');
          // An await that never settles ends a process with code 13 and not a word.
          const lived = error === null && err === '';
          if (child.signalCode === 'SIGKILL' || lived) done({ signal: child.signalCode, died: err, lines });
          else failed(new TypeError(`${work} ${point}: ${child.signalCode ?? `code ${child.exitCode}`}: ${out}${err}`));
        },
      );
    });

const expectExact: CrashMarket['expectExact'] = (line, metered) => {
  const report = JSON.parse(line) as CrashReport;
  const receipted = new Map(report.stacks.map(({ stack, receipts }) => [stack, receipts]));
  // A purchase that was signed but not sent is made by this start: that stack is new.
  for (const [stack, receipts] of receipted) expect(receipts).toBe(metered.get(stack) ?? '0');
  expect(receipted.size).toBeGreaterThanOrEqual(metered.size);
  const all = String(sumOf(metered.values()));
  expect(report).toMatchObject({ agrees: true, reserved: '0', openOutbox: 0, receipted: all, booked: all });
  expect(String(sumOf(Object.values(report.tenants)))).toBe(all);
  return report;
};

/** Opens a market whose one task is of this level. */
export const openCrashMarket = async (level: 0 | 2): Promise<CrashMarket> => {
  const directory = mkdtempSync(join(tmpdir(), 'atoma-gateway-'));
  const file = join(directory, 'orders.json');
  const fleet = await openFor(level);
  const [node] = fleet.daemons as [Daemon];
  const server = await serveLedger(fleet.market.ledger, { port: 0 });
  const payer = fleet.market.actor();
  executedResult(await faucet(payer, { amount: PAYER_TOMA }));
  const orders: CrashOrders = {
    rpc: server.url,
    deployment: encodeDeployment(fleet.market.deployment),
    secret: (fleet.buyer.signer as Ed25519Keypair).getSecretKey(),
    directory,
    model: fleet.model,
    payer: (payer.signer as Ed25519Keypair).getSecretKey(),
    level,
  };
  writeFileSync(file, JSON.stringify(orders));
  const run = runner(file);
  const meters = async (): Promise<ReadonlyMap<string, string>> => {
    const badges = await listStackBadges(fleet.buyer);
    // What a killed client had sent lies at the node by now, and is begun before a connection made after its end is answered.
    await (await fetch(`http://127.0.0.1:${node.port}/health`)).text();
    await expect.poll(async () => [node.node.running.size, (await node.store.totals()).openRows]).toEqual([0, 0]);
    const found = new Map<string, string>();
    for (const { smallId } of badges)
      found.set(String(smallId), String((await node.store.findStack(smallId))?.consumed ?? 0n));
    return found;
  };
  /** Makes a run that dies at a point, and checks how the next start finds the books. */
  const killAt = async (work: CrashWork, point: number | string, tenant: string): Promise<Ran> => {
    if (work === 'start') {
      const before = await meters();
      const left = await run('quick', `${LATE}#1`, 'left');
      expect(left).toMatchObject({ signal: 'SIGKILL', died: LATE });
      expectExact(left.lines[0] as string, before);
    }
    const before = await meters();
    const ran = await run(work, point, tenant);
    if (work !== 'start') expectExact(ran.lines[0] as string, before);
    if (ran.signal !== 'SIGKILL') expect(ran.signal).toBeNull();
    return ran;
  };
  return {
    ...{ fleet, node, payer, directory, run, meters, expectExact },
    killAtEach: async (work) => {
      const died = new Set<string>();
      const times = new Map<string, number>();
      for (const [n, point] of pointsOf(await killAt(work, 'none', 'even')).entries()) {
        const time = (times.get(point) ?? 0) + 1;
        times.set(point, time);
        const ran = await killAt(work, `${point}#${time}`, n % 2 === 0 ? 'even' : 'odd');
        if (ran.signal === 'SIGKILL') died.add(ran.died);
      }
      return died;
    },
    killUntilOneLives: async (work) => {
      for (let point = 0; (await killAt(work, point, 'even')).signal === 'SIGKILL'; ) point++;
    },
    close: async () => {
      await server.close();
      await fleet.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
