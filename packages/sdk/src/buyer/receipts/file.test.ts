import { isAtomaError } from '@atoma/base';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScriptedMarket, type ScriptedMarket, type ScriptedNode } from '../../testing/scripted-node.ts';
import { type Receipt, receiptLayout } from '../../wire/messages.ts';
import { type ExportedReceipt, exportReceipts, importReceipts, parseReceipts, verifyReceipts } from './file.ts';

test.each(['null', '5', '[]', '"x"', '{}', '{"receipt":"AAAA"}', '\nnull'])(
  'a line that is no receipt is refused by its number: %j',
  (text) => {
    const refused = (() => {
      try {
        return parseReceipts(text);
      } catch (error) {
        return error;
      }
    })();
    expect(isAtomaError(refused, 'BUYER_EXPORT') && refused.message).toContain('line 1');
  },
);

let market: ScriptedMarket;
let node: ScriptedNode;
beforeAll(async () => {
  market = await openScriptedMarket('files');
  node = await market.addNode([[await market.task({ model: 'm' }), 100n]]);
});
afterAll(() => market.close());

const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], max_tokens: 20 }));
const ask = { endpoint: '/v1/chat/completions', contentType: 'application/json', body };
/** A buyer with this many receipts on a stack of its own. */
const charged = async (requests: number) => {
  node.served.length = 0;
  const made = await market.buyer();
  for (let i = 0; i < requests; i++) await made.buyer.deliver(ask);
  const [own] = made.context.book.list();
  return { ...made, stack: own?.stack as bigint };
};
const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes[at] as number) ^ 1);
const faults = async (rows: readonly ExportedReceipt[], addresses?: readonly string[]) =>
  (await verifyReceipts(rows, addresses)).map(({ fault }) => fault);

test('receipts are written by stack and index, and read again as they were, with their requests where there are any', async () => {
  const { context, stack } = await charged(2);
  const { journal } = context;
  const [first] = await journal.listReceipts(stack);
  await journal.addForeignReceipt(stack - 1n, { ...(first as NonNullable<typeof first>), requestId: 'f' }, 1);
  const text = await exportReceipts(journal);
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((each) => JSON.parse(each));
  expect(lines.map(({ index, request_id, envelope }) => [index, request_id === 'f', envelope === null])).toEqual([
    ['0', true, true],
    ['0', false, false],
    ['1', false, false],
  ]);
  expect(lines[1]).toMatchObject({ stack: String(stack), node: String(node.id), units: '9' });
  const rows = parseReceipts(await exportReceipts(journal, stack));
  expect(rows.map(({ receipt, receiptSignature }) => [receipt, receiptSignature])).toEqual(
    node.served.map(({ receipt }) => [receipt.bytes, receipt.signature]),
  );
  expect(rows.map(({ envelope, signature }) => [envelope, signature])).toEqual(
    node.served.map(({ envelopeBytes, envelopeSignature }) => [envelopeBytes, envelopeSignature]),
  );
  expect(parseReceipts(`\n${text}\n  \n`)).toHaveLength(3);
  expect(parseReceipts(JSON.stringify(lines[0]))[0]).toMatchObject({ envelope: null, signature: null });
});

test('a file alone shows what is wrong: a signature, who signed, a request that is another, and the chain', async () => {
  const { context, stack } = await charged(3);
  const rows = parseReceipts(await exportReceipts(context.journal, stack));
  const [one, two, three] = rows as [ExportedReceipt, ExportedReceipt, ExportedReceipt];
  const signer = node.operator.sender as string;
  expect(await verifyReceipts([three, one, two], [signer])).toMatchObject(
    [2n, 0n, 1n].map((index) => ({
      ...{ stack, node: node.id, index, units: 9n, cumulative: 9n * (index + 1n), signer, fault: null },
      buyer: context.address,
    })),
  );
  expect(await faults([one], ['0x1'])).toEqual([`it is signed by ${signer}, not by the node`]);
  expect(await faults([{ ...one, receiptSignature: flipped(one.receiptSignature, 9) }])).toEqual([
    'its signature is not valid',
  ]);
  expect(await faults([{ ...one, receiptSignature: new Uint8Array(3).fill(9) }])).toEqual([expect.any(String)]);
  const bare = { ...one, envelope: null, signature: null };
  expect(await verifyReceipts([bare])).toMatchObject([{ buyer: null, fault: null }]);
  expect(await faults([{ ...one, signature: flipped(one.signature as Uint8Array, 9) }])).toEqual([
    'the signature of its request is not valid',
  ]);
  expect(await faults([{ ...one, envelope: two.envelope, signature: two.signature }])).toEqual([
    expect.stringMatching(/requestId/),
  ]);
  const billed = (change: Partial<Receipt>): ExportedReceipt => {
    const { bytes, signature } = node.sign(receiptLayout.encode({ ...receiptLayout.decode(two.receipt), ...change }));
    return { ...bare, receipt: bytes, receiptSignature: signature };
  };
  expect(await faults([one, two, billed({ timestampMs: 2n }), three])).toEqual([
    ...[null, null, 'another receipt carries index 1 too', expect.stringContaining('does not follow')],
  ]);
  expect(await faults([one, billed({ cumulativeUnits: 20n })])).toEqual([null, 'it does not follow from receipt 0']);
  expect(await faults([one, { ...billed({ cumulativeUnits: 20n }), stack: stack + 1n }])).toEqual([null, null]);
});

test('receipts from a file are taken once, and counted; those without a request too', async () => {
  const { context, stack } = await charged(2);
  const [one, two] = parseReceipts(await exportReceipts(context.journal, stack)) as [ExportedReceipt, ExportedReceipt];
  const { context: other } = await market.buyer({}, { now: () => 77 });
  const row = await context.journal.findStack(stack);
  await other.book.add(row as NonNullable<typeof row>);
  const bare = { ...two, envelope: null, signature: null };
  expect([await importReceipts(other, [one, bare]), await importReceipts(other, [one, two])]).toEqual([2, 0]);
  expect(other.book.find(stack)).toMatchObject({ used: 18n });
  const known = await other.journal.listRequests({ stack });
  expect(
    known.map(({ index, envelope, stage, units, createdMs, finishedMs }) => [
      ...[index, envelope.length > 0, stage, units, createdMs, finishedMs],
    ]),
  ).toEqual(
    expect.arrayContaining([
      [0, true, 'receipt', 9n, 77, 77],
      [1, false, 'receipt', 9n, 77, 77],
    ]),
  );
  const request = known.find(({ index }) => index === 0);
  expect(request).toMatchObject({ endpoint: ask.endpoint, model: 'm', body: null, tag: '', cumulative: 9n });
  expect(request?.maxUnits).toBeGreaterThan(9n);
});
