/** Rules of Sui that differ between protocol versions, on ledgers made with each. */
import { bcs } from '@mysten/sui/bcs';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { afterEach, expect, test } from 'vitest';
import {
  closeLedger,
  executeTransaction,
  getPackage,
  type Ledger,
  stateDigest,
  type TransactionRecord,
} from './index.ts';
import { buildTransaction, compileDemo, createdBy, openDemo, send, signBy } from './testing/fixture.ts';

let ledger: Ledger;
let alice: Ed25519Keypair;
afterEach(() => closeLedger(ledger));

const FIRST = { 'sources/one.move': 'module demo::one;\npublic fun one(): u64 { 1 }' };

const publishFirst = async (protocolVersion: number): Promise<{ id: string; cap: string }> => {
  const opened = await openDemo({ seed: 'protocol', clock: 'logical', protocolVersion });
  ({ ledger, alice } = opened);
  const { modules, dependencies } = await compileDemo(FIRST);
  const record = await send(ledger, alice, (tx) => {
    tx.transferObjects([tx.publish({ modules: [...modules], dependencies: [...dependencies] })], alice.toSuiAddress());
  });
  return { id: publishedBy(record), cap: createdBy(ledger, record, 'UpgradeCap')[0]?.id as string };
};

const publishedBy = ({ effects }: TransactionRecord): string =>
  `0x${effects.changedObjects.find(({ output }) => output?.kind === 'package')?.id}`;

const upgradeTo = async (sources: Record<string, string>, id: string, cap: string): Promise<TransactionRecord> => {
  const { modules, dependencies, digest } = await compileDemo(sources);
  return send(ledger, alice, (tx, { object }) => {
    const holder = object(cap);
    const bytes = tx.pure.vector('u8', [...Buffer.from(digest, 'hex')]);
    const ticket = tx.moveCall({
      target: '0x2::package::authorize_upgrade',
      arguments: [holder, tx.pure.u8(0), bytes],
    });
    const receipt = tx.upgrade({ modules: [...modules], dependencies: [...dependencies], package: id, ticket });
    tx.moveCall({ target: '0x2::package::commit_upgrade', arguments: [holder, receipt] });
  });
};

/** A transaction whose only argument is `argument`, in place of its recipient. */
const misnamed = async (argument: object): Promise<TransactionRecord> => {
  const bytes = await buildTransaction(ledger, alice, (tx) => tx.transferObjects([tx.gas], alice.toSuiAddress()));
  const data = bcs.TransactionData.parse(bytes);
  const [command] = data.V1.kind.ProgrammableTransaction?.commands ?? [];
  if (!command?.TransferObjects) throw new Error('the builder wrote another command');
  Object.assign(command.TransferObjects, { address: argument });
  const changed = bcs.TransactionData.serialize(data).toBytes();
  return executeTransaction(ledger, changed, [await signBy(alice, changed)]);
};

const beyond = [
  ['an input there is not', { Input: 3 }, 'input 3'],
  ['its own result', { Result: 0 }, 'result 0'],
  ['a part of a later result', { NestedResult: [7, 0] }, 'result 7'],
] as const;

test.each(beyond)('at version 121 a command that names %s fails, and is paid for', async (_, argument, what) => {
  ({ ledger, alice } = await openDemo({ seed: 'protocol', clock: 'logical', protocolVersion: 121 }));
  const { error, gasUsed } = (await misnamed(argument)).effects;
  expect(error).toMatchObject({ command: 0, status: { CommandArgumentError: { argIdx: 1 } } });
  expect(error?.description).toContain(what);
  expect(gasUsed.computationCost).toBe(1_000_000n);
});

test.each(beyond)('from version 137 a transaction that names %s is not executed', async (_, argument) => {
  ({ ledger, alice } = await openDemo());
  const before = stateDigest(ledger);
  await expect(misnamed(argument)).rejects.toMatchObject({ code: 'LEDGER_ARGUMENT_INDEX' });
  expect(stateDigest(ledger)).toEqual(before);
});

const WITH_INIT = {
  ...FIRST,
  'sources/two.move': `module demo::two;
public struct Born has copy, drop {}
fun init(_: &mut TxContext) { sui::event::emit(Born {}) }`,
};

test('an upgrade that adds a module with init fails at version 121 and leaves nothing', async () => {
  const { id, cap } = await publishFirst(121);
  const { effects, events } = await upgradeTo(WITH_INIT, id, cap);
  expect([effects.error?.status, events]).toEqual([{ FeatureNotYetSupported: true }, []]);
  expect(effects.changedObjects.some(({ output }) => output?.kind === 'package')).toBe(false);
  const again = await upgradeTo({ ...FIRST, 'sources/two.move': 'module demo::two;\npublic fun two() {}' }, id, cap);
  expect(again.effects.error).toBeNull();
});

test('the newest version runs it', async () => {
  const { id, cap } = await publishFirst(140);
  const record = await upgradeTo(WITH_INIT, id, cap);
  expect(record.events.map(({ type }) => type)).toEqual([`${publishedBy(record)}::two::Born`]);
  expect(getPackage(ledger, publishedBy(record))?.version).toBe(2);
});
