/** Events that are legal and odd: how they are shown, and that they keep nothing else from being shown. */
import { bcs } from '@mysten/sui/bcs';
import { SuiGrpcClient } from '@mysten/sui/grpc';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeLedger, embeddedTransport, type Ledger, openLedger, type TransactionRecord } from '../../index.ts';
import { newAccount, packageIn, publish, send } from '../../testing/fixture.ts';

const SOURCE = `
module demo::odd;

use std::ascii;
use std::string::String;
use sui::event;
use sui::vec_map::{Self, VecMap};
use sui::vec_set::{Self, VecSet};

public struct Nothing has copy, drop {}
public struct Names has copy, drop { constructor: u64, toString: bool, hasOwnProperty: vector<u8>, json: Option<u8>, name: String }
public enum Shape has copy, drop { Point, Circle { radius: u256 }, Pair(u64, Option<Option<address>>) }
public struct Shapes has copy, drop { all: vector<Shape>, none: vector<Shape> }
public struct Sets has copy, drop { map: VecMap<String, vector<u8>>, set: VecSet<u128>, text: ascii::String, at: ID }
public struct Boxed<T: copy + drop> has copy, drop { inner: T }

public fun nothing() { event::emit(Nothing {}) }
public fun names() {
    event::emit(Names {
        constructor: 18446744073709551615, toString: true, hasOwnProperty: x"ff00fe", json: option::none(),
        name: b"\\xF0\\x9F\\x98\\x80\\x00\\xE2\\x80\\xA8</script>".to_string(),
    })
}
public fun shapes() {
    event::emit(Shapes {
        all: vector[
            Shape::Point,
            Shape::Circle { radius: 115792089237316195423570985008687907853269984665640564039457584007913129639935 },
            Shape::Pair(9007199254740993, option::some(option::none())),
            Shape::Pair(0, option::some(option::some(@0x5))),
        ],
        none: vector[],
    })
}
public fun sets() {
    let mut map = vec_map::empty();
    map.insert(b"__proto__".to_string(), x"00");
    map.insert(b"".to_string(), x"");
    let text = b"~ \\x01".to_ascii_string();
    let set = vec_set::singleton(340282366920938463463374607431768211455);
    event::emit(Sets { map, set, text, at: object::id_from_address(@0xff) })
}
public fun boxed() {
    event::emit(Boxed { inner: vector[option::some(Boxed { inner: b"x".to_string() })] });
    event::emit(Boxed { inner: Boxed { inner: Nothing {} } });
    event::emit(Boxed { inner: vector<vector<vector<bool>>>[] });
}
public fun big(n: u64) {
    let mut bytes = vector[];
    n.do!(|_| bytes.push_back(7u8));
    event::emit(Boxed { inner: bytes })
}
public fun many(n: u64) { n.do!(|_| event::emit(Nothing {})) }
public fun text(bytes: vector<u8>) { event::emit(Boxed { inner: bytes.to_string() }) }
`;

let ledger: Ledger;
let client: SuiGrpcClient;
let alice: Ed25519Keypair;
let id: string;

beforeAll(async () => {
  ledger = await openLedger({ seed: 'odd events', clock: 'logical' });
  client = new SuiGrpcClient({ network: 'localnet', transport: embeddedTransport(ledger) });
  alice = newAccount(ledger, 1, 1_000_000_000_000n);
  id = packageIn(await publish(ledger, alice, { 'sources/odd.move': SOURCE }));
});
afterAll(() => closeLedger(ledger));

const call = (name: string, argument?: number | Uint8Array): Promise<TransactionRecord> =>
  send(
    ledger,
    alice,
    (tx) => {
      const given = typeof argument === 'number' ? [tx.pure.u64(argument)] : argument ? [tx.pure(argument)] : [];
      tx.moveCall({ target: `${id}::odd::${name}`, arguments: given });
    },
    { budget: 900_000_000_000n },
  );

/** JSON of the events of a call, as the client shows them. */
const shown = async (name: string, argument?: number | Uint8Array): Promise<unknown[]> => {
  const { digest, effects } = await call(name, argument);
  expect(effects.error).toBeNull();
  const { Transaction } = await client.core.getTransaction({ digest, include: { events: true } });
  return Transaction?.events?.map(({ json }) => json) ?? [];
};

test.each<[string, unknown[]]>([
  ['nothing', [{ dummy_field: false }]],
  [
    'names',
    [
      {
        constructor: '18446744073709551615',
        toString: true,
        hasOwnProperty: '/wD+',
        json: null,
        name: '\u{1f600}\0\u2028</script>',
      },
    ],
  ],
  [
    'shapes',
    [
      {
        all: [
          { '@variant': 'Point' },
          { '@variant': 'Circle', radius: String(2n ** 256n - 1n) },
          { '@variant': 'Pair', pos0: '9007199254740993', pos1: null },
          { '@variant': 'Pair', pos0: '0', pos1: `0x${'5'.padStart(64, '0')}` },
        ],
        none: [],
      },
    ],
  ],
  [
    'sets',
    [
      {
        map: {
          contents: [
            { key: '__proto__', value: 'AA==' },
            { key: '', value: '' },
          ],
        },
        set: { contents: [String(2n ** 128n - 1n)] },
        text: '~ \u0001',
        at: `0x${'ff'.padStart(64, '0')}`,
      },
    ],
  ],
  ['boxed', [{ inner: [{ inner: 'x' }] }, { inner: { inner: { dummy_field: false } } }, { inner: [] }]],
])('%s', async (name, expected) => {
  expect(await shown(name)).toEqual(expected);
});

test('an event of 200,000 bytes is shown whole', async () => {
  expect(await shown('big', 200_000)).toEqual([{ inner: Buffer.alloc(200_000, 7).toString('base64') }]);
});

test('1,024 events are kept and paged through, one more fails and leaves none', async () => {
  const eventType = `${id}::odd::Nothing`;
  const before = (await client.core.listEvents({ filter: { eventType }, limit: 50 })).events.length;
  expect((await call('many', 1_024)).events).toHaveLength(1_024);
  let [count, after]: [number, string | undefined] = [0, undefined];
  do {
    const page: Awaited<ReturnType<typeof client.core.listEvents>> = await client.core.listEvents({
      filter: { eventType },
      limit: 50,
      ...(after === undefined ? {} : { after }),
    });
    count += page.events.length;
    after = page.hasNextPage ? (page.endCursor ?? undefined) : undefined;
  } while (after !== undefined);
  expect(count).toBe(before + 1_024);
  const { effects, events } = await call('many', 1_025);
  expect([Object.keys(effects.error?.status ?? {}), events]).toEqual([['MovePrimitiveRuntimeError'], []]);
});

test('half a letter is no text', async () => {
  const bytes = (list: number[]) => bcs.vector(bcs.u8()).serialize(list).toBytes();
  expect((await call('text', bytes([0xed, 0xa0, 0x80]))).effects.error?.abort).toMatchObject({
    module: 'string',
    code: 1n,
  });
  expect(await shown('text', bytes([]))).toEqual([{ inner: '' }]);
});
