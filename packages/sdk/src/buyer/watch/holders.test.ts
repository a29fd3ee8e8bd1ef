/** A settlement's list, from its node or from those who check it, whatever some of them send in its place. */
import { blake2b256, toHex } from '@atoma/base';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { expect, test } from 'vitest';
import { type InputEntry, openInputsHash } from '../../commitment/inputs.ts';
import { jsonAnswer, piecesAnswer } from '../../testing/scripted-node.ts';
import type { BuyerContext } from '../context.ts';
import type { NodeAnswer, NodeRequest } from '../transport/http.ts';
import { openExpectation } from './expect.ts';
import { readList } from './leaves.ts';

const NODE = 1n;
const stack = 8n;
const entries = [3n, 4n].map((units, i): InputEntry => {
  const [requestHash, blind] = [blake2b256(Uint8Array.of(i)), blake2b256(Uint8Array.of(9, i))];
  return { requestHash, units, cut: i === 0 ? null : [1, 3], blind };
});
const list = await openInputsHash();
for (const entry of entries) list.add(entry);
const inputs = list.finish();

const rowOf = ({ requestHash, units, cut, blind }: InputEntry) => ({
  request_hash: `0x${toHex(requestHash)}`,
  units: String(units),
  cut,
  blind: `0x${toHex(blind)}`,
});
const rows = entries.map(rowOf);
const honest = () => jsonAnswer({ inputs: rows });

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Pieces without an end, until nobody takes them any more. */
const endless = (ended: () => void, first: string, piece: string): NodeAnswer => {
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      yield Buffer.from(first);
      for (;;) {
        await nextTurn();
        yield Buffer.from(piece);
      }
    } finally {
      ended();
    }
  }
  return { ...piecesAnswer([]), body: body() };
};

const answers: Readonly<Record<string, (request: NodeRequest, ended: () => void) => NodeAnswer | Promise<NodeAnswer>>> =
  {
    honest,
    'a wrong hash': () => jsonAnswer({ inputs: rows.map((row) => ({ ...row, units: '5' })) }),
    'a row too few': () => jsonAnswer({ inputs: rows.slice(1) }),
    'other rows first': () => jsonAnswer({ inputs: rows.toReversed() }),
    'a list cut short': () => piecesAnswer([JSON.stringify({ inputs: rows }).slice(0, -3)]),
    'no rows': () => jsonAnswer({ inputs: [{ request_hash: 'x' }, null, 7] }),
    'no JSON': () => piecesAnswer(['<html>']),
    'a list that is kept back': () => jsonAnswer({ error: { code: 'not_entitled' } }, { status: 403 }),
    'no connection': () => {
      throw new DOMException('socket hang up', 'NetworkError');
    },
    'nothing at all': ({ signal }) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    'a trickle': (_, ended) => endless(ended, '{"inputs":[', ' '),
    'rows without an end': (_, ended) => endless(ended, '{"inputs":[', `${JSON.stringify(rows[0])},`),
    'one row without an end': (_, ended) => endless(ended, '{"inputs":[{"request_hash":"', '0'.repeat(300_000)),
  };

/** Asks, where the stack's own node says nothing; `asked`: for what, in that order; `open`: until those who send without an end are cut off. */
const read = async (holders: readonly (keyof typeof answers)[], signed = new Map<string, bigint>()) => {
  const asked: string[] = [];
  const open: Promise<void>[] = [];
  const send = async (request: NodeRequest): Promise<NodeAnswer> => {
    const id = Number(request.url.slice(1));
    asked.push(request.path);
    const what = id === Number(NODE) ? 'no connection' : (holders[id - 2] as string);
    const { promise, resolve } = Promise.withResolvers<void>();
    if (/trickle|without an end/.test(what)) open.push(promise);
    return (answers[what] as (typeof answers)['honest'])(request, resolve);
  };
  const directory = { status: async (id: bigint) => ({ node: { url: `n${id}` } }), clockOffsetMs: () => 0 };
  const ids = { chainId: new Uint8Array(32), packageId: new Uint8Array(32) };
  const signer = Ed25519Keypair.fromSecretKey(new Uint8Array(32).fill(3));
  const context = { ids, signer, send, now: () => 1, directory } as unknown as BuyerContext;
  const settled = { stack, node: NODE, attesters: 1, claimed: 7n, committedStackProof: new Uint8Array(32), inputs };
  const units = { claimed: 7n, largest: 100n, nameable: 100n };
  const held = { receipts: [], refused: [], handoff: null, signed };
  const nodes = holders.map((_, i) => BigInt(i + 2));
  const found = await readList(context, settled, nodes, [], (of) => openExpectation({ ...units, inputs: of }, held));
  return { ...found, asked, open };
};

const strange = { named: [0n], namedUnits: 3n, convicts: true };

test('the list of a holder names the cheapest row that its buyer never asked for; the node is asked first', async () => {
  const { expected, asked } = await read(['honest']);
  expect(expected).toMatchObject(strange);
  expect(asked).toEqual([`/v1/stacks/${stack}/leaves`, `/v1/stacks/${stack}/inputs`]);
});

test.each(Object.keys(answers).filter((what) => what !== 'honest'))(
  'a holder that gives %s keeps no other from being used',
  async (what) => {
    const { expected } = await read([what, what, 'honest', what]);
    expect(expected).toMatchObject(strange);
  },
);

test('holders that end their answers make room for the next, however many', async () => {
  const bad = Object.keys(answers).filter((what) => !['honest', 'nothing at all', 'a trickle'].includes(what));
  const ending = bad.filter((what) => what !== 'rows without an end');
  const { expected, asked } = await read(['nothing at all', 'a trickle', ...ending, 'honest']);
  expect(expected).toMatchObject(strange);
  expect(asked).toHaveLength(ending.length + 4);
});

test('who still sends when the list is here is cut off', async () => {
  const { open } = await read(['rows without an end', 'a trickle', 'honest']);
  expect(open).toHaveLength(2);
  await Promise.all(open);
});

test('nobody has it: the list is not known', async () => {
  const { expected, finding } = await read(['a wrong hash', 'no JSON', 'no connection', 'a list that is kept back']);
  expect([expected, finding]).toEqual([null, 'unknown']);
});
