import { expect, test } from 'vitest';
import { objectId, openShownChain } from '../../../sdk/src/testing/shown-chain.ts';
import { keyOf } from '../testing/desk.ts';
import { createParties } from './parties.ts';

test('who asks about stacks nobody knows makes few reads of the chain, and leaves some to others', async () => {
  const { atoma, reads } = openShownChain(keyOf(5));
  let now = 1_000;
  const parties = createParties(atoma, () => now);
  for (let id = 1_000n; id < 1_200n; id++)
    expect(await parties(id, '0x1')).toEqual({ buyer: null, attesters: [], jurors: [], challenger: null, audit: null });
  const first = reads();
  expect(first).toBeGreaterThan(0);
  await parties(2_000n, '0x1');
  expect(reads()).toBe(first);
  await parties(2_000n, '0x2');
  const second = reads();
  expect(second).toBeGreaterThan(first);
  for (let caller = 3; caller < 300; caller++) await parties(2_001n + BigInt(caller), `0x${caller}`);
  const most = reads();
  expect(most).toBeLessThan(40 * (second - first));
  now += 1_000;
  await parties(9_000n, '0x1');
  expect(reads()).toBeGreaterThan(most);
});

const named = () => {
  const chain = openShownChain(keyOf(5));
  for (const node of [3n, 4n, 5n, 6n]) chain.show('nodes', node, { owner: objectId(node + 90n) });
  chain.show('stacks', 1n, { owner: objectId(80n) });
  const ticket = { required: true, drawn: [3n, 9n], seed: new Uint8Array(32).fill(7) };
  const dispute = { jurors: [5n, 6n], firstJury: [4n, 5n], challenger: objectId(70n), rows: [2n], namedUnits: 40n };
  return { chain, ticket, dispute };
};

test('parties are the buyer, the drawn, and in a dispute both juries and the challenger', async () => {
  const { chain, ticket, dispute } = named();
  chain.show('tickets', 1n, ticket);
  chain.show('disputes', 1n, dispute);
  const [size, seed] = [{ samples: 8, share: 1_000 }, ticket.seed];
  // A dispute counts while the ticket says that there is one.
  expect(await createParties(chain.atoma, () => 0)(1n, objectId(93n))).toEqual({
    ...{ buyer: objectId(80n), attesters: [objectId(93n)], jurors: [], challenger: null },
    audit: { seed, size, named: [] },
  });
  chain.show('tickets', 1n, { ...ticket, state: 4 });
  expect(await createParties(chain.atoma, () => 0)(1n, objectId(93n))).toEqual({
    ...{ buyer: objectId(80n), attesters: [objectId(93n)], challenger: objectId(70n) },
    jurors: [objectId(95n), objectId(96n), objectId(94n)],
    audit: { seed, size, named: [{ rows: [2n], namedUnits: 40n }] },
  });
  const evidence = { owner: objectId(80n), rows: [0n, 3n], namedUnits: 50n, bond: 25_000n };
  chain.show('disputes', 1n, { ...dispute, evidence });
  expect(await createParties(chain.atoma, () => 0)(1n, objectId(93n))).toMatchObject({
    audit: {
      named: [
        { rows: [2n], namedUnits: 40n },
        { rows: [0n, 3n], namedUnits: 50n },
      ],
    },
  });
  chain.show('tickets', 1n, { ...ticket, required: false });
  expect(await createParties(chain.atoma, () => 0)(1n, objectId(93n))).toMatchObject({ attesters: [] });
  chain.show('tickets', 1n, null);
  expect(await createParties(chain.atoma, () => 0)(1n, objectId(93n))).toMatchObject({ audit: null });
  chain.show('tickets', 1n, ticket);
  chain.show('stacks', 1n, null);
  expect(await createParties(chain.atoma, () => 0)(1n, objectId(93n))).toMatchObject({ audit: null, buyer: null });
});

test('who is known to be a party is not looked up again for three seconds; who is not known is', async () => {
  const { chain, ticket, dispute } = named();
  chain.show('tickets', 1n, { ...ticket, state: 4 });
  chain.show('disputes', 1n, dispute);
  let now = 1_000;
  const parties = createParties(chain.atoma, () => now);
  const costs = async (signer: string): Promise<boolean> => {
    const before = chain.reads();
    await parties(1n, signer);
    return chain.reads() > before;
  };
  expect(await costs(objectId(80n))).toBe(true);
  for (const party of [80n, 93n, 94n, 95n, 96n, 70n]) expect(await costs(objectId(party))).toBe(false);
  expect(await costs(objectId(1n))).toBe(true);
  now += 2_999;
  expect(await costs(objectId(80n))).toBe(false);
  now += 1;
  expect(await costs(objectId(80n))).toBe(true);
});

test('a stranger beyond its rate is told what is known, which may be nothing', async () => {
  const { chain, ticket } = named();
  chain.show('tickets', 1n, ticket);
  const parties = createParties(chain.atoma, () => 1_000);
  for (let i = 0; i < 5; i++) expect(await parties(1n, '0xstranger')).toMatchObject({ buyer: objectId(80n) });
  const before = chain.reads();
  expect(await parties(1n, '0xstranger')).toMatchObject({ buyer: objectId(80n) });
  expect(await parties(2n, '0xstranger')).toMatchObject({ buyer: null, audit: null });
  expect(chain.reads()).toBe(before);
});
