/** Gas of whole transactions, and of the protocol versions a ledger can be made with. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import type { Transaction, TransactionArgument } from '@mysten/sui/transactions';
import { afterEach, expect, test } from 'vitest';
import {
  chainState,
  closeLedger,
  fundAddress,
  type Ledger,
  listOwnedObjects,
  type OpenOptions,
  openLedger,
} from './index.ts';
import { SUI_COIN, send } from './testing/fixture.ts';

const alice = Ed25519Keypair.fromSecretKey(new Uint8Array(32).fill(1));
let open: Ledger | undefined;
const ledgerOf = async (options: OpenOptions): Promise<Ledger> => {
  open = await openLedger({ seed: 'gas', clock: 'logical', ...options });
  return open;
};
const funded = async (options: OpenOptions = {}): Promise<Ledger> => {
  const ledger = await ledgerOf(options);
  fundAddress(ledger, alice.toSuiAddress(), 1_000_000_000n);
  return ledger;
};
afterEach(() => {
  if (open) closeLedger(open);
  open = undefined;
});

/** A vector of eight equal elements, made again and again a vector of eight of itself. */
const nested = (tx: Transaction, levels: number): void => {
  let element: TransactionArgument = tx.pure.u64(0);
  let type = 'u64';
  for (let level = 0; level < levels; level++) {
    element = tx.makeMoveVec({ type, elements: new Array<TransactionArgument>(8).fill(element) });
    type = `vector<${type}>`;
  }
};

test('a value used eight times is copied seven times and moved once: Sui charges 139,000,000 MIST here', async () => {
  const ledger = await funded();
  const { effects } = await send(ledger, alice, (tx) => nested(tx, 6));
  expect(effects.gasUsed.computationCost).toBe(139_000_000n);
  const once = await send(ledger, alice, (tx) => nested(tx, 3));
  expect(once.effects.gasUsed.computationCost).toBe(1_000_000n); // the least a transaction costs
});

test('computation has to leave something of the budget, even when storage gives back', async () => {
  const ledger = await funded();
  fundAddress(ledger, alice.toSuiAddress(), 1n);
  const coins = () =>
    listOwnedObjects(ledger, { owner: alice.toSuiAddress(), type: SUI_COIN, limit: 5 }).items.map(({ id }) => id);
  expect(coins()).toHaveLength(2);
  const { effects } = await send(ledger, alice, () => {}, { gas: coins(), budget: 1_000_000n });
  expect(effects).toMatchObject({
    error: { status: { InsufficientGas: true } },
    gasUsed: { computationCost: 1_000_000n, storageCost: 988_000n },
  });
  fundAddress(ledger, alice.toSuiAddress(), 1n);
  const more = await send(ledger, alice, () => {}, { gas: coins(), budget: 1_000_001n });
  expect(more.effects.error).toBe(null);
});

test.each([
  [121, 978_120n],
  [138, 978_120n],
  [140, 987_901n],
])('version %i returns %i MIST of a coin, for the life of the chain', async (protocolVersion, storageRebate) => {
  const directory = mkdtempSync(join(tmpdir(), 'protocol-'));
  try {
    closeLedger(await funded({ directory, protocolVersion }));
    const ledger = await ledgerOf({ directory, protocolVersion: 121 });
    expect(chainState(ledger).protocolVersion).toBe(protocolVersion);
    const { effects } = await send(ledger, alice, (tx) => nested(tx, 1));
    expect(effects.gasUsed).toMatchObject({ storageRebate, storageCost: 988_000n });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('a version nobody knows the rules of is refused', async () => {
  await expect(openLedger({ protocolVersion: 122 })).rejects.toThrow('Protocol version 122 is not known');
});
