/** A history executed again comes to the same checkpoints, and where it cannot it says which. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import {
  advanceClock,
  advanceEpoch,
  chainState,
  closeLedger,
  exportLedger,
  importLedger,
  openLedger,
  replayLedger,
  restoreCheckpoint,
  type StoredObject,
  stateDigest,
} from './index.ts';
import { createdBy, type Demo, openDemo, send } from './testing/fixture.ts';

const directory = mkdtempSync(join(tmpdir(), 'replay-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A bit of everything that makes checkpoints: calls, failures, randomness, time, epochs. */
const live = async (d: Demo): Promise<void> => {
  const made = await send(d.ledger, d.alice, (tx) => void tx.moveCall({ target: `${d.demo}::things::share` }));
  const counter = (createdBy(d.ledger, made, '::Counter')[0] as StoredObject).id;
  advanceClock(d.ledger, 90_000);
  await send(d.ledger, d.bob, (tx, { object }) => {
    tx.moveCall({ target: `${d.demo}::things::roll`, arguments: [object('8', false)] });
  });
  advanceEpoch(d.ledger, 3);
  const failed = await send(d.ledger, d.bob, (tx) => {
    tx.moveCall({ target: `${d.demo}::things::plain_abort` });
  });
  expect(failed.effects.error).not.toBeNull();
  await send(d.ledger, d.alice, (tx, { object }) => {
    tx.moveCall({
      target: `${d.demo}::things::add_field`,
      arguments: [object(counter), tx.pure.u64(1), tx.pure.u64(2)],
    });
    tx.moveCall({ target: `${d.demo}::things::roll`, arguments: [object('8', false)] });
  });
};

test.each(['logical', 'wall'] as const)(
  'with a %s clock, to the same digest, and the ledger is left alone',
  async (clock) => {
    const d = await openDemo({ seed: 'replay', clock });
    await live(d);
    const before = [stateDigest(d.ledger), chainState(d.ledger)];
    const { checkpoints, transactions, stateDigest: again } = await replayLedger(d.ledger);
    expect([again, chainState(d.ledger)]).toEqual(before);
    expect([checkpoints, transactions > checkpoints]).toEqual([chainState(d.ledger).checkpoint, true]);
    await live(d); // time and randomness go on
    closeLedger(d.ledger);
  },
);

test('after a restore only what remains is executed again', async () => {
  const d = await openDemo({ seed: 'replay restored', clock: 'wall' });
  const { checkpoint } = chainState(d.ledger);
  await live(d);
  restoreCheckpoint(d.ledger, checkpoint);
  await live(d);
  expect((await replayLedger(d.ledger)).stateDigest).toBe(stateDigest(d.ledger));
  closeLedger(d.ledger);
});

/** Opens an export of a ledger after `edit` changed the file. */
const edited = async (name: string, edit: (database: DatabaseSync) => void) => {
  const d = await openDemo({ seed: `replay ${name}`, clock: 'logical' });
  await live(d);
  const [file, home] = [join(directory, name), join(directory, `${name} home`)];
  exportLedger(d.ledger, file);
  closeLedger(d.ledger);
  const database = new DatabaseSync(file);
  edit(database);
  database.close();
  importLedger(file, home);
  return openLedger({ directory: home });
};

test.each([
  [
    'a coin worth one MIST more',
    (database: DatabaseSync) => {
      const coin = 'SELECT l.seq FROM live l WHERE l.balance IS NOT NULL ORDER BY l.seq DESC LIMIT 1';
      const { seq, contents } = database.prepare(`SELECT seq, contents FROM objects WHERE seq = (${coin})`).get() as {
        seq: number;
        contents: Uint8Array;
      };
      contents[32] = (contents[32] as number) ^ 1;
      database.prepare('UPDATE objects SET contents = ? WHERE seq = ?').run(contents, seq);
    },
    'objects',
  ],
  [
    'a transaction nobody signed like that',
    (database: DatabaseSync) => {
      const wanted =
        'SELECT sequence, data FROM transactions WHERE length(signatures) > 90 ORDER BY sequence DESC LIMIT 1';
      const { sequence, data } = database.prepare(wanted).get() as { sequence: number; data: Uint8Array };
      const last = data.length - 10; // within the gas budget
      data[last] = (data[last] as number) ^ 1;
      database.prepare('UPDATE transactions SET data = ? WHERE sequence = ?').run(data, sequence);
    },
    'refused',
  ],
])('%s is found out', async (name, edit, what) => {
  const ledger = await edited(name, edit);
  await expect(replayLedger(ledger)).rejects.toMatchObject({
    code: 'LEDGER_REPLAY_DIFFERS',
    message: expect.stringContaining(what),
  });
  closeLedger(ledger);
});
