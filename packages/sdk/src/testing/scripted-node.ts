/** A market with nodes whose every answer a test may write; what it does not write is answered as an honest node does, and signed. */
import { fromHex, toHex } from '@atoma/base';
import type { Signer } from '@mysten/sui/cryptography';
import { type BuyerContext, wireIdsOf } from '../buyer/context.ts';
import { type BuyerEvent, type BuyerParameters, type BuyerPolicy, createBuyer, openJournal } from '../buyer/index.ts';
import type { NodeAnswer, NodeRequest, Transport } from '../buyer/transport/http.ts';
import type { Atoma } from '../context/atoma.ts';
import { executedResult } from '../context/write.ts';
import { answerContent } from '../wire/answer-content.ts';
import { contentHash } from '../wire/content.ts';
import { fromBase64, headerNames, RECEIPT_EVENT, toBase64 } from '../wire/headers.ts';
import {
  addressLayout,
  type Envelope,
  envelopeLayout,
  noPreviousReceipt,
  type Receipt,
  receiptHash,
  receiptLayout,
  refusalLayout,
  requestHash,
} from '../wire/messages.ts';
import { messageSigner } from '../wire/signature.ts';
import type { SignedBytes } from '../wire/verify-answer.ts';
import { createTask } from '../writes/create-task.ts';
import { faucet } from '../writes/faucet.ts';
import { registerNode } from '../writes/register-node.ts';
import { subscribeNodeToTask } from '../writes/subscribe-node-to-task.ts';
import { topUpCollateral } from '../writes/top-up-collateral.ts';
import { trySettleStack } from '../writes/try-settle-stack.ts';
import { openTestMarket, type TestMarket } from './market.ts';

const TOMA = 1_000_000_000n;

/** Headers of an answer, and its status where it is not 200. */
type Head = Readonly<Record<string, string | number>>;

/** An answer with these bytes, in these pieces. */
export const piecesAnswer = (
  pieces: readonly (string | Uint8Array)[],
  { status = 200, ...headers }: Head = {},
): NodeAnswer => {
  const parts = pieces.map((each) => Buffer.from(each as string));
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* parts;
  }
  return {
    status: Number(status),
    header: (name) => (headers[name] === undefined ? undefined : String(headers[name])),
    body: body(),
    bytes: async () => Buffer.concat(parts),
    cancel: () => undefined,
  };
};

/** An answer in JSON. */
export const jsonAnswer = (json: unknown, more: Head = {}): NodeAnswer =>
  piecesAnswer([JSON.stringify(json)], { 'content-type': 'application/json', ...more });

/** What a node kept of a request it answered. */
export interface ServedRequest {
  readonly envelope: Envelope;
  readonly envelopeBytes: Uint8Array;
  readonly envelopeSignature: Uint8Array;
  readonly receipt: SignedBytes;
}

/** A registered node without a daemon. */
export interface ScriptedNode {
  readonly id: bigint;
  readonly operator: Atoma;
  /** Answers in the honest node's place where it gives something; throwing breaks the connection. */
  script: (request: NodeRequest) => NodeAnswer | undefined | Promise<NodeAnswer | undefined>;
  /** Everything it was asked, in order. */
  readonly asked: NodeRequest[];
  /** Requests for work it was sent. */
  readonly work: () => readonly NodeRequest[];
  readonly served: ServedRequest[];
  /** Members it says about its model. */
  said: Readonly<Record<string, unknown>>;
  /** Signs a receipt for a request, with these members changed, and keeps it. */
  readonly bill: (request: NodeRequest, content: Uint8Array, change?: Partial<Receipt>) => SignedBytes;
  /** Signs that a request is never billed. */
  readonly refuse: (request: NodeRequest, code: string) => SignedBytes;
  readonly sign: (bytes: Uint8Array) => SignedBytes;
  /** Claims units of a stack, which ends at once where there are none; 32 times `committed` stands for its history. */
  readonly settle: (stack: bigint, units: bigint, committed?: number) => Promise<void>;
}

/** A market of scripted nodes. */
export interface ScriptedMarket {
  readonly market: TestMarket;
  readonly task: (p: { model: string; role?: number; level?: number }) => Promise<bigint>;
  /** Registers a node that sells these tasks at these prices. */
  readonly addNode: (
    sells: readonly (readonly [task: bigint, price: bigint, most?: bigint])[],
  ) => Promise<ScriptedNode>;
  readonly wallet: (toma?: bigint) => Promise<Atoma>;
  /** A buyer who meets the nodes without a network. */
  readonly buyer: (
    policy?: Partial<BuyerPolicy>,
    more?: Partial<BuyerParameters>,
  ) => Promise<{
    readonly buyer: Awaited<ReturnType<typeof createBuyer>>;
    readonly context: BuyerContext;
    readonly events: BuyerEvent[];
    readonly of: <Kind extends BuyerEvent['kind']>(kind: Kind) => Extract<BuyerEvent, { kind: Kind }>[];
  }>;
  readonly send: Transport;
  readonly close: () => Promise<void>;
}

/** What a node says to a chat request. */
export const SAID = 'an answer';

/** The same as the body of a whole answer. */
export const chatBody = (content = SAID): Uint8Array =>
  Buffer.from(
    JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content } }], usage: { total_tokens: 9 } }),
  );

/** The pieces of a stream that says {@link SAID} and ends with this receipt. */
export const streamPieces = (receipt: SignedBytes | null, content = SAID): readonly string[] => [
  ...[...content].map(
    (letter) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: letter } }] })}\n\n`,
  ),
  `data: ${JSON.stringify({ choices: [], usage: { total_tokens: 9 } })}\n\n`,
  ...(receipt
    ? [
        `event: ${RECEIPT_EVENT}\ndata: ${JSON.stringify({ receipt: toBase64(receipt.bytes), signature: toBase64(receipt.signature) })}\n\n`,
        'data: [DONE]\n\n',
      ]
    : []),
];

/** A receipt as headers of a whole answer. */
export const receiptHeaders = ({ bytes, signature }: SignedBytes) => ({
  [headerNames.receipt]: toBase64(bytes),
  [headerNames.receiptSignature]: toBase64(signature),
});

/** A refusal as headers of an answer. */
export const refusalHeaders = ({ bytes, signature }: SignedBytes) => ({
  [headerNames.refusal]: toBase64(bytes),
  [headerNames.refusalSignature]: toBase64(signature),
});

const bytesOf = (request: NodeRequest, name: string): Uint8Array =>
  fromBase64(request.headers[name] ?? '') ?? new Uint8Array();

/** Whether a request is for work. */
export const isWork = ({ method, path }: NodeRequest): boolean => method === 'POST' && !/receipts|disputes/.test(path);

const scriptedNode = (operator: Atoma, id: bigint, url: string): ScriptedNode & { readonly answer: Transport } => {
  const ids = wireIdsOf(operator);
  const signer = messageSigner(operator.signer as Signer);
  const sign = (bytes: Uint8Array): SignedBytes => ({ bytes, signature: signer.sign(bytes) });
  const served: ServedRequest[] = [];
  const asked: NodeRequest[] = [];
  const requestOf = (request: NodeRequest) => {
    const envelopeBytes = bytesOf(request, headerNames.envelope);
    const envelope = envelopeLayout.decode(envelopeBytes);
    const { stack, requestId } = envelope;
    return {
      envelope,
      envelopeBytes,
      bound: { ...ids, stack, node: id, requestId, requestHash: requestHash(envelopeBytes), timestampMs: 1n },
    };
  };
  const bill: ScriptedNode['bill'] = (request, content, change = {}) => {
    const { envelope, envelopeBytes, bound } = requestOf(request);
    const before = served.filter((each) => each.envelope.stack === envelope.stack).at(-1)?.receipt.bytes;
    const last = before && receiptLayout.decode(before);
    const [promptUnits, completionUnits] = [4n, 5n];
    const receipt = sign(
      receiptLayout.encode({
        ...bound,
        index: last ? last.index + 1n : 0n,
        contentHash: contentHash(answerContent(envelope.endpoint, content)),
        ...{ promptUnits, completionUnits, units: 9n, cumulativeUnits: (last?.cumulativeUnits ?? 0n) + 9n },
        previous: before ? receiptHash(before) : noPreviousReceipt(),
        flags: 0,
        ...change,
      }),
    );
    served.push({ envelope, envelopeBytes, envelopeSignature: bytesOf(request, headerNames.signature), receipt });
    return receipt;
  };
  const work = (request: NodeRequest): NodeAnswer => {
    const { envelope } = requestOf(request);
    const known = served.find((each) => Buffer.from(each.envelope.requestId).equals(envelope.requestId));
    const body = chatBody();
    const receipt = known?.receipt ?? bill(request, body);
    const json = JSON.parse(Buffer.from(request.body as Uint8Array).toString('utf8')) as { stream?: boolean };
    if (json.stream) return piecesAnswer(streamPieces(receipt), { 'content-type': 'text/event-stream' });
    return piecesAnswer([body], { 'content-type': 'application/json', ...receiptHeaders(receipt) });
  };
  const row = ({ envelopeBytes, envelopeSignature, receipt }: ServedRequest) => ({
    receipt: toBase64(receipt.bytes),
    signature: toBase64(receipt.signature),
    envelope: toBase64(envelopeBytes),
    envelope_signature: toBase64(envelopeSignature),
  });
  const honest = (request: NodeRequest): NodeAnswer => {
    const { pathname, searchParams } = new URL(request.path, url);
    const [, , what, which] = pathname.split('/');
    if (what === 'node') {
      const nonce = fromHex(searchParams.get('nonce') ?? '') as Uint8Array;
      const proof = sign(addressLayout.encode({ ...ids, node: id, url, nonce }));
      const said = { proof: toBase64(proof.bytes), signature: toBase64(proof.signature) };
      return jsonAnswer({ ...said, server_time_ms: Date.now() });
    }
    if (what === 'models') return jsonAnswer({ data: [{ id: 'm', atoma: node.said }] });
    if (what === 'receipts' && which !== undefined) {
      const found = served.find(({ envelope }) => toHex(envelope.requestId) === which);
      return jsonAnswer(found ? row(found) : { state: 'unknown' });
    }
    if (isWork(request)) return work(request);
    const stack = BigInt(searchParams.get('stack') ?? which ?? 0);
    const own = served.filter(({ envelope }) => envelope.stack === stack);
    if (what === 'receipts') return jsonAnswer({ receipts: own.map(row), next: null });
    if (what === 'stacks') {
      const units = own.map(({ receipt }) => receiptLayout.decode(receipt.bytes).cumulativeUnits).at(-1) ?? 0n;
      return jsonAnswer({ consumed: String(units), claimed: null });
    }
    return jsonAnswer({ error: { code: 'not_found' } }, { status: 404 });
  };
  const node: ScriptedNode & { readonly answer: Transport } = {
    id,
    operator,
    script: () => undefined,
    asked,
    work: () => asked.filter(isWork),
    served,
    said: {},
    bill,
    refuse: (request, code) => sign(refusalLayout.encode({ ...requestOf(request).bound, code })),
    sign,
    settle: async (stackSmallId, numClaimedComputeUnits, committed = 1) => {
      const [committedStackProof, stackMerkleLeaf] = [new Uint8Array(32).fill(committed), new Uint8Array(32).fill(9)];
      const claim = { stackSmallId, numClaimedComputeUnits, committedStackProof, stackMerkleLeaf };
      executedResult(await trySettleStack(operator, claim));
    },
    answer: async (request) => {
      asked.push(request);
      return (await node.script(request)) ?? honest(request);
    },
  };
  return node;
};

/** Opens a market. */
export const openScriptedMarket = async (seed: string): Promise<ScriptedMarket> => {
  const market = await openTestMarket(seed);
  const maker = market.actor();
  const byUrl = new Map<string, Transport>();
  const open: { close: () => Promise<void> }[] = [];
  const send: Transport = async (request) => {
    const answer = byUrl.get(request.url);
    if (!answer) throw new DOMException('connect ECONNREFUSED', 'NetworkError');
    return answer(request);
  };
  const wallet = async (toma = 100n * TOMA): Promise<Atoma> => {
    const atoma = market.actor();
    if (toma > 0n) executedResult(await faucet(atoma, { amount: toma }));
    return atoma;
  };
  return {
    market,
    send,
    wallet,
    task: async ({ model, role = 0, level = 0 }) =>
      executedResult(await createTask(maker, { role, securityLevel: level, modelName: model })).taskSmallId,
    addNode: async (sells) => {
      const operator = await wallet(1_000n * TOMA);
      const url = `https://node-${byUrl.size}.example`;
      const { nodeSmallId } = executedResult(await registerNode(operator, { url }));
      executedResult(await topUpCollateral(operator, { nodeSmallId, amount: 900n * TOMA }));
      for (const [taskSmallId, pricePerComputeUnit, maxNumComputeUnits = 10_000_000n] of sells)
        executedResult(
          await subscribeNodeToTask(operator, { nodeSmallId, taskSmallId, pricePerComputeUnit, maxNumComputeUnits }),
        );
      const node = scriptedNode(operator, nodeSmallId, url);
      byUrl.set(url, node.answer);
      return node;
    },
    buyer: async (policy = {}, more = {}) => {
      const events: BuyerEvent[] = [];
      const buyer = await createBuyer({
        atoma: more.atoma ?? (await wallet()),
        journal: more.journal ?? (await openJournal({ path: ':memory:' })),
        transport: send,
        onEvent: (event) => events.push(event),
        ...more,
        policy: { stackUnits: 400_000n, attempts: 1, pauseMs: [0, 0], levels: [0], ...policy },
      });
      open.push(buyer);
      return {
        buyer,
        context: await buyer.context(),
        events,
        of: (kind) => events.filter((event): event is never => event.kind === kind),
      };
    },
    close: async () => {
      for (const each of open) await each.close();
      market.close();
    },
  };
};
