/** Contracts of strangers over the unmodified SDK client: shops, displays, currencies of the registry, closed-loop tokens. */
import { readFileSync } from 'node:fs';
import { bcs } from '@mysten/sui/bcs';
import { SimulationError } from '@mysten/sui/client';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import type { Transaction } from '@mysten/sui/transactions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileSources } from '../../../tools/move/src/index.ts';
import { objectIndex } from './testing/fixture.ts';
import { createdOf, execute, type Network, newAccount, openNetwork } from './testing/network.ts';

const source = (name: string): string => readFileSync(new URL(`./testing/${name}`, import.meta.url), 'utf8');

let network: Network;
let alice: Ed25519Keypair;
let bob: Ed25519Keypair;
let packageId: string;
let published: Awaited<ReturnType<typeof execute>>;

beforeAll(async () => {
  network = await openNetwork('contracts');
  alice = newAccount(network);
  bob = newAccount(network);
  const { modules, dependencies } = await compileSources({
    name: 'gallery',
    sources: { 'sources/gallery.move': source('gallery.move'), 'sources/shell.move': source('shell.move') },
    addresses: { gallery: '0x0' },
  });
  published = await execute(network, alice, (t) => {
    const cap = t.publish({ modules: [...modules], dependencies: [...dependencies] });
    t.transferObjects([cap], alice.toSuiAddress());
  });
  packageId = published.effects?.changedObjects.find(({ outputState }) => outputState === 'PackageWrite')
    ?.objectId as string;
});
afterAll(() => network.close());

const ART = () => `${packageId}::art::Art`;
const paint = (t: Transaction, name: string) =>
  t.moveCall({ target: `${packageId}::art::paint`, arguments: [t.pure.string(name)] });
const jsonOf = async (objectId: string) =>
  (await network.client.getObject({ objectId, include: { json: true } })).object.json as Record<string, unknown>;

/** Why a transaction cannot be built: the server runs it while it resolves its inputs. */
const refusal = async (signer: Ed25519Keypair, build: (t: Transaction) => void): Promise<unknown> => {
  const outcome = await execute(network, signer, build).catch((thrown: SimulationError) => thrown);
  return outcome instanceof SimulationError ? outcome.executionError : outcome;
};

/** A kiosk of Alice's. */
const openKiosk = async () => {
  const tx = await execute(network, alice, (t) => t.moveCall({ target: '0x2::kiosk::default' }));
  return { kiosk: createdOf(tx, '::kiosk::Kiosk'), cap: createdOf(tx, '::kiosk::KioskOwnerCap') };
};

describe('kiosks', () => {
  test('an item is locked, listed, and bought with its royalty paid', async () => {
    const publisher = createdOf(published, '::package::Publisher');
    const made = await execute(network, alice, (t) =>
      t.moveCall({
        target: '0x2::transfer_policy::default',
        typeArguments: [ART()],
        arguments: [t.object(publisher)],
      }),
    );
    const policy = createdOf(made, `::transfer_policy::TransferPolicy<${ART()}>`);
    const policyCap = createdOf(made, `::transfer_policy::TransferPolicyCap<${ART()}>`);
    const { kiosk, cap } = await openKiosk();
    const listed = await execute(network, alice, (t) => {
      t.moveCall({
        target: `${packageId}::art::require_royalty`,
        arguments: [t.object(policy), t.object(policyCap), t.pure.u64(10)],
      });
      const art = paint(t, 'Sea');
      const id = t.moveCall({ target: '0x2::object::id', typeArguments: [ART()], arguments: [art] });
      t.moveCall({
        target: '0x2::kiosk::lock',
        typeArguments: [ART()],
        arguments: [t.object(kiosk), t.object(cap), t.object(policy), art],
      });
      t.moveCall({
        target: '0x2::kiosk::list',
        typeArguments: [ART()],
        arguments: [t.object(kiosk), t.object(cap), id, t.pure.u64(1_000)],
      });
    });
    const item = createdOf(listed, '::art::Art');
    expect(listed.events?.map(({ json }) => (json as { price?: string }).price)).toEqual(['1000']);
    const buy = (royalty: number | undefined) => (t: Transaction) => {
      const [price, fee] = t.splitCoins(t.gas, [1_000, royalty ?? 0]);
      const [art, request] = t.moveCall({
        target: '0x2::kiosk::purchase',
        typeArguments: [ART()],
        arguments: [t.object(kiosk), t.pure.id(item), price as never],
      });
      if (royalty !== undefined)
        t.moveCall({
          target: `${packageId}::art::pay_royalty`,
          arguments: [t.object(policy), request as never, fee as never],
        });
      t.moveCall({
        target: '0x2::transfer_policy::confirm_request',
        typeArguments: [ART()],
        arguments: [t.object(policy), request as never],
      });
      t.transferObjects([art as never, ...(royalty === undefined ? [fee as never] : [])], bob.toSuiAddress());
    };
    expect(await refusal(bob, buy(undefined))).toMatchObject({
      MoveAbort: { abortCode: '0', location: { module: 'transfer_policy' } },
    });
    expect(await refusal(bob, buy(99))).toMatchObject({ MoveAbort: { cleverError: { constantName: 'ETooCheap' } } });
    const stolen = await refusal(alice, (t) => {
      const art = t.moveCall({
        target: '0x2::kiosk::take',
        typeArguments: [ART()],
        arguments: [t.object(kiosk), t.object(cap), t.pure.id(item)],
      });
      t.transferObjects([art], alice.toSuiAddress());
    });
    expect(stolen).toMatchObject({ MoveAbort: { abortCode: '8', location: { module: 'kiosk' } } });
    await execute(network, bob, buy(100));
    const { object } = await network.client.getObject({ objectId: item });
    expect(object.owner).toMatchObject({ AddressOwner: bob.toSuiAddress() });
    expect(await jsonOf(kiosk)).toMatchObject({ profits: '1000', item_count: 0 });
    expect(await jsonOf(policy)).toMatchObject({ balance: '100' });
  });

  test('without its request confirmed a purchase cannot end', async () => {
    const { kiosk, cap } = await openKiosk();
    const failed = await refusal(alice, (t) => {
      const art = paint(t, 'Loose');
      const id = t.moveCall({ target: '0x2::object::id', typeArguments: [ART()], arguments: [art] });
      t.moveCall({
        target: '0x2::kiosk::place_and_list',
        typeArguments: [ART()],
        arguments: [t.object(kiosk), t.object(cap), art, t.pure.u64(0)],
      });
      const zero = t.moveCall({ target: '0x2::coin::zero', typeArguments: ['0x2::sui::SUI'] });
      const [bought] = t.moveCall({
        target: '0x2::kiosk::purchase',
        typeArguments: [ART()],
        arguments: [t.object(kiosk), id, zero],
      });
      t.transferObjects([bought as never], alice.toSuiAddress());
    });
    expect(failed).toMatchObject({ message: expect.stringContaining('without the drop ability') });
  });
});

test('the display of a type is an object with its templates, and its version is an event', async () => {
  const display = createdOf(published, `::display::Display<${ART()}>`);
  expect(await jsonOf(display)).toMatchObject({
    version: 1,
    fields: { contents: [{ key: 'name', value: 'Art {name}' }] },
  });
  const { events } = await network.client.listEvents({
    filter: { eventType: '0x2::display::VersionUpdated' },
  });
  expect(events.map(({ json }) => (json as { id: string }).id)).toEqual([display]);
});

describe('objects in objects', () => {
  test('wrapped, out again, hung into a slot, renamed there, sent to the frame and received', async () => {
    const made = await execute(network, alice, (t) => {
      const frame = t.moveCall({ target: `${packageId}::art::frame`, arguments: [paint(t, 'Inner')] });
      t.transferObjects([frame], alice.toSuiAddress());
    });
    const frame = createdOf(made, '::art::Frame');
    const inner = ((await jsonOf(frame)).art as { id: string }).id;
    await expect(network.client.getObject({ objectId: inner })).rejects.toMatchObject({ code: 'notExists' });
    await execute(network, alice, (t) => {
      const art = t.moveCall({ target: `${packageId}::art::unframe`, arguments: [t.object(frame)] });
      t.moveCall({ target: `${packageId}::art::hang`, arguments: [t.object(frame), t.pure.u8(7), art] });
    });
    await execute(network, alice, (t) =>
      t.moveCall({
        target: `${packageId}::art::rename`,
        arguments: [t.object(frame), t.pure.u8(7), t.pure.string('Renamed')],
      }),
    );
    const hung = await network.client.getDynamicObjectField({
      parentId: frame,
      name: { type: 'u8', bcs: bcs.u8().serialize(7).toBytes() },
      include: { json: true },
    });
    expect(hung.object).toMatchObject({ objectId: inner, json: { name: 'Renamed' }, owner: { $kind: 'ObjectOwner' } });
    await execute(network, alice, (t) => {
      const art = t.moveCall({ target: `${packageId}::art::take_down`, arguments: [t.object(frame), t.pure.u8(7)] });
      t.transferObjects([art], frame);
    });
    await execute(network, alice, (t) => {
      const art = t.moveCall({ target: `${packageId}::art::accept`, arguments: [t.object(frame), t.object(inner)] });
      t.transferObjects([art], bob.toSuiAddress());
    });
    const { object } = await network.client.getObject({ objectId: inner });
    expect(object.owner).toMatchObject({ AddressOwner: bob.toSuiAddress() });
  });

  test('a child is not reached around its parent, and a strange object is not received', async () => {
    const made = await execute(network, alice, (t) => {
      const frame = t.moveCall({ target: `${packageId}::art::frame`, arguments: [paint(t, 'Inner')] });
      t.moveCall({ target: `${packageId}::art::hang`, arguments: [frame, t.pure.u8(1), paint(t, 'Child')] });
      t.transferObjects([frame, paint(t, 'Mine')], alice.toSuiAddress());
    });
    const arts = made.effects?.changedObjects.filter(
      ({ objectId, outputOwner }) => made.objectTypes?.[objectId] === ART() && outputOwner?.$kind === 'ObjectOwner',
    );
    const child = arts?.[0]?.objectId as string;
    await expect(
      execute(network, alice, (t) => t.transferObjects([t.object(child)], bob.toSuiAddress())),
    ).rejects.toThrow(/owned by object/);
    const frame = createdOf(made, '::art::Frame');
    const mine = made.effects?.changedObjects.find(
      ({ objectId, outputOwner }) => made.objectTypes?.[objectId] === ART() && outputOwner?.$kind === 'AddressOwner',
    )?.objectId as string;
    await expect(
      execute(network, alice, (t) => {
        const art = t.moveCall({ target: `${packageId}::art::accept`, arguments: [t.object(frame), t.object(mine)] });
        t.transferObjects([art], bob.toSuiAddress());
      }),
    ).rejects.toThrow();
  });
});

describe('a currency of the registry', () => {
  const SHELL = () => `${packageId}::shell::SHELL`;

  test('is registered by anybody, has its metadata, and gives its supply up', async () => {
    const waiting = published.effects?.changedObjects.find(({ objectId }) =>
      published.objectTypes?.[objectId]?.includes('::coin_registry::Currency<'),
    )?.objectId as string;
    const registered = await execute(network, bob, (t) =>
      t.moveCall({
        target: '0x2::coin_registry::finalize_registration',
        typeArguments: [SHELL()],
        arguments: [t.object('0xc'), t.object(waiting)],
      }),
    );
    const currency = createdOf(registered, `::coin_registry::Currency<${SHELL()}>`);
    const { coinMetadata } = await network.client.getCoinMetadata({ coinType: SHELL() });
    expect(coinMetadata).toMatchObject({ id: currency, decimals: 3, symbol: 'SHL', name: 'Shell' });
    const { balance } = await network.client.getBalance({ owner: alice.toSuiAddress(), coinType: SHELL() });
    expect(balance.balance).toBe('5000');
    const lent = await execute(network, bob, (t) => {
      const [metadata, duty] = t.moveCall({
        target: '0x2::coin_registry::borrow_legacy_metadata',
        typeArguments: [SHELL()],
        arguments: [t.object(currency)],
      });
      t.moveCall({
        target: '0x2::coin::get_decimals',
        typeArguments: [SHELL()],
        arguments: [metadata as never],
      });
      t.moveCall({
        target: '0x2::coin_registry::return_borrowed_legacy_metadata',
        typeArguments: [SHELL()],
        arguments: [t.object(currency), metadata as never, duty as never],
      });
    });
    expect(lent.effects?.status.success).toBe(true);
    const treasury = createdOf(published, `::coin::TreasuryCap<${SHELL()}>`);
    await execute(network, alice, (t) =>
      t.moveCall({
        target: '0x2::coin_registry::make_supply_burn_only',
        typeArguments: [SHELL()],
        arguments: [t.object(currency), t.object(treasury)],
      }),
    );
    const coin = (await network.client.listCoins({ owner: alice.toSuiAddress(), coinType: SHELL() })).objects[0]
      ?.objectId as string;
    await execute(network, alice, (t) =>
      t.moveCall({
        target: '0x2::coin_registry::burn',
        typeArguments: [SHELL()],
        arguments: [t.object(currency), t.splitCoins(t.object(coin), [2_000])],
      }),
    );
    const { response } = await network.client.stateService.getCoinInfo({ coinType: SHELL() });
    expect(response.treasury?.totalSupply).toBe(3_000n);
  });

  test('a token does not move without a policy that says so', async () => {
    const move = execute(network, alice, (t) => {
      const coin = t.moveCall({ target: '0x2::coin::zero', typeArguments: [SHELL()] });
      const [token] = t.moveCall({ target: '0x2::token::from_coin', typeArguments: [SHELL()], arguments: [coin] });
      t.moveCall({ target: '0x2::token::keep', typeArguments: [SHELL()], arguments: [token as never] });
    });
    await expect(move).rejects.toThrow(/drop ability/);
    const bare = execute(network, alice, (t) => {
      const token = t.moveCall({ target: '0x2::token::zero', typeArguments: [SHELL()] });
      t.transferObjects([token], bob.toSuiAddress());
    });
    await expect(bare).rejects.toThrow(/store|transfer/i);
  });
});

test('each object’s transactions are found by the index as by looking at all of them', () => {
  const { missed, narrowed } = objectIndex(network.ledger);
  expect(missed).toEqual([]);
  expect(narrowed).toBeGreaterThan(10);
});
