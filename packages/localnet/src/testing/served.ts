import { bcs } from '@mysten/sui/bcs';
import { SuiGrpcClient } from '@mysten/sui/grpc';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Transaction } from '@mysten/sui/transactions';
import { describe, expect, test } from 'vitest';
import { closeLedger, type LedgerServer, openLedger, serveLedger } from '../index.ts';
import { createdOf, execute, type Network, newAccount, publishDemo } from './network.ts';

/** A ledger served over HTTP with a client on it and things to look at: coins, items, fields, a shared counter. */
export interface World extends Network {
  readonly server: LedgerServer;
  readonly alice: Ed25519Keypair;
  readonly bob: Ed25519Keypair;
  readonly packageId: string;
  readonly counter: string;
  /** Five of Alice's items. */
  readonly items: readonly string[];
  /** An item nobody can change. */
  readonly frozen: string;
  /** An item with 60 values and one item under it. */
  readonly parent: string;
  readonly child: string;
  readonly closeAll: () => Promise<void>;
}

/** Type endings the world's package has. */
export const ITEM = '::demo::Item';

const fill = async (network: Network, alice: Ed25519Keypair, packageId: string) => {
  const target = (name: string) => `${packageId}::demo::${name}`;
  const make = (t: Transaction, name: string) =>
    t.moveCall({ target: target('new_item'), arguments: [t.pure.string(name)] });
  const created = await execute(network, alice, (t) => {
    t.transferObjects(
      [0, 1, 2, 3, 4].map((i) => make(t, `item ${i}`)),
      alice.toSuiAddress(),
    );
    t.moveCall({ target: target('create') });
  });
  const items = Object.entries(created.objectTypes ?? {})
    .filter(([, type]) => type.endsWith(ITEM))
    .map(([id]) => id);
  const frozen = await execute(network, alice, (t) =>
    t.moveCall({ target: target('freeze_item'), arguments: [make(t, 'ice')] }),
  );
  const tree = await execute(network, alice, (t) => {
    const parent = make(t, 'parent');
    for (let i = 0; i < 60; i++)
      t.moveCall({ target: target('add_field'), arguments: [parent, t.pure.u64(i), t.pure.bool(i % 2 === 0)] });
    t.moveCall({ target: target('add_child'), arguments: [parent, t.pure.u64(100), make(t, 'child')] });
    t.transferObjects([parent], alice.toSuiAddress());
  });
  const family =
    tree.effects?.changedObjects.filter(({ objectId }) => tree.objectTypes?.[objectId]?.endsWith(ITEM)) ?? [];
  const of = (kind: string) => family.find(({ outputOwner }) => outputOwner?.$kind === kind)?.objectId as string;
  return {
    items,
    counter: createdOf(created, '::demo::Counter'),
    frozen: createdOf(frozen, ITEM),
    parent: of('AddressOwner'),
    child: of('ObjectOwner'),
  };
};

/** Serves a new ledger on a free port and fills it. */
export const openWorld = async (seed: string, format: 'text' | 'binary' = 'binary'): Promise<World> => {
  const ledger = await openLedger({ seed, clock: 'logical' });
  const server = await serveLedger(ledger, { port: 0 });
  const client = new SuiGrpcClient({ network: 'localnet', baseUrl: server.url, format });
  const network: Network = { ledger, client, close: () => closeLedger(ledger) };
  const [alice, bob] = [newAccount(network, 4), newAccount(network, 2)];
  const { packageId } = await publishDemo(network, alice);
  const closeAll = async () => {
    await server.close();
    closeLedger(ledger);
  };
  return { ...network, server, alice, bob, packageId, ...(await fill(network, alice, packageId)), closeAll };
};

/** Decoded transaction data, to be changed before it is signed. */
export type RawTransaction = ReturnType<typeof bcs.TransactionData.parse>;

/** BCS of a transaction built by the client and then changed. */
export const buildRaw = async (
  world: World,
  sender: Ed25519Keypair,
  build: (t: Transaction) => void,
  change: (data: RawTransaction) => unknown = () => {},
): Promise<Uint8Array> => {
  const transaction = new Transaction();
  transaction.setSender(sender.toSuiAddress());
  build(transaction);
  const data = bcs.TransactionData.parse(await transaction.build({ client: world.client }));
  change(data);
  return bcs.TransactionData.serialize(data, { maxSize: 1_000_000 }).toBytes();
};

/** One behaviour: its name, and what shows it. */
export type Case = readonly [name: string, run: () => Promise<void>];

/** Tests under one heading. */
export const cases = (name: string, list: readonly Case[]) =>
  describe(name, () => {
    test.each(list)('%s', (_name, run) => run());
  });

/** An address with nothing. */
export const nobody = `0x${'ab'.repeat(32)}`;

/** An id of nothing. */
export const absent = `0x${'cd'.repeat(32)}`;

/** Type of SUI as applications write it. */
export const SUI_TYPE = '0x2::sui::SUI';

/** A call fails with a gRPC code. */
export const refused = (work: PromiseLike<unknown>, code: string) =>
  expect(Promise.resolve(work)).rejects.toEqual(expect.objectContaining({ code }));

/** Names of a world's things, which exists only once the tests run. */
export const namesOf = (world: () => World) => {
  const target = (name: string) => `${world().packageId}::demo::${name}`;
  return {
    owner: () => world().alice.toSuiAddress(),
    target,
    pearl: () => `${world().packageId}::pearl::PEARL`,
    itemType: () => `${world().packageId}${ITEM}`,
    item: (i: number) => world().items[i] as string,
    increment: (t: Transaction) =>
      void t.moveCall({ target: target('increment'), arguments: [t.object(world().counter)] }),
  };
};
