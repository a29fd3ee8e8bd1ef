/**
 * The embedded ledger: start-up as a bundled program pays it, contract transactions with signature checks and durable
 * commits, and the epoch step. Run: node bench/ledger.bench.ts [--json]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bcs } from '@mysten/sui/bcs';
import { build } from 'esbuild';
import {
  advanceEpoch,
  closeLedger,
  decodeTransaction,
  executeTransaction,
  exportLedger,
  fundAddress,
  restoreCheckpoint,
  restoreCopy,
  type StoredObject,
  takeSnapshot,
} from '../packages/localnet/src/index.ts';
import { encodeEffects } from '../packages/localnet/src/internal/effects-bcs.ts';
import {
  type Build,
  buildTransaction,
  createdBy,
  type Demo,
  openDemo,
  send,
  signBy,
} from '../packages/localnet/src/testing/fixture.ts';
import { median, type Row, report } from './report.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ledger-bench-'));
const root = resolve(import.meta.dirname, '..');

/** A program that funds addresses and prints its resident memory (MB) before, in the middle and at the end. */
const memoryProgram = (source: (name: string) => string): string => `
  import { closeLedger, openLedger } from ${source('ledger.ts')};
  import { fundAddress } from ${source('fund.ts')};
  const [directory, count] = process.argv.slice(2);
  const ledger = await openLedger({ directory });
  const rss = () => Math.round(process.memoryUsage().rss / 1e6);
  const figures = [rss()];
  for (let i = 1; i <= count; i++) {
    fundAddress(ledger, (4096 + (i % 500)).toString(16), 1000n);
    if (i === count / 2) figures.push(rss());
  }
  console.log(JSON.stringify([...figures, rss()]));
  closeLedger(ledger);`;

/** A program that opens a ledger, asks where the chain stands, and closes it; bundled as the command line ships. */
const openProgram = (source: (name: string) => string): string =>
  `import { closeLedger, openLedger } from ${source('ledger.ts')};
     import { chainState } from ${source('reads.ts')};
     const ledger = await openLedger({ directory: process.argv[2] });
     if (chainState(ledger).checkpoint < 0) process.exit(1);
     closeLedger(ledger);`;

/** Bundles a program, and with it the ledger, as the command line ships. */
const bundle = async (name: string, program: (source: (name: string) => string) => string): Promise<string> => {
  const entry = join(scratch, `${name}.ts`);
  const file = join(scratch, `${name}.mjs`);
  writeFileSync(
    entry,
    program((source) => JSON.stringify(join(root, 'packages/localnet/src', source))),
  );
  await build({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    minify: true,
    nodePaths: [join(root, 'node_modules')],
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return file;
};

const runMs = (...args: string[]): number => {
  const start = performance.now();
  execFileSync(process.execPath, args);
  return performance.now() - start;
};

const several = (count: number, run: (i: number) => number): number =>
  median(Array.from({ length: count }, (_, i) => run(i)));

const startUp = async (): Promise<Row[]> => {
  const file = await bundle('open', openProgram);
  const empty = join(scratch, 'empty.mjs');
  writeFileSync(empty, '');
  const node = several(9, () => runMs(empty));
  const fresh = several(9, (i) => runMs(file, join(scratch, `fresh-${i}`)));
  const opening = several(9, () => runMs(file, join(scratch, 'fresh-0')));
  return [
    { name: 'empty Node process', value: node, unit: 'ms' },
    { name: 'new ledger, process start to ready', value: fresh, unit: 'ms', target: '<= 250' },
    { name: 'existing ledger, beyond an empty process', value: opening - node, unit: 'ms', target: '<= 60' },
  ];
};

/** How a long-running host starts Node: V8 otherwise lets garbage grow to 130 MB beside 25 MB of live data. */
const SMALL_YOUNG_HEAP = '--max-semi-space-size=4';

/** `--long` runs the 100,000 transactions the target names; the default is enough to see a trend. */
const memory = async (): Promise<Row[]> => {
  const count = process.argv.includes('--long') ? 100_000 : 10_000;
  const file = await bundle('memory', memoryProgram);
  const text = execFileSync(process.execPath, [
    SMALL_YOUNG_HEAP,
    file,
    join(scratch, 'memory'),
    String(count),
  ]).toString();
  const [idle, middle, end] = JSON.parse(text) as [number, number, number];
  return [
    { name: `resident memory, idle (${SMALL_YOUNG_HEAP})`, value: idle, unit: 'MB', target: '<= 150' },
    { name: `resident memory after ${count / 2} transactions`, value: middle, unit: 'MB' },
    { name: `resident memory after ${count} transactions`, value: end, unit: 'MB', target: '<= 150, not growing' },
  ];
};

const BATCH = 100;

/** One gas coin for each transaction, so that all can be signed before any runs. */
const gasCoins = async (d: Demo, count: number): Promise<string[]> => {
  const ids: string[] = [];
  while (ids.length < count) {
    const record = await send(d.ledger, d.alice, (tx) => {
      const coins = tx.splitCoins(tx.gas, new Array(BATCH).fill(20_000_000));
      tx.transferObjects(
        Array.from({ length: BATCH }, (_, i) => coins[i] as never),
        d.alice.toSuiAddress(),
      );
    });
    ids.push(...createdBy(d.ledger, record).map((coin) => coin.id));
  }
  return ids.slice(0, count);
};

const throughput = async (d: Demo, count: number, build: Build): Promise<number> => {
  const gas = await gasCoins(d, count);
  const signed: { bytes: Uint8Array; signature: Uint8Array }[] = [];
  for (const id of gas) {
    const bytes = await buildTransaction(d.ledger, d.alice, build, { gas: [id], budget: 20_000_000n });
    signed.push({ bytes, signature: await signBy(d.alice, bytes) });
  }
  const start = performance.now();
  for (const { bytes, signature } of signed)
    if (executeTransaction(d.ledger, bytes, [signature]).effects.error) throw signed;
  return count / ((performance.now() - start) / 1_000);
};

/** Own codecs against the SDK's, on the same transaction and effects. */
const codecs = async (d: Demo): Promise<Row[]> => {
  const { transaction, effects, effectsBcs } = await send(d.ledger, d.alice, (tx) => {
    const thing = tx.moveCall({ target: `${d.demo}::things::make`, arguments: [tx.pure.u64(1)] });
    tx.transferObjects([thing, tx.splitCoins(tx.gas, [1])], d.bob.toSuiAddress());
  });
  const perCall = (work: () => unknown): number => {
    const round = (): number => {
      const start = performance.now();
      for (let i = 0; i < 2_000; i++) work();
      return (performance.now() - start) / 2;
    };
    return median(Array.from({ length: 7 }, round));
  };
  return [
    {
      name: 'decode TransactionData',
      value: perCall(() => decodeTransaction(transaction)),
      unit: 'us',
      target: '<= 10',
    },
    { name: 'decode TransactionData, SDK', value: perCall(() => bcs.TransactionData.parse(transaction)), unit: 'us' },
    { name: 'encode effects', value: perCall(() => encodeEffects(effects)), unit: 'us', target: '<= 10' },
    { name: 'decode effects, SDK', value: perCall(() => bcs.TransactionEffects.parse(effectsBcs)), unit: 'us' },
  ];
};

const makeCounter = async (d: Demo): Promise<string> => {
  const record = await send(d.ledger, d.alice, (tx) => void tx.moveCall({ target: `${d.demo}::things::share` }));
  return (createdBy(d.ledger, record, '::Counter')[0] as StoredObject).id;
};

const transactions = async (d: Demo): Promise<Row[]> => {
  const counter = await makeCounter(d);
  const increment: Build = (tx, { object }) =>
    void tx.moveCall({ target: `${d.demo}::things::increment`, arguments: [object(counter)] });
  const several: Build = (tx, { object }) => {
    const thing = tx.moveCall({ target: `${d.demo}::things::make`, arguments: [tx.pure.u64(1)] });
    tx.moveCall({ target: `${d.demo}::things::set`, arguments: [thing, tx.pure.u64(2)] });
    tx.moveCall({ target: `${d.demo}::things::now`, arguments: [tx.object.clock()] });
    tx.moveCall({ target: `${d.demo}::things::increment`, arguments: [object(counter)] });
    tx.transferObjects([thing], d.bob.toSuiAddress());
  };
  await throughput(d, 500, increment);
  const simple = await throughput(d, 3_000, increment);
  const larger = await throughput(d, 2_000, several);
  return [
    {
      name: 'contract call on a shared object, signed and durable',
      value: simple,
      unit: 'per second',
      target: '>= 2000',
    },
    { name: 'five commands: new object, event, clock, shared object, transfer', value: larger, unit: 'per second' },
  ];
};

const timed = (work: () => void): number => {
  const start = performance.now();
  work();
  return performance.now() - start;
};

/** A copy of the whole ledger, both ways back to it, and what going back costs. */
const copies = async (d: Demo): Promise<Row[]> => {
  const checkpoint = takeSnapshot(d.ledger);
  const file = join(scratch, 'copy.sqlite');
  const exported = timed(() => exportLedger(d.ledger, file));
  for (let i = 0; i < 500; i++) fundAddress(d.ledger, (8_192 + i).toString(16), 1_000n);
  const restored = timed(() => restoreCheckpoint(d.ledger, checkpoint));
  const loaded = timed(() => restoreCopy(d.ledger, file));
  return [
    { name: 'restore of a checkpoint 500 transactions ago', value: restored, unit: 'ms' },
    { name: 'export of the whole ledger', value: exported, unit: 'ms' },
    { name: 'restore of that copy into the open ledger', value: loaded, unit: 'ms' },
  ];
};

const epochs = async (d: Demo): Promise<Row[]> => {
  await gasCoins(d, 10_000);
  const step = several(25, () => {
    const start = performance.now();
    advanceEpoch(d.ledger);
    return performance.now() - start;
  });
  return [{ name: 'epoch step with 10,000 objects', value: step, unit: 'ms', target: '<= 5' }, ...(await copies(d))];
};

const main = async (): Promise<void> => {
  const d = await openDemo({ directory: join(scratch, 'data') });
  fundAddress(d.ledger, d.alice.toSuiAddress(), 10n ** 15n);
  try {
    const rows = [
      ...(await startUp()),
      ...(await memory()),
      ...(await codecs(d)),
      ...(await transactions(d)),
      ...(await epochs(d)),
    ];
    report('Ledger', rows);
  } finally {
    closeLedger(d.ledger);
    rmSync(scratch, { recursive: true, force: true });
  }
};

await main();
