/**
 * Every parser that meets the network, or a stranger's file, under inputs that nearly hold. It gives a value or refuses with an error it
 * documents; anything else, a TypeError above all, is a fault. See `fuzz.ts`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Transaction } from '@mysten/sui/transactions';
import { readPolicy, verifyEvidence } from '../../packages/attest/src/index.ts';
import { readSnpReport } from '../../packages/attest/src/snp/report.ts';
import { readQuote } from '../../packages/attest/src/tdx/quote.ts';
import { makeCollateral, makeQuote, makeVendor, WITHIN } from '../../packages/attest/src/testing/quotes.ts';
import { decodeBooks } from '../../packages/gateway/src/admin/books-copy.ts';
import { parseKey } from '../../packages/gateway/src/keys.ts';
import { decodeChecked } from '../../packages/localnet/src/execute.ts';
import { readModule } from '../../packages/localnet/src/internal/bytecode.ts';
import { parseTypeTag } from '../../packages/localnet/src/internal/type-tag.ts';
import { decodeCursor } from '../../packages/localnet/src/rpc/lists/cursor.ts';
import { parseTimeout } from '../../packages/localnet/src/rpc/transport/deadline.ts';
import { decodeRequest as decodeFrame, decodeText } from '../../packages/localnet/src/rpc/transport/frames.ts';
import { decodeRequest, decodeRow } from '../../packages/node/src/serve/transcript.ts';
import { parseProvider } from '../../packages/sdk/src/buyer/provider.ts';
import { parseReceipts } from '../../packages/sdk/src/buyer/receipts/file.ts';
import { parseWork } from '../../packages/sdk/src/buyer/work/bound.ts';
import { parseHistory } from '../../packages/sdk/src/commitment/history.ts';
import { decodeInclusionProof } from '../../packages/sdk/src/commitment/proof.ts';
import { decodeDeployment } from '../../packages/sdk/src/deployment/record.ts';
import { faces } from '../../packages/sdk/src/faces/index.ts';
import { parseAmount } from '../../packages/sdk/src/values/amounts.ts';
import { parseBytes32Sync } from '../../packages/sdk/src/values/bytes32.ts';
import { answerContent, collectStream } from '../../packages/sdk/src/wire/answer-content.ts';
import { fromBase64 } from '../../packages/sdk/src/wire/headers.ts';
import { readJsonObject } from '../../packages/sdk/src/wire/json-body.ts';
import {
  addressLayout,
  envelopeLayout,
  handoffLayout,
  inquiryLayout,
  receiptLayout,
  refusalLayout,
} from '../../packages/sdk/src/wire/messages.ts';
import { parseSignature } from '../../packages/sdk/src/wire/signature.ts';
import { soundUnits, soundUpperBound } from '../../packages/sdk/src/wire/sound.ts';
import { createSseByteReader } from '../../packages/sdk/src/wire/sse.ts';
import { compareReceipts } from '../../packages/sdk/src/wire/verify-answer.ts';
import { fuzz, json, named, type Parser, refusal, text } from './fuzz.ts';

const root = join(import.meta.dirname, '../..');
const file = (path: string): Buffer => readFileSync(join(root, path));

/** Reads a stream in two pieces. */
const streamed =
  (endpoint: string) =>
  (bytes: Buffer): unknown => {
    const [read, collector] = [createSseByteReader(), collectStream(endpoint)];
    const half = bytes.length >> 1;
    for (const block of [...read(bytes.subarray(0, half)), ...read(bytes.subarray(half))]) {
      const found = readJsonObject(Buffer.from(block.data ?? ''));
      if (found.kind === 'read') collector.add(found.json);
    }
    return collector.content();
  };
const made = new Transaction();
made.setSender(`0x${'1'.repeat(64)}`);
made.setGasBudget(10);
made.setGasPrice(1_000);
made.setGasPayment([{ objectId: `0x${'2'.repeat(64)}`, version: 1, digest: '11111111111111111111111111111111' }]);
made.transferObjects([made.splitCoins(made.gas, [5])], `0x${'3'.repeat(64)}`);
made.moveCall({ target: '0x2::coin::value', typeArguments: ['0x2::sui::SUI'], arguments: [made.gas] });
const transaction = await made.build();

const vectors = JSON.parse(file('packages/sdk/src/vectors/envelope.json').toString()) as Record<string, unknown>;
/** Every hexadecimal text of some length in the vectors: envelopes, receipts, refusals, signatures. */
const messages = [...JSON.stringify(vectors).matchAll(/"(?:0x)?([0-9a-f]{64,})"/g)].map(([, hex]) =>
  Buffer.from(hex as string, 'hex'),
);
const bundled = JSON.parse(file('packages/sdk/src/generated/packages.json').toString()) as unknown;
const modules = [...JSON.stringify(bundled).matchAll(/"(oRzrCw[A-Za-z0-9+/=]{200,})"/g)]
  .map(([, code]) => Buffer.from(code as string, 'base64'))
  .slice(0, 6);

const chat = json({
  model: 'm',
  max_tokens: 5,
  stream: true,
  stream_options: { include_usage: true },
  messages: [
    { role: 'system', content: 'x' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'hi' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      ],
    },
  ],
  tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
  response_format: { type: 'json_schema', json_schema: { name: 's', schema: {} } },
  provider: { order: ['1'], sort: 'price', max_price: '5', level: 1 },
});
const responses = json({
  model: 'm',
  instructions: 'x',
  input: [
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
    { type: 'reasoning', summary: [] },
    { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c', output: 'o' },
  ],
  tools: [{ type: 'function', name: 'f', parameters: {} }, { type: 'web_search' }, { type: 'custom', name: 'g' }],
  tool_choice: { type: 'function', name: 'f' },
});
const anthropic = json({
  model: 'm',
  max_tokens: 9,
  system: [{ type: 'text', text: 's', cache_control: { type: 'ephemeral' } }],
  messages: [
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: 'r' }] }] },
    { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }] },
  ],
  tools: [{ name: 'f', input_schema: { type: 'object' } }],
  thinking: { type: 'enabled', budget_tokens: 5 },
});
const answer = json({
  id: 'a',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'x',
        tool_calls: [{ id: 't', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 1 },
});
const chunks = Buffer.from(
  ': ping\n\ndata: {"choices":[{"index":0,"delta":{"role":"assistant","content":"h"}}]}\n\nevent: x\ndata: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{"}}]},"finish_reason":"stop"}],"usage":{}}\n\ndata: [DONE]\n\n',
);
const embedding = json({
  data: [
    { index: 0, embedding: [0.5, -1e9] },
    { index: 1, embedding: 'AACAPw==' },
  ],
});
const wav = Buffer.concat([
  Buffer.from('RIFF'),
  Buffer.from([36, 0, 0, 0]),
  Buffer.from('WAVEfmt '),
  Buffer.from([16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0]),
  Buffer.from('data'),
  Buffer.alloc(20),
]);
const b32 = Buffer.alloc(32, 7).toString('base64');
const row = json({
  request_hash: b32,
  units: '5',
  cut: false,
  blind: b32,
  envelope: 'AAAA',
  signature: 'AAAA',
  body: 'e30=',
  salt: b32,
  work_hash: b32,
});
const certificate = Buffer.from(
  '-----BEGIN CERTIFICATE-----\nMIIBFTCBvKADAgECAgEBMAoGCCqGSM49BAMCMAwxCjAIBgNVBAMMAXgwHhcNMjYwMTAxMDAwMDAwWhcNMzYwMTAxMDAwMDAwWjAMMQowCAYDVQQDDAF4MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END CERTIFICATE-----\n',
);
const vendor = await makeVendor();
const [quote, collateral] = [makeQuote(vendor), Buffer.from(await makeCollateral(vendor))];
const snp = Buffer.alloc(1_184, 0);
snp.writeUInt32LE(3, 0);
const nitro = Buffer.concat([
  Buffer.from([0x84, 0x44, 0xa1, 0x01, 0x38, 0x22, 0xa0, 0x59, 0x00, 0x20]),
  Buffer.alloc(32, 0xa1),
  Buffer.from([0x58, 0x60]),
  Buffer.alloc(96),
]);

const object = (bytes: Buffer): Readonly<Record<string, unknown>> => {
  const read = readJsonObject(bytes);
  return read.kind === 'read' ? read.json : {};
};

const layouts = {
  envelopeLayout,
  receiptLayout,
  refusalLayout,
  handoffLayout,
  inquiryLayout,
  addressLayout,
};

const parsers: readonly Parser[] = [
  ...Object.entries(layouts).map(([name, layout]): Parser => [name, (bytes) => layout.decode(bytes), messages]),
  ['compareReceipts', (bytes) => compareReceipts(bytes, messages[0] as Buffer), messages],
  ['parseSignature', parseSignature, messages],
  ['fromBase64', (bytes) => fromBase64(text(bytes)), [Buffer.from(b32)]],
  ['readJsonObject', readJsonObject, [chat, responses, anthropic]],
  ['parseWork, chat', (bytes) => parseWork('/v1/chat/completions', bytes, 'application/json', 100n), [chat]],
  [
    'parseWork, embeddings',
    (bytes) => parseWork('/v1/embeddings', bytes, 'application/json', 100n),
    [json({ model: 'm', input: ['a', [1, 2]] })],
  ],
  [
    'parseWork, images',
    (bytes) => parseWork('/v1/images/generations', bytes, 'application/json', 100n),
    [json({ model: 'm', prompt: 'x', n: 2, size: '1024x1024' })],
  ],
  [
    'parseWork, form',
    (bytes) => parseWork('/v1/audio/transcriptions', bytes, 'multipart/form-data; boundary=b', 100n),
    [
      Buffer.from(
        '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF\r\n--b--\r\n',
      ),
    ],
  ],
  [
    'parseProvider',
    (bytes) => parseProvider(text(bytes)),
    [
      json({
        order: ['1'],
        only: ['2'],
        sort: 'latency',
        max_price: '5',
        allow_fallbacks: false,
        quantizations: ['q8_0'],
      }),
    ],
  ],
  ['responsesToChat', (bytes) => faces['/v1/responses']?.toChat(object(bytes)), [responses]],
  ['messagesToChat', (bytes) => faces['/v1/messages']?.toChat(object(bytes)), [anthropic]],
  ['answerContent, chat', (bytes) => answerContent('/v1/chat/completions', bytes), [answer]],
  ['answerContent, embeddings', (bytes) => answerContent('/v1/embeddings', bytes), [embedding]],
  [
    'answerContent, transcription',
    (bytes) => answerContent('/v1/audio/transcriptions', bytes),
    [json({ text: 'x' }), Buffer.from('1\n00:00 --> 00:01\nx')],
  ],
  ['streams', streamed('/v1/chat/completions'), [chunks]],
  ['streams, responses', streamed('/v1/responses'), [chunks]],
  ['streams, messages', streamed('/v1/messages'), [chunks]],
  ['sound', (bytes) => [soundUnits(bytes), soundUpperBound(bytes)], [wav, Buffer.from('fLaC\0\0\0\x22')]],
  ['parseReceipts', (bytes) => parseReceipts(text(bytes)), [file('docs/examples/receipts.json')]],
  ['parseHistory', (bytes) => parseHistory(text(bytes)), [file('docs/examples/history.json')]],
  [
    'decodeInclusionProof',
    (bytes) => decodeInclusionProof(text(bytes)),
    [
      json({
        index: 0,
        request_hash: `0x${'11'.repeat(32)}`,
        content_hash: `0x${'22'.repeat(32)}`,
        units: '5',
        siblings: [{ side: 'left', hash: `0x${'33'.repeat(32)}` }],
        merkle_root: `0x${'44'.repeat(32)}`,
      }),
    ],
  ],
  [
    'decodeDeployment',
    (bytes) => decodeDeployment(text(bytes)),
    [json({ version: 1, packageId: `0x${'1'.repeat(64)}`, chainId: 'x' })],
  ],
  [
    'parseAmount',
    (bytes) => parseAmount(text(bytes)),
    ['1', '1.5TOMA', '0.000000001 TOMA', '10MIST'].map((each) => Buffer.from(each)),
  ],
  [
    'parseBytes32',
    (bytes) => parseBytes32Sync(text(bytes)),
    [Buffer.from(b32), Buffer.from(`0x${'ab'.repeat(32)}`), Buffer.from(`[${Array(32).fill(9)}]`)],
  ],
  [
    'transcript row',
    (bytes) => decodeRow(text(bytes)),
    [row],
    (error) => named(error) || error instanceof SyntaxError || (error as Error).constructor === Error,
  ],
  [
    'transcript request',
    (bytes) => decodeRequest(text(bytes)),
    [row],
    (error) => named(error) || error instanceof SyntaxError || (error as Error).constructor === Error,
  ],
  ['parseKey', (bytes) => parseKey(text(bytes)), [Buffer.from(`atk_${'0'.repeat(16)}_${'a'.repeat(43)}`)]],
  ['decodeBooks', (bytes) => decodeBooks(text(bytes)), [json({ version: 1, requests: [], stacks: [], rows: [] })]],
  ['decodeTransaction', decodeChecked, [Buffer.from(transaction)]],
  [
    'parseTypeTag',
    (bytes) => parseTypeTag(text(bytes)),
    ['0x2::coin::Coin<0x2::sui::SUI>', 'vector<vector<u8>>', 'u256'].map((each) => Buffer.from(each)),
  ],
  ['readModule', readModule, modules],
  ['decodeCursor', decodeCursor, [Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0])]],
  ['grpc-timeout', (bytes) => parseTimeout(text(bytes)), [Buffer.from('5S'), Buffer.from('100m')]],
  ['gRPC-web frame', decodeFrame, [Buffer.from([0, 0, 0, 0, 2, 8, 1])]],
  ['gRPC-web text', decodeText, [Buffer.from(Buffer.from([0, 0, 0, 0, 2, 8, 1]).toString('base64'))]],
  ['TDX quote', readQuote, [quote], refusal],
  ['SNP report', readSnpReport, [snp], refusal],
  [
    'evidence',
    (bytes) =>
      verifyEvidence({ evidence: bytes, at: WITHIN, collateral: text(collateral), certificates: text(certificate) }),
    [quote, snp, nitro],
    refusal,
  ],
  [
    'collateral',
    (bytes) => verifyEvidence({ evidence: quote, at: WITHIN, collateral: text(bytes) }),
    [collateral],
    refusal,
  ],
  [
    'certificates',
    (bytes) => verifyEvidence({ evidence: snp, at: WITHIN, certificates: text(bytes) }),
    [certificate],
    refusal,
  ],
  ['policy', (bytes) => readPolicy(text(bytes)), [json({ tcb: ['UpToDate'], allow_milan: false })], refusal],
];

fuzz(parsers);
