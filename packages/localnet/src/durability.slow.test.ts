import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  advanceClock,
  advanceEpoch,
  chainState,
  closeLedger,
  exportLedger,
  fundAddress,
  getCheckpoint,
  getObject,
  getTransaction,
  importLedger,
  type Ledger,
  listBalances,
  listOwnedObjects,
  listTransactions,
  markStart,
  openLedger,
  resetLedger,
  resetToStart,
  restoreCheckpoint,
  restoreCopy,
  type StoredObject,
  startOf,
  stateDigest,
  takeSnapshot,
  treasuryAddress,
} from './index.ts';
import { createdBy, type Demo, openDemo, packageIn, publish, SUI_COIN, send, simulate } from './testing/fixture.ts';

let directory: string;
const open: Ledger[] = [];
const reopen = async (): Promise<Ledger> => {
  const ledger = await openLedger({ directory });
  open.push(ledger);
  return ledger;
};
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'ledger-')), 'data');
});
afterEach(() => {
  for (const ledger of open.splice(0)) closeLedger(ledger);
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

const FRIEND = '0xf00d';
const received = (ledger: Ledger): bigint => listBalances(ledger, FRIEND)[0]?.balance ?? 0n;
const worker = (mode: string, count: number): ChildProcess =>
  spawn(process.execPath, [join(import.meta.dirname, 'testing/fund-worker.ts'), directory, mode, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

describe('the data directory', () => {
  test('is private, and its ledger comes back as it was', async () => {
    const ledger = await reopen();
    fundAddress(ledger, FRIEND, 5n);
    const [state, chain] = [stateDigest(ledger), chainState(ledger)];
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(directory)) expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
    closeLedger(ledger);
    expect(() => chainState(ledger)).toThrow(expect.objectContaining({ code: 'LEDGER_CLOSED' }));
    const again = await reopen();
    expect([stateDigest(again), chainState(again)]).toEqual([state, chain]);
    fundAddress(again, FRIEND, 6n);
    expect(received(again)).toBe(11n);
  });

  test('a damaged file is named and never touched', async () => {
    const ledger = await reopen();
    fundAddress(ledger, FRIEND, 5n);
    closeLedger(ledger);
    const file = join(directory, 'ledger.sqlite');
    writeFileSync(file, 'this is no database, whatever its name says');
    const bytes = readFileSync(file);
    const error = await reopen().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'LEDGER_DATA_CORRUPT',
      details: { file },
      hint: expect.stringContaining('chain reset'),
    });
    expect(readFileSync(file)).toEqual(bytes);
    resetLedger(directory);
    expect(received(await reopen())).toBe(0n);
  });

  test('a truncated file is an error of the first call that needs the lost part', async () => {
    const ledger = await reopen();
    for (let i = 0; i < 20; i++) fundAddress(ledger, FRIEND, 5n);
    closeLedger(ledger);
    const file = join(directory, 'ledger.sqlite');
    truncateSync(file, 8_192);
    const use = async () => {
      const damaged = await reopen();
      fundAddress(damaged, FRIEND, 1n);
    };
    await expect(use()).rejects.toMatchObject({ code: 'LEDGER_DATA_CORRUPT' });
    expect(statSync(file).size).toBe(8_192);
  });

  test('damage anywhere in the file is never more than an error of the ledger', async () => {
    const ledger = await reopen();
    for (let i = 0; i < 30; i++) fundAddress(ledger, `0x${(i % 7) + 1}00`, 5n);
    closeLedger(ledger);
    const file = join(directory, 'ledger.sqlite');
    const whole = readFileSync(file);
    const use = async () => {
      const damaged = await openLedger({ directory });
      try {
        fundAddress(damaged, FRIEND, 1n);
        listTransactions(damaged, { limit: 100 });
        stateDigest(damaged);
      } finally {
        closeLedger(damaged);
      }
    };
    let refused = 0;
    const damage = fc.record({ page: fc.nat(whole.length / 2_048 - 1), byte: fc.nat(120), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(damage, async ({ page, byte, value }) => {
        const bytes = Buffer.from(whole);
        bytes.fill(value, page * 2_048 + byte, page * 2_048 + byte + 24);
        for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
        writeFileSync(file, bytes);
        await use().catch((thrown: { code?: string }) => {
          refused += 1;
          expect(thrown.code).toMatch(/^LEDGER_/);
        });
      }),
      { numRuns: 150, seed: 3 },
    );
    expect(refused).toBeGreaterThan(0);
  });

  test('a file of another format is refused', async () => {
    const ledger = await reopen();
    closeLedger(ledger);
    const { DatabaseSync } = await import('node:sqlite');
    const handle = new DatabaseSync(join(directory, 'ledger.sqlite'));
    handle.exec('PRAGMA user_version = 99');
    handle.close();
    await expect(reopen()).rejects.toMatchObject({ code: 'LEDGER_DATA_VERSION' });
  });

  test('one that cannot be made is refused', async () => {
    writeFileSync(join(directory, '..', 'file'), '');
    await expect(openLedger({ directory: join(directory, '..', 'file', 'inside') })).rejects.toMatchObject({
      code: 'LEDGER_DIRECTORY_UNUSABLE',
    });
  });
});

describe('several processes', () => {
  test('work on one directory; none of their transactions is lost', async () => {
    const ledger = await reopen();
    const workers = [worker('count', 40), worker('count', 40)];
    const ends = workers.map((child) => once(child, 'exit'));
    for (let i = 0; i < 20; i++) fundAddress(ledger, FRIEND, 1n);
    for (const [code] of await Promise.all(ends)) expect(code).toBe(0);
    expect(received(ledger)).toBe(100n);
    const head = chainState(ledger).checkpoint;
    expect(head).toBe(100);
    for (let sequence = 1; sequence <= head; sequence++)
      expect(getCheckpoint(ledger, sequence)?.previousDigest).toBe(getCheckpoint(ledger, sequence - 1)?.digest);
  });

  test('two that create the same directory at once get one chain', async () => {
    const workers = [worker('chain', 1), worker('chain', 1), worker('chain', 1)];
    const ids = await Promise.all(
      workers.map(
        async (child) => (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line'))[0],
      ),
    );
    expect(new Set(ids).size).toBe(1);
  });

  test('a process killed at work leaves whole transactions and a working ledger', async () => {
    const ledger = await reopen();
    for (let round = 0; round < 3; round++) {
      const child = worker('forever', 0);
      const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
      let last = '';
      for await (const line of lines) {
        last = line;
        if (Number(line.split(' ')[0]) >= 15 + round * 7) break;
      }
      child.kill('SIGKILL');
      await once(child, 'exit');
      const [, digest] = last.split(' ');
      expect(getTransaction(ledger, digest as string)?.effects.error).toBeNull();
    }
    const total = received(ledger);
    fundAddress(ledger, FRIEND, 1n);
    expect(received(ledger)).toBe(total + 1n);
    const { checkpoint } = chainState(ledger);
    expect(BigInt(checkpoint)).toBe(total + 1n);
    expect(getCheckpoint(ledger, checkpoint)?.networkTotalTransactions).toBe(checkpoint + 1);
  });

  test('reset waits for nobody: it refuses while somebody works', async () => {
    const ledger = await reopen();
    expect(() => resetLedger(directory)).toThrow(expect.objectContaining({ code: 'LEDGER_IN_USE' }));
    expect(existsSync(join(directory, 'ledger.sqlite'))).toBe(true);
    closeLedger(ledger);
    resetLedger(directory);
    expect(existsSync(join(directory, 'ledger.sqlite'))).toBe(false);
  });
});

const story = async (d: Demo): Promise<void> => {
  await send(d.ledger, d.bob, (tx) => {
    const [a, b] = tx.splitCoins(tx.gas, [1, 2]);
    tx.transferObjects([a as never, b as never], d.bob.toSuiAddress());
  });
  const small = listOwnedObjects(d.ledger, { owner: d.bob.toSuiAddress(), type: SUI_COIN, limit: 10 }).items.slice(
    1,
    3,
  );
  await send(d.ledger, d.bob, (tx, { object }) => {
    tx.mergeCoins(
      tx.gas,
      small.map(({ id }) => object(id)),
    ); // objects that are gone stay in the history
  });
  const made = await send(d.ledger, d.alice, (tx) => void tx.moveCall({ target: `${d.demo}::things::share` }));
  const counter = (createdBy(d.ledger, made, '::Counter')[0] as StoredObject).id;
  for (let i = 0; i < 3; i++)
    await send(d.ledger, d.bob, (tx, { object }) => {
      tx.moveCall({
        target: `${d.demo}::things::add_field`,
        arguments: [object(counter), tx.pure.u64(i), tx.pure.u64(i)],
      });
    });
  await send(
    d.ledger,
    d.alice,
    (tx, { object }) => void tx.moveCall({ target: `${d.demo}::things::roll`, arguments: [object('8', false)] }),
  );
  advanceClock(d.ledger, 1_000);
  advanceEpoch(d.ledger);
  await send(
    d.ledger,
    d.alice,
    (tx, { object }) => void tx.moveCall({ target: `${d.demo}::things::roll`, arguments: [object('8', false)] }),
  );
};

test('one seed and a logical clock give one history', async () => {
  const digests: string[] = [];
  for (const seed of ['a', 'a', 'b']) {
    const d = await openDemo({ seed, clock: 'logical' });
    await story(d);
    digests.push(stateDigest(d.ledger));
    closeLedger(d.ledger);
  }
  expect(digests[0]).toBe(digests[1]);
  expect(digests[0]).not.toBe(digests[2]);
});

describe('snapshots and files', () => {
  test('a restore brings back objects, time, epoch and randomness; the same steps lead to the same state', async () => {
    const d = await openDemo({ directory, seed: 'restore', clock: 'logical' });
    open.push(d.ledger);
    const before = stateDigest(d.ledger);
    const snapshot = takeSnapshot(d.ledger);
    await story(d);
    const after = stateDigest(d.ledger);
    const transactions = listTransactions(d.ledger, { limit: 100 }).length;
    restoreCheckpoint(d.ledger, snapshot);
    expect(stateDigest(d.ledger)).toBe(before);
    expect(chainState(d.ledger).checkpoint).toBe(snapshot);
    await story(d);
    expect(stateDigest(d.ledger)).toBe(after);
    expect(listTransactions(d.ledger, { limit: 100 }).length).toBe(transactions);
    expect(() => restoreCheckpoint(d.ledger, 10_000)).toThrow(
      expect.objectContaining({ code: 'LEDGER_CHECKPOINT_NOT_FOUND' }),
    );
  });

  test('another open ledger notices the restore, code included', async () => {
    const d = await openDemo({ directory, seed: 'other', clock: 'logical' });
    open.push(d.ledger);
    const other = await reopen();
    const snapshot = takeSnapshot(other);
    const second = packageIn(await publish(d.ledger, d.bob));
    const call = () => simulate(other, d.alice, (tx) => void tx.moveCall({ target: `${second}::things::share` }));
    expect((await call()).effects.error).toBeNull();
    restoreCheckpoint(d.ledger, snapshot);
    await expect(call()).rejects.toMatchObject({ code: 'LEDGER_PACKAGE_NOT_FOUND' });
    expect(stateDigest(other)).toBe(stateDigest(d.ledger));
  });

  test('a copy of the same chain is restored into an open ledger, earlier or later, for every process', async () => {
    const d = await openDemo({ directory, seed: 'copy', clock: 'logical' });
    open.push(d.ledger);
    const other = await reopen();
    const [early, late] = ['early', 'late'].map((name) => join(directory, '..', name)) as [string, string];
    const states = [stateDigest(d.ledger)];
    exportLedger(d.ledger, early);
    await story(d);
    exportLedger(d.ledger, late);
    states.push(stateDigest(d.ledger));
    const transactions = listTransactions(d.ledger, { limit: 100 });
    for (const [file, i] of [
      [early, 0],
      [late, 1],
      [early, 0],
    ] as const) {
      restoreCopy(d.ledger, file);
      expect([stateDigest(d.ledger), stateDigest(other)]).toEqual([states[i], states[i]]);
    }
    await story(d);
    expect([stateDigest(d.ledger), stateDigest(other)]).toEqual([states[1], states[1]]);
    expect(listTransactions(other, { limit: 100 })).toEqual(transactions);
  });

  test('copies that number their types differently, of other chains, and rubbish', async () => {
    const d = await openDemo({ directory, seed: 'numbers', clock: 'logical' });
    open.push(d.ledger);
    const [copy, elsewhere] = ['copy', 'elsewhere'].map((name) => join(directory, '..', name)) as [string, string];
    exportLedger(d.ledger, copy);
    importLedger(copy, elsewhere);
    const twin = { ...d, ledger: await openLedger({ directory: elsewhere }) };
    open.push(twin.ledger);
    const make = (on: Demo, name: 'share' | 'roll') =>
      send(on.ledger, on.alice, (tx, { object }) => {
        tx.moveCall({ target: `${on.demo}::things::${name}`, arguments: name === 'roll' ? [object('8', false)] : [] });
      });
    await make(d, 'roll');
    await make(d, 'share');
    await make(twin, 'share');
    await make(twin, 'roll');
    rmSync(copy);
    exportLedger(twin.ledger, copy);
    restoreCopy(d.ledger, copy);
    expect(stateDigest(d.ledger)).toBe(stateDigest(twin.ledger));
    expect(listTransactions(d.ledger, { limit: 100 })).toEqual(listTransactions(twin.ledger, { limit: 100 }));
    const stranger = await openLedger({ seed: 'stranger' });
    open.push(stranger);
    const before = stateDigest(stranger);
    expect(() => restoreCopy(stranger, copy)).toThrow(expect.objectContaining({ code: 'LEDGER_OTHER_CHAIN' }));
    writeFileSync(copy, 'x');
    expect(() => restoreCopy(stranger, copy)).toThrow(expect.objectContaining({ code: 'LEDGER_DATA_CORRUPT' }));
    expect(stateDigest(stranger)).toBe(before);
    fundAddress(stranger, FRIEND, 1n);
  });

  test('another chain takes the place of an open one when asked, for every process: id, treasury, randomness, time', async () => {
    const d = await openDemo({ directory, seed: 'first chain', clock: 'wall' });
    open.push(d.ledger);
    const other = await reopen();
    const file = join(directory, '..', 'another');
    const source = await openDemo({ seed: 'second chain', clock: 'logical' });
    open.push(source.ledger);
    await story(source);
    exportLedger(source.ledger, file);
    restoreCopy(d.ledger, file, { otherChain: true });
    const seen = (ledger: Ledger) => [stateDigest(ledger), chainState(ledger), treasuryAddress(ledger)];
    expect([seen(d.ledger), seen(other)]).toEqual([seen(source.ledger), seen(source.ledger)]);
    await story({ ...source, ledger: other });
    await story(source);
    expect([seen(d.ledger), seen(other)]).toEqual([seen(source.ledger), seen(source.ledger)]);
  });

  test('a ledger goes back to its start, and from there to the same states again', async () => {
    const d = await openDemo({ directory, seed: 'start', clock: 'logical' });
    open.push(d.ledger);
    const other = await reopen();
    expect([startOf(d.ledger), markStart(d.ledger)]).toEqual([0, chainState(d.ledger).checkpoint]);
    const states = [stateDigest(d.ledger)];
    await story(d);
    states.push(stateDigest(d.ledger));
    resetToStart(other);
    expect([stateDigest(d.ledger), startOf(d.ledger)]).toEqual([states[0], chainState(d.ledger).checkpoint]);
    await story(d);
    expect(stateDigest(other)).toBe(states[1]);
    restoreCheckpoint(d.ledger, 1);
    expect(startOf(d.ledger)).toBe(0);
  });

  test('an export is a whole ledger in one file', async () => {
    const ledger = await reopen();
    fundAddress(ledger, FRIEND, 5n);
    const file = join(directory, '..', 'export.sqlite');
    exportLedger(ledger, file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(() => exportLedger(ledger, file)).toThrow(expect.objectContaining({ code: 'LEDGER_FILE_EXISTS' }));
    const target = join(directory, '..', 'imported');
    importLedger(file, target);
    const imported = await openLedger({ directory: target });
    open.push(imported);
    expect(stateDigest(imported)).toBe(stateDigest(ledger));
    expect(() => importLedger(file, target)).toThrow(expect.objectContaining({ code: 'LEDGER_FILE_EXISTS' }));
    fundAddress(imported, FRIEND, 5n);
    expect([received(imported), received(ledger)]).toEqual([10n, 5n]);
  });

  test('what is no ledger is not imported', () => {
    const file = join(directory, '..', 'rubbish');
    writeFileSync(
      file,
      'rubbish that is longer than a header of SQLite would have to be, to be read at all, by far and wide',
    );
    expect(() => importLedger(file, directory)).toThrow(expect.objectContaining({ code: 'LEDGER_DATA_CORRUPT' }));
    writeFileSync(file, '');
    expect(() => importLedger(file, directory)).toThrow(expect.objectContaining({ code: 'LEDGER_DATA_CORRUPT' }));
    expect(existsSync(join(directory, 'ledger.sqlite'))).toBe(false);
  });
});

test('a wall clock that was moved ahead stays ahead', async () => {
  const ledger = await openLedger({});
  const start = chainState(ledger).timestampMs;
  advanceClock(ledger, 3_600_000);
  fundAddress(ledger, FRIEND, 1n);
  expect(chainState(ledger).timestampMs).toBeGreaterThanOrEqual(start + 3_600_000);
  advanceClock(ledger, 3_600_000);
  expect(chainState(ledger).timestampMs).toBeGreaterThanOrEqual(start + 7_200_000);
  closeLedger(ledger);
});

test('epochs and the clock only go forward', async () => {
  const ledger = await openLedger({ clock: 'logical', seed: 'time' });
  const start = chainState(ledger);
  advanceClock(ledger, 10);
  expect(chainState(ledger).timestampMs).toBe(start.timestampMs + 10);
  expect(advanceEpoch(ledger, 3).epoch).toBe(3);
  expect(getCheckpoint(ledger, chainState(ledger).checkpoint)).toMatchObject({ epoch: 2, endOfEpoch: true });
  expect(() => advanceClock(ledger, 0)).toThrow(expect.objectContaining({ code: 'LEDGER_BAD_ARGUMENT' }));
  expect(() => advanceEpoch(ledger, -1)).toThrow(expect.objectContaining({ code: 'LEDGER_BAD_ARGUMENT' }));
  expect(getObject(ledger, '0x6')?.version).toBe(2);
  closeLedger(ledger);
});
