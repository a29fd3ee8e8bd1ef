/** A sealed answer reads as if it had come in clear; what is cut, changed or not signed inside the environment does not. */
import { expect, test } from 'vitest';
import { piecesAnswer } from '../../testing/scripted-node.ts';
import { headerNames, toBase64 } from '../../wire/headers.ts';
import { createAnswerSealer } from '../../wire/sealed/answer.ts';
import type { FrameType } from '../../wire/sealed/frame.ts';
import { SEALED_TYPE } from '../../wire/sealed/inner.ts';
import { pairSignatures } from '../../wire/sealed/pair.ts';
import type { NodeAnswer } from '../transport/http.ts';
import { unsealAnswer } from './unseal.ts';

const filled = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte);
const secrets = { enc: filled(1), answer: filled(2), salt: filled(3), innerHash: filled(4) };
const keys = { secrets, enclaveKey: filled(5), kind: 'tdx', label: null } as const;
const signature = toBase64(pairSignatures(filled(6, 97), filled(5), filled(7, 64)));
const end = { receipt: 'cmVjZWlwdA==', signature };

type Part = readonly [type: FrameType, value?: unknown];
const frames = (...parts: readonly Part[]): readonly Uint8Array[] => {
  const sealer = createAnswerSealer(secrets);
  return parts.map(([type, value]) =>
    sealer.frame(type, typeof value === 'string' ? Buffer.from(value) : Buffer.from(JSON.stringify(value ?? ''))),
  );
};
const head = (contentType: string, status = 200): Part => ['head', { status, content_type: contentType }];
const sealed = (pieces: readonly Uint8Array[], headers: Record<string, string> = {}): NodeAnswer =>
  piecesAnswer(pieces, { 'content-type': SEALED_TYPE, ...headers });
const distrust = (why: string): Promise<never> => Promise.reject(new TypeError(why));
const open = (answer: NodeAnswer) => unsealAnswer(answer, keys, distrust);
const textOf = async (answer: NodeAnswer): Promise<string> => Buffer.from(await answer.bytes()).toString('utf8');

test('a whole answer: status, media type and text, and the receipt in the headers once it is read', async () => {
  const pieces = frames(
    head('application/json', 201),
    ['data', 'one '],
    ['padding', '0'],
    ['data', 'two'],
    ['receipt', end],
  );
  const answer = await open(sealed(pieces, { [headerNames.requestId]: 'r' }));
  expect([answer.status, answer.header('content-type'), answer.header(headerNames.requestId)]).toEqual([
    201,
    'application/json',
    'r',
  ]);
  expect(answer.header(headerNames.receipt)).toBe(undefined);
  expect(await textOf(answer)).toBe('one two');
  expect([answer.header(headerNames.receipt), answer.header(headerNames.receiptSignature)]).toEqual([
    end.receipt,
    signature,
  ]);
  const unnamed = await open(sealed(frames(head('application/json'), ['receipt', end])));
  expect([unnamed.header(headerNames.requestId), await textOf(unnamed)]).toEqual([undefined, '']);
});

test('a stream: its events, then the receipt as an event, and the end', async () => {
  const answer = await open(
    sealed(frames(head('text/event-stream; charset=utf-8'), ['data', 'data: {}\n\n'], ['receipt', end])),
  );
  expect(await textOf(answer)).toBe(
    `data: {}\n\nevent: atoma.receipt\ndata: ${JSON.stringify(end)}\n\ndata: [DONE]\n\n`,
  );
  expect(answer.header(headerNames.receipt)).toBe(undefined);
});

test('an error: its body, with the refusal in the headers, or in the event of a stream', async () => {
  const problem = { problem: { error: { code: 'x' } }, refusal: 'cg==', signature: 'cw==' };
  const whole = await open(sealed(frames(head('application/json', 503), ['problem', problem])));
  expect([whole.status, await textOf(whole)]).toEqual([503, '{"error":{"code":"x"}}']);
  expect([whole.header(headerNames.refusal), whole.header(headerNames.refusalSignature)]).toEqual(['cg==', 'cw==']);
  const stream = await open(sealed(frames(head('text/event-stream'), ['problem', problem])));
  expect(await textOf(stream)).toBe(
    'event: error\ndata: {"error":{"code":"x"},"atoma":{"refusal":"cg==","signature":"cw=="}}\n\n',
  );
});

test('an answer that is not sealed passes as an error, never as a success', async () => {
  const refused = piecesAnswer(['no'], { status: 401, 'content-type': 'application/json' });
  expect(await open(refused)).toBe(refused);
  await expect(open(piecesAnswer(['yes'], { 'content-type': 'application/json' }))).rejects.toThrow('in clear');
});

test.each([
  ['of another environment', toBase64(pairSignatures(filled(6, 97), filled(8), filled(7, 64)))],
  ['of the wallet alone', toBase64(filled(6, 97))],
  ['that is no base64', '!'],
  ['that is missing', undefined],
])('a receipt with a signature %s is not believed', async (_, signed) => {
  for (const type of ['application/json', 'text/event-stream']) {
    const answer = await open(sealed(frames(head(type), ['receipt', { ...end, signature: signed }])));
    await expect(answer.bytes()).rejects.toThrow('not signed inside the attested environment');
  }
});

test('what is cut, changed or no JSON is a connection that broke, and its text is told to nobody', async () => {
  const pieces = frames(head('application/json'), ['data', 'secret'], ['receipt', end]);
  const broken = { name: 'NetworkError' };
  await expect(open(sealed([]))).rejects.toMatchObject(broken);
  await expect((await open(sealed(pieces.slice(0, 2)))).bytes()).rejects.toMatchObject(broken);
  const last = pieces[2] as Uint8Array;
  const changed = last.with(last.length - 1, (last.at(-1) as number) ^ 1);
  await expect((await open(sealed([...pieces.slice(0, 2), changed]))).bytes()).rejects.toMatchObject(broken);
  const notJson = open(sealed(frames(['head', '{"secret'], ['receipt', end])));
  await expect(notJson).rejects.toMatchObject({ ...broken, message: 'a sealed frame is no JSON' });
});

test('a connection that fails says so itself, and can be ended', async () => {
  const pieces = frames(head('application/json'));
  let ended = 0;
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* pieces;
    throw new RangeError('reset');
  }
  const answer = await open({ ...sealed([]), body: body(), cancel: () => void ended++ });
  await expect(answer.bytes()).rejects.toThrow(RangeError);
  answer.cancel();
  expect(ended).toBe(1);
});
