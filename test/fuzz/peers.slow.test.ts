/** Parsers of what peers send each other: traces and profiles, sealed requests and their evidence, headers, queries; and what pages read. */
import { Transaction } from '@mysten/sui/transactions';
import { toBase64 } from '@mysten/sui/utils';
import { parseTraceparent } from '../../packages/base/src/trace/otlp.ts';
import { answerGraphql } from '../../packages/localnet/src/graphql/answer.ts';
import { rpcError } from '../../packages/localnet/src/rpc/rpc-errors.ts';
import { parseBody } from '../../packages/node/src/serve/parse-body.ts';
import { parseProfile } from '../../packages/node/src/sketch/sketch-profile.ts';
import { readTrace, traceOf } from '../../packages/node/src/sketch/trace.ts';
import { formulaProfile } from '../../packages/node/src/testing/steps-engine.ts';
import { openPayment } from '../../packages/sdk/src/payments/x402.ts';
import { readJsonObject } from '../../packages/sdk/src/wire/json-body.ts';
import {
  bindingLayout,
  documentLayout,
  EVIDENCE_NONCE_BYTES,
  readDocument,
} from '../../packages/sdk/src/wire/sealed/evidence.ts';
import { packFrame, readFrame } from '../../packages/sdk/src/wire/sealed/frame.ts';
import { paddedInner, readInner } from '../../packages/sdk/src/wire/sealed/inner.ts';
import { readReports } from '../../packages/web/src/lab/recording.ts';
import { parseMetrics } from '../../packages/web/src/metrics.ts';
import { findRoute, parseRoute } from '../../packages/web/src/route.ts';
import { parseSite } from '../../packages/web/src/site.ts';
import { readTyped } from '../../packages/web/src/stack/typed-receipt.ts';
import { fuzz, json, type Parser, text } from './fuzz.ts';

const object = (bytes: Buffer): unknown => {
  const read = readJsonObject(bytes);
  return read.kind === 'read' ? read.json : undefined;
};

const traced = traceOf(
  [
    Array.from({ length: 3 }, (_, token) => ({
      token,
      values: Array.from({ length: formulaProfile.values }, (_each, i) => Math.sin(token + i)),
    })),
  ],
  formulaProfile,
);
const b32 = new Uint8Array(32).fill(7);
const binding = bindingLayout.encode({
  chainId: b32,
  packageId: b32,
  node: 1n,
  enclaveKey: b32,
  kind: 'rehearsal',
  gpuHash: b32,
  weightsRoot: b32,
  configHash: b32,
  checkpoint: 5n,
  checkpointDigest: b32,
});
const nothing = new Uint8Array();
const document = documentLayout.encode({
  binding,
  quote: b32,
  collateral: b32,
  gpu: nothing,
  eventLog: nothing,
  nonce: new Uint8Array(EVIDENCE_NONCE_BYTES),
});
const inner = paddedInner({ contentType: 'application/json', body: json({ model: 'm', messages: [] }) }).plain;
const payment = new Transaction();
payment.setSender(`0x${'1'.repeat(64)}`);
payment.setGasOwner(`0x${'1'.repeat(64)}`);
payment.setGasBudget(10);
payment.setGasPrice(1_000);
payment.setGasPayment([{ objectId: `0x${'2'.repeat(64)}`, version: 1, digest: '1'.repeat(32) }]);
payment.transferObjects([payment.splitCoins(payment.gas, [5])], `0x${'3'.repeat(64)}`);
const unreachable = async (): Promise<never> => {
  throw rpcError('GRAPHQL', { reason: 'no ledger answers here' });
};
const queries = [
  '{ chainIdentifier checkpoint { sequenceNumber } }',
  'query Q($a: SuiAddress!) { address(address: $a) { balances(first: 2) { nodes { totalBalance } } } }',
];
const chat = { model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }], tools: [] };
const site = { network: 'up', deployment: '{}', ledger: 'http://127.0.0.1:1', nodes: [{ node: '1', url: 'http://x' }] };
const moment = { said: 'a', payments: [{ from: 'a', to: 'b', amount: '5' }] };

const parsers: readonly Parser[] = [
  [
    'traceparent',
    (bytes) => parseTraceparent(text(bytes)),
    [Buffer.from(`00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`)],
  ],
  ['trace of a row', (bytes) => readTrace(bytes, formulaProfile), [Buffer.from(traced?.trace ?? nothing)]],
  ['profile', (bytes) => parseProfile(object(bytes)), [json(formulaProfile)]],
  ['body of a request', (bytes) => parseBody('/v1/chat/completions', object(bytes)), [json(chat)]],
  ['frame of a sealed answer', (bytes) => readFrame(bytes, 0, false), [Buffer.from(packFrame('head', b32))]],
  ['sealed request', readInner, [Buffer.from(inner)]],
  ['evidence of a node', readDocument, [Buffer.from(document)]],
  [
    'payment',
    (bytes) => openPayment({ transaction: toBase64(bytes), signature: toBase64(b32) }),
    [Buffer.from(await payment.build())],
  ],
  [
    'GraphQL',
    (bytes) => answerGraphql(unreachable, { query: text(bytes), variables: {}, operationName: undefined }),
    queries.map((each) => Buffer.from(each)),
  ],
  ['pages: site', (bytes) => parseSite(object(bytes)), [json(site)]],
  [
    'pages: metrics',
    (bytes) => parseMetrics(text(bytes)),
    [Buffer.from('# TYPE a counter\na{kind="x",le="+Inf"} 5\nb 1e3\n')],
  ],
  [
    'pages: address',
    (bytes) => [parseRoute(text(bytes)), findRoute(text(bytes))],
    ['#/stack/3', 'node 2', '%E0'].map((each) => Buffer.from(each)),
  ],
  [
    'pages: report of the lab',
    (bytes) => readReports(text(bytes)),
    [json({ reports: [{ name: 'r', stacks: 2, caught: 1, moments: [moment] }] })],
  ],
  [
    'pages: receipt',
    (bytes) => readTyped(text(bytes)),
    [Buffer.from(toBase64(b32)), json({ receipt: toBase64(b32), signature: toBase64(b32) })],
  ],
];

fuzz(parsers);
