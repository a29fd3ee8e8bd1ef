/** Deny lists of regulated coins, as Sui applies them: to senders at once, to receivers and pauses from the next epoch on. */
import { readFileSync } from 'node:fs';
import { GrpcTypes, SuiGrpcClient } from '@mysten/sui/grpc';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { beforeEach, expect, test } from 'vitest';
import {
  advanceEpoch,
  closeLedger,
  embeddedFetch,
  type Ledger,
  openLedger,
  type StoredObject,
  type TransactionRecord,
} from './index.ts';
import {
  type Build,
  buildTransaction,
  createdBy,
  newAccount,
  packageIn,
  publish,
  send,
  simulate,
} from './testing/fixture.ts';

const source = (name: string): string => readFileSync(new URL(`./testing/${name}`, import.meta.url), 'utf8');
const DENY_LIST = '0x403';

type Coin = 'ruby' | 'opal' | 'jade';

let ledger: Ledger;
let issuer: Ed25519Keypair;
let bob: Ed25519Keypair;
let carol: Ed25519Keypair;
let packageId: string;
let made: readonly StoredObject[];

beforeEach(async () => {
  ledger = await openLedger({ seed: 'deny', clock: 'logical' });
  issuer = newAccount(ledger, 1);
  bob = newAccount(ledger, 2);
  carol = newAccount(ledger, 3);
  const published = await publish(ledger, issuer, {
    'sources/ruby.move': source('regulated.move'),
    'sources/opal.move': source('regulated-first.move'),
    'sources/jade.move': source('regulated-registry.move'),
  });
  packageId = packageIn(published);
  made = createdBy(ledger, published);
  return () => closeLedger(ledger);
});

const typeOf = (coin: Coin): string => `${packageId}::${coin}::${coin.toUpperCase()}`;
/** The name under which the lists keep a coin. */
const listed = (coin: Coin): string => typeOf(coin).slice(2);
const createdId = (type: string): string => made.find((object) => object.type.includes(type))?.id as string;
const capOf = (kind: 'DenyCapV2' | 'DenyCap', coin: Coin) => createdId(`::coin::${kind}<${typeOf(coin)}>`);

/** Calls a function of `0x2::coin` on the deny list. */
const onList = (name: string, kind: 'DenyCapV2' | 'DenyCap', coin: Coin, address?: Ed25519Keypair) =>
  send(ledger, issuer, (tx, { object }) => {
    const who = address ? [tx.pure.address(address.toSuiAddress())] : [];
    tx.moveCall({
      target: `0x2::coin::${name}`,
      typeArguments: [typeOf(coin)],
      arguments: [object(DENY_LIST), object(capOf(kind, coin)), ...who],
    });
  }).then((record) => expect(record.effects.error).toBeNull());

const deny = (who: Ed25519Keypair) => onList('deny_list_v2_add', 'DenyCapV2', 'ruby', who);
const allow = (who: Ed25519Keypair) => onList('deny_list_v2_remove', 'DenyCapV2', 'ruby', who);
const pause = () => onList('deny_list_v2_enable_global_pause', 'DenyCapV2', 'ruby');
const unpause = () => onList('deny_list_v2_disable_global_pause', 'DenyCapV2', 'ruby');

/** Mints a coin to an address; the transaction may fail. */
const mint = (coin: Coin, to: Ed25519Keypair) =>
  send(ledger, issuer, (tx, { object }) => {
    tx.moveCall({
      target: '0x2::coin::mint_and_transfer',
      typeArguments: [typeOf(coin)],
      arguments: [
        object(createdId(`::coin::TreasuryCap<${typeOf(coin)}>`)),
        tx.pure.u64(50),
        tx.pure.address(to.toSuiAddress()),
      ],
    });
  });
const coinOf = async (coin: Coin, owner: Ed25519Keypair): Promise<string> => {
  const record = await mint(coin, owner);
  expect(record.effects.error).toBeNull();
  return (createdBy(ledger, record, '::coin::Coin<')[0] as StoredObject).id;
};
const give =
  (id: string, to: Ed25519Keypair): Build =>
  (tx, { object }) => {
    tx.transferObjects([object(id)], to.toSuiAddress());
  };
const statusOf = (record: { readonly effects: TransactionRecord['effects'] }) => record.effects.error?.status;
const denied = (who: Ed25519Keypair, coin: Coin = 'ruby') => ({
  AddressDeniedForCoin: { address: who.toSuiAddress(), coinType: listed(coin) },
});

test('a denied address can use its coins no more, at once; others can, and it gets them back', async () => {
  const id = await coinOf('ruby', bob);
  await deny(bob);
  const refusal = { code: 'LEDGER_COIN_DENIED', message: expect.stringContaining(listed('ruby')) };
  await expect(send(ledger, bob, give(id, carol))).rejects.toMatchObject(refusal);
  await expect(simulate(ledger, bob, give(id, carol))).rejects.toMatchObject(refusal);
  const inspected = await simulate(ledger, bob, give(id, carol), { checks: 'disabled' });
  expect(inspected.effects.error).toBeNull();
  const spared = await send(ledger, carol, give(await coinOf('ruby', carol), issuer));
  expect(spared.effects.error).toBeNull();
  await allow(bob);
  expect(statusOf(await send(ledger, bob, give(id, carol)))).toBeUndefined();
});

test('a denied address gets no coins from the next epoch on; the transaction fails and says so', async () => {
  await deny(bob);
  expect(statusOf(await mint('ruby', bob))).toBeUndefined();
  advanceEpoch(ledger);
  const failed = await mint('ruby', bob);
  expect(statusOf(failed)).toEqual(denied(bob));
  expect(createdBy(ledger, failed, '::coin::Coin<')).toEqual([]);
  expect(statusOf(await mint('ruby', carol))).toBeUndefined();
  await allow(bob);
  expect(statusOf(await mint('ruby', bob))).toEqual(denied(bob));
  advanceEpoch(ledger);
  expect(statusOf(await mint('ruby', bob))).toBeUndefined();
});

test('a coin owned by a party of one counts as its owner’s', async () => {
  await deny(bob);
  advanceEpoch(ledger);
  const id = await coinOf('ruby', carol);
  const record = await send(ledger, carol, (tx, { object }) => {
    const party = tx.moveCall({ target: '0x2::party::single_owner', arguments: [tx.pure.address(bob.toSuiAddress())] });
    tx.moveCall({
      target: '0x2::transfer::public_party_transfer',
      typeArguments: [`0x2::coin::Coin<${typeOf('ruby')}>`],
      arguments: [object(id), party],
    });
  });
  expect(statusOf(record)).toEqual(denied(bob));
});

test('a pause stops senders at once and receivers from the next epoch on, and its end likewise', async () => {
  const id = await coinOf('ruby', bob);
  await pause();
  await expect(send(ledger, bob, give(id, carol))).rejects.toMatchObject({ code: 'LEDGER_COIN_PAUSED' });
  expect(statusOf(await mint('ruby', carol))).toBeUndefined();
  advanceEpoch(ledger);
  expect(statusOf(await mint('ruby', carol))).toEqual({ CoinTypeGlobalPause: { coinType: listed('ruby') } });
  expect(statusOf(await mint('opal', carol))).toBeUndefined();
  await unpause();
  expect(statusOf(await mint('ruby', carol))).toEqual({ CoinTypeGlobalPause: { coinType: listed('ruby') } });
  advanceEpoch(ledger);
  expect(statusOf(await send(ledger, bob, give(id, carol)))).toBeUndefined();
});

test('a coin of the registry is denied like any other', async () => {
  await onList('deny_list_v2_add', 'DenyCapV2', 'jade', bob);
  advanceEpoch(ledger);
  expect(statusOf(await mint('jade', bob))).toEqual(denied(bob, 'jade'));
  expect(statusOf(await mint('ruby', bob))).toBeUndefined();
});

test('a coin to be received counts as an input', async () => {
  const id = await coinOf('ruby', bob);
  await deny(bob);
  await expect(
    send(ledger, bob, (tx, { receiving }) => {
      tx.moveCall({
        target: '0x2::transfer::receiving_object_id',
        typeArguments: [`0x2::coin::Coin<${typeOf('ruby')}>`],
        arguments: [receiving(id)],
      });
    }),
  ).rejects.toMatchObject({ code: 'LEDGER_COIN_DENIED' });
});

test('the first form stops senders only, and moves over to the second', async () => {
  const id = await coinOf('opal', bob);
  await onList('deny_list_add', 'DenyCap', 'opal', bob);
  await expect(send(ledger, bob, give(id, carol))).rejects.toMatchObject({ code: 'LEDGER_COIN_DENIED' });
  const ruby = await coinOf('ruby', bob);
  expect(statusOf(await send(ledger, bob, give(ruby, carol)))).toBeUndefined();
  advanceEpoch(ledger);
  expect(statusOf(await mint('opal', bob))).toBeUndefined();
  const moved = await send(ledger, issuer, (tx, { object }) => {
    const cap = tx.moveCall({
      target: '0x2::coin::migrate_regulated_currency_to_v2',
      typeArguments: [typeOf('opal')],
      arguments: [object(DENY_LIST), object(capOf('DenyCap', 'opal')), tx.pure.bool(false)],
    });
    tx.transferObjects([cap], issuer.toSuiAddress());
  });
  expect(moved.effects.error).toBeNull();
  await expect(send(ledger, bob, give(id, carol))).rejects.toMatchObject({ code: 'LEDGER_COIN_DENIED' });
  advanceEpoch(ledger);
  expect(statusOf(await mint('opal', bob))).toEqual(denied(bob, 'opal'));
});

test('the client is told whether a coin is regulated, and by which capability', async () => {
  const client = new SuiGrpcClient({ network: 'localnet', baseUrl: 'http://ledger', fetch: embeddedFetch(ledger) });
  const regulation = async (coinType: string) =>
    (await client.stateService.getCoinInfo({ coinType })).response.regulatedMetadata;
  const { REGULATED } = GrpcTypes.RegulatedCoinMetadata_CoinRegulatedState;
  expect(await regulation(typeOf('ruby'))).toMatchObject({
    coinRegulatedState: REGULATED,
    denyCapObject: `0x${capOf('DenyCapV2', 'ruby')}`,
    coinMetadataObject: `0x${createdId(`::coin::CoinMetadata<${typeOf('ruby')}>`)}`,
  });
  expect((await regulation(typeOf('opal')))?.denyCapObject).toBe(`0x${capOf('DenyCap', 'opal')}`);
  expect(await regulation(typeOf('jade'))).toMatchObject({
    coinRegulatedState: REGULATED,
    denyCapObject: `0x${capOf('DenyCapV2', 'jade')}`,
    allowGlobalPause: true,
  });
});

test('the client is told which address and which coin', async () => {
  await deny(bob);
  advanceEpoch(ledger);
  const client = new SuiGrpcClient({ network: 'localnet', baseUrl: 'http://ledger', fetch: embeddedFetch(ledger) });
  const id = await coinOf('ruby', carol);
  const transaction = await buildTransaction(ledger, carol, give(id, bob));
  const { signature } = await carol.signTransaction(transaction);
  const sent = await client.executeTransaction({ transaction, signatures: [signature], include: { effects: true } });
  expect(sent.FailedTransaction?.status.error).toMatchObject({
    message: expect.stringContaining(`Address ${bob.toSuiAddress()} is denied for coin ${listed('ruby')}`),
  });
});
