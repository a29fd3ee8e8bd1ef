/** Level 2 through the buyer and the gateway: what travels, what is kept, and what an attacker in between achieves. */
import { generateKeyPairSync, hash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blake2b256 } from '@atoma/base';
import {
  type BuyerEvent,
  type BuyerParameters,
  createBuyer,
  openJournal,
  pairSignatures,
  SEALED_TYPE,
  setNodeKeyCommitment,
  signRaw,
  toBase64,
} from '@atoma/sdk';
import OpenAI from 'openai';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createConfidentialJudge } from '../../attest/src/index.ts';
import { createChannel } from '../../node/src/confidential/channel.ts';
import { rehearsalEnvironment, rehearsalRoot } from '../../node/src/confidential/rehearsal.ts';
import { createUpstreamEngine } from '../../node/src/engine/upstream/engine.ts';
import { createLettersEngine } from '../../node/src/testing/letters-engine.ts';
import { openChannel, REHEARSAL_SECRET } from '../../node/src/testing/serving-fixture.ts';
import { startUpstream, type UpstreamServer } from '../../node/src/testing/upstream-server.ts';
import {
  createTransport,
  type NodeAnswer,
  type NodeRequest,
  type Transport,
} from '../../sdk/src/buyer/transport/http.ts';
import { openGatewayStore } from './store/sqlite.ts';
import { openDesk } from './testing/desk.ts';
import { openRehearsal, type Rehearsal, type RehearsalNode } from './testing/rehearsal.ts';

const model = 'atoma/demo-chat';
const MARK = 'xyzzy-marked-prompt-4711';
const policy = {
  allowPrivateNodes: true,
  levels: [2],
  stackUnits: 400_000n,
  pauseMs: [5, 20] as const,
  attempts: 3,
  answerMs: 60_000,
  cacheMs: 0,
};
const judge = createConfidentialJudge({ rehearsalRoot: rehearsalRoot(REHEARSAL_SECRET) });
const ask = { model, messages: [{ role: 'user' as const, content: MARK }], max_tokens: 40 };

const folder = mkdtempSync(join(tmpdir(), 'atoma-level2-'));
const written: string[] = [];
const log = pino({ level: 'trace' }, { write: (line: string) => void written.push(line) });
let market: Rehearsal;
let node: RehearsalNode;
let upstream: UpstreamServer;
const open: { close: () => Promise<void> }[] = [];
const http = createTransport({ allowPrivate: true });

beforeAll(async () => {
  market = await openRehearsal('confidential');
  upstream = await startUpstream();
  const { createBuiltinEngine } = await import('../../node/src/engine/builtin/engine.ts');
  const served = { roles: [0], contextLength: 4_096, tokenizer: 'bytes', profile: null };
  const engine = createUpstreamEngine({
    models: [{ ...served, name: 'up', targets: [{ url: upstream.url, concurrency: 8 }] }],
    limits: { probeMs: 60_000 },
  });
  node = await market.addNode({
    confidential: true,
    engines: [createBuiltinEngine(), engine],
    path: join(folder, 'node.db'),
    log,
  });
  for (const name of [model, 'up'])
    await market.subscribe(node, await market.task({ role: 0, model: name, level: 2 }), 100n);
  await market.subscribe(node, await market.task({ role: 1, model: 'atoma/demo-embed', level: 2 }), 100n);
});
afterAll(async () => {
  for (const each of open) await each.close();
  http.close();
  await market.close();
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

const makeBuyer = async (more: Partial<BuyerParameters> = {}) => {
  const events: BuyerEvent[] = [];
  const buyer = await createBuyer({
    onEvent: (event) => events.push(event),
    confidential: { judge },
    ...more,
    atoma: more.atoma ?? (await market.wallet()),
    journal: more.journal ?? (await openJournal({ path: ':memory:' })),
    policy: { ...policy, ...more.policy },
  });
  open.push(buyer);
  return { buyer, events, client: new OpenAI(buyer.openai()) };
};

/** A transport that records what goes to nodes, and lets `change` answer in a node's place. */
const between = (
  change: (request: NodeRequest, answer: NodeAnswer) => Promise<NodeAnswer> | NodeAnswer = (_, a) => a,
) => {
  const sent: NodeRequest[] = [];
  const send: Transport = async (request) => {
    sent.push(request);
    return change(request, await http.send(request));
  };
  const work = () =>
    sent.filter(({ method, path }) => method === 'POST' && path.startsWith('/v1/') && !path.includes('receipts'));
  return { send, sent, work };
};
const ofJson = (answer: NodeAnswer, json: unknown): NodeAnswer => ({
  ...answer,
  bytes: async () => Buffer.from(JSON.stringify(json)),
});
const jsonOf = async (answer: NodeAnswer): Promise<Record<string, unknown>> =>
  JSON.parse(Buffer.from(await answer.bytes()).toString('utf8')) as Record<string, unknown>;
const isEvidence = ({ path }: NodeRequest): boolean => path.includes('/evidence');
const isWork = ({ method }: NodeRequest): boolean => method === 'POST';
/** What a request came to: an answer, or the code of its error. */
const outcome = (client: OpenAI): Promise<string> =>
  client.chat.completions.create(ask).then(
    ({ choices }) => `answer ${typeof choices[0]?.message.content}`,
    (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
  );

test('whole answers, streams and vectors: only sealed bodies travel, and every receipt is checked', async () => {
  const { send, work } = between();
  const { client, events } = await makeBuyer({ transport: send });
  const whole = await client.chat.completions.create(ask);
  expect(whole.choices[0]?.message.content).toMatch(/\w/);
  let streamed = '';
  for await (const chunk of await client.chat.completions.create({ ...ask, stream: true }))
    streamed += chunk.choices[0]?.delta.content ?? '';
  expect(streamed).toMatch(/\w/);
  const vectors = await client.embeddings.create({ model: 'atoma/demo-embed', input: MARK });
  expect(vectors.data[0]?.embedding.length).toBeGreaterThan(8);
  expect(work().length).toBe(3);
  for (const { headers, body } of work()) {
    expect(headers['content-type']).toBe(SEALED_TYPE);
    expect(Buffer.from(body as Uint8Array).toString('latin1')).not.toContain(MARK);
  }
  expect(events.filter(({ kind }) => kind === 'receipt')).toHaveLength(3);
});

test('nothing is sent, bought or told at another level without a policy, and levels do not mix', async () => {
  const { send, sent } = between();
  const blind = await createBuyer({
    atoma: await market.wallet(),
    journal: await openJournal({ path: ':memory:' }),
    policy,
    transport: send,
  });
  open.push(blind);
  expect(await outcome(new OpenAI(blind.openai()))).toMatch(/no policy says which evidence is accepted/);
  expect(sent.filter(isWork)).toEqual([]);
  expect(await blind.stacks()).toEqual([]);
  const { client } = await makeBuyer({ policy: { ...policy, levels: [2, 0] } });
  expect(await outcome(client)).toMatch(/Level 2 cannot be one of several levels/);
});

test.each([
  [
    'of a rehearsal, on a network that has no development root',
    { confidential: { judge: createConfidentialJudge({}) } },
    /which no hardware protects/,
  ],
  [
    'of another development root',
    { confidential: { judge: createConfidentialJudge({ rehearsalRoot: new Uint8Array(32).fill(1) }) } },
    /signed by another development root/,
  ],
])('evidence %s is refused before anything is bought', async (_, more, why) => {
  const { send, sent } = between();
  const { buyer, client } = await makeBuyer({ ...more, transport: send });
  expect(await outcome(client)).toMatch(why);
  expect(sent.filter(isWork)).toEqual([]);
  expect(await buyer.stacks()).toEqual([]);
});

test('published evidence is asked for once a while, however many purchases are planned', async () => {
  const { send, sent } = between();
  let later = 0;
  const { buyer } = await makeBuyer({ transport: send, now: () => Date.now() + later, policy: { cacheMs: 60_000 } });
  const plan = () => buyer.plan({ model, endpoint: '/v1/chat/completions', vision: false, units: 1_000n, tenant: '' });
  await Promise.all([plan(), plan(), plan()]);
  await plan();
  expect(sent.filter(isEvidence)).toHaveLength(1);
  later = 600_000;
  await plan();
  expect(sent.filter(isEvidence)).toHaveLength(2);
});

const drawn = () => {
  const engine = createLettersEngine();
  return { ...engine, models: async () => (await engine.models()).map((each) => ({ ...each, name: 'drawn' })) };
};

test('a purchase is a draw among accepted nodes alone, also where a refused one sells for less', async () => {
  const taskSmallId = await market.task({ role: 0, model: 'drawn', level: 2 });
  const [good, other, cheap] = [
    await market.addNode({ confidential: true, engines: [drawn()] }),
    await market.addNode({ confidential: true, engines: [drawn()] }),
    await market.addNode({ confidential: new Uint8Array(32).fill(7), engines: [drawn()] }),
  ];
  for (const [each, price] of [
    [good, 100n],
    [other, 100n],
    [cheap, 90n],
  ] as const)
    await market.subscribe(each, taskSmallId, price);
  const { buyer } = await makeBuyer();
  const want = { model: 'drawn', endpoint: '/v1/chat/completions', vision: false, units: 1_000n, tenant: '' };
  const nodes = new Set<bigint>();
  for (let i = 0; i < 8; i++) {
    const plan = await buyer.plan(want);
    expect([plan.price, [...plan.among].sort()]).toEqual([100n, [good.id, other.id]]);
    nodes.add((await buyer.buy(plan)).node);
  }
  expect([...nodes].every((id) => id === good.id || id === other.id)).toBe(true);

  // Nobody is refused: they are named all the same, and who sells from now on is not drawn by a purchase that was planned before.
  await cheap.stop();
  const { buyer: early } = await makeBuyer();
  const plan = await early.plan(want);
  expect([...plan.among].sort()).toEqual([good.id, other.id]);
});

/** Buys honestly, then puts the attacker in between: what he shows must not get a request. */
const meetsOnly = async (change: (request: NodeRequest, answer: NodeAnswer) => Promise<NodeAnswer> | NodeAnswer) => {
  const atoma = await market.wallet();
  const path = join(folder, `journal-${Math.random()}`);
  const first = await createBuyer({ atoma, journal: await openJournal({ path }), policy, confidential: { judge } });
  await first.buy(
    await first.plan({ model, endpoint: '/v1/chat/completions', vision: false, units: 1_000n, tenant: '' }),
  );
  await first.close();
  const { send, sent } = between(change);
  const { client } = await makeBuyer({ atoma, journal: await openJournal({ path }), transport: send });
  return { said: await outcome(client), work: sent.filter(isWork) };
};

test('an honest node between the same two purchases is asked', async () => {
  const { said, work } = await meetsOnly((_, answer) => answer);
  expect([said, work.length]).toEqual(['answer string', 1]);
});

test('evidence from another node, an old nonce, keys of the operator’s own: nothing is sent', async () => {
  const identity = { chainId: new Uint8Array(32), packageId: new Uint8Array(32), node: node.id };
  const foreign = createChannel(rehearsalEnvironment(REHEARSAL_SECRET, 'x'), { ...identity, node: 99n }, Date.now);
  await foreign.renew({ sequence: 0n, digest: new Uint8Array(32) });
  foreign.open();
  const other = await market.addNode({ confidential: true });
  let recorded: Record<string, unknown> | undefined;
  const attacks: Record<
    string,
    [(json: Record<string, unknown>, request: NodeRequest) => Promise<unknown> | unknown, RegExp]
  > = {
    'evidence of another market': [(_, { path }) => foreign.describe(nonceOf(path)), /about another market/],
    'evidence of another node': [(_, { path }) => other.node.confidential?.describe(nonceOf(path)), /is about node/],
    'evidence of before': [(json) => (recorded ??= json), /another nonce/],
    'keys nobody signed': [
      async (json) => ({ ...json, channel_keys: (await foreign.describe()).channel_keys }),
      /no channel key that holds/,
    ],
    'a signature of the wrong key': [
      (json) => ({
        ...json,
        channel_keys: keysOf(json).map((key) => ({ ...key, signature: toBase64(new Uint8Array(64)) })),
      }),
      /no channel key that holds/,
    ],
    'a document that ends early': [
      (json) => ({ ...json, document: String(json.document).slice(0, 400) }),
      /cannot be read/,
    ],
    'trailing bytes': [
      (json) => ({
        ...json,
        document: toBase64(Buffer.concat([Buffer.from(String(json.document), 'base64'), Buffer.of(0)])),
      }),
      /cannot be read/,
    ],
    'no document': [() => ({}), /cannot be read/],
  };
  await meetsOnly(async (request, answer) => {
    if (!request.path.includes('/evidence?nonce=')) return answer;
    recorded = await jsonOf(answer);
    return ofJson(answer, recorded);
  });
  for (const [name, [forge, why]] of Object.entries(attacks)) {
    const { said, work } = await meetsOnly(async (request, answer) =>
      isEvidence(request) ? ofJson(answer, await forge(await jsonOf(answer), request)) : answer,
    );
    expect(said, name).toMatch(why);
    expect(said, name).toContain('no_confidential_node');
    expect(work, name).toEqual([]);
  }
});
const nonceOf = (path: string): Uint8Array => Buffer.from(path.split('nonce=')[1] ?? '', 'hex');
const keysOf = (json: Record<string, unknown>) => json.channel_keys as Record<string, string>[];

test('each changed byte of the binding is refused', async () => {
  let at = 0;
  const start = 16 + 2 + 16; // behind both domains and the length of the binding
  for (const offset of [0, 32, 64, 72, 110, 142, 174, 206, 214]) {
    at = start + offset;
    const { said, work } = await meetsOnly(async (request, answer) => {
      if (!isEvidence(request)) return answer;
      const json = await jsonOf(answer);
      const bytes = Buffer.from(String(json.document), 'base64');
      bytes[at] = (bytes[at] as number) ^ 1;
      return ofJson(answer, { ...json, document: toBase64(bytes) });
    });
    expect(said, `byte ${offset}`).toContain('no_confidential_node');
    expect(work, `byte ${offset}`).toEqual([]);
  }
});

test('a node that answers in clear, or without its environment’s signature, is not believed', async () => {
  const clear = await meetsOnly((request, answer) =>
    isWork(request)
      ? { ...answer, header: (name) => (name === 'content-type' ? 'application/json' : answer.header(name)) }
      : answer,
  );
  expect(clear.said).toMatch(/in clear/);

  const { confidential } = node.node;
  const own = Buffer.from(String((await confidential?.describe())?.enclave_key), 'hex');
  const foreign = generateKeyPairSync('ed25519');
  const foreignKey = new Uint8Array(foreign.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  type Cosign = NonNullable<typeof confidential>['cosign'];
  const halves: Record<string, [Cosign, RegExp]> = {
    'the wallet alone': [(_, wallet) => wallet, /not signed inside the attested environment/],
    'the wallet, and nobody': [
      (_, wallet) => pairSignatures(wallet, own, new Uint8Array(64)),
      /its signature is not valid/,
    ],
    'the environment alone': [
      (receipt, wallet) => {
        const pair = (confidential as NonNullable<typeof confidential>).cosign(receipt, wallet);
        pair[20] = (pair[20] as number) ^ 1;
        return pair;
      },
      /its signature is not valid/,
    ],
    'a key of the operator': [
      (receipt, wallet) => pairSignatures(wallet, foreignKey, signRaw(foreign.privateKey, receipt)),
      /not signed inside the attested environment/,
    ],
  };
  try {
    for (const [name, [cosign, why]] of Object.entries(halves)) {
      Object.assign(node.node, { confidential: { ...confidential, cosign } });
      const half = await meetsOnly((_, answer) => answer);
      expect(half.said, name).toMatch(why);
    }
  } finally {
    Object.assign(node.node, { confidential });
  }
});

test('an answer that is cut is fetched again, whole and once; one that is changed is never shown', async () => {
  let cuts = 0;
  const { send } = between((request, answer) => {
    if (!isWork(request) || cuts >= 1) return answer;
    cuts++;
    async function* part() {
      for await (const bytes of answer.body) {
        yield bytes.subarray(0, bytes.length - 10);
        return;
      }
    }
    return { ...answer, body: part() };
  });
  const { client, events, buyer } = await makeBuyer({ transport: send });
  let text = '';
  for await (const chunk of await client.chat.completions.create({ ...ask, stream: true }))
    text += chunk.choices[0]?.delta.content ?? '';
  expect(cuts).toBe(1);
  expect(text).toMatch(/\w/);
  expect(events.filter(({ kind }) => kind === 'receipt')).toHaveLength(1);
  expect((await buyer.stacks())[0]?.promised).toBe(0n);

  const { said } = await meetsOnly((request, answer) => {
    if (!isWork(request)) return answer;
    async function* changed() {
      for await (const bytes of answer.body) {
        const other = Buffer.from(bytes);
        other[other.length - 1] = (other[other.length - 1] as number) ^ 1;
        yield other;
      }
    }
    return { ...answer, body: changed() };
  });
  expect(said).toMatch(/was changed, cut or reordered/);
});

test('a node that starts anew has new keys: the request is sealed again, and answered once', async () => {
  const { client, events } = await makeBuyer();
  await client.chat.completions.create(ask);
  const { confidential } = node.node;
  const identity = { chainId: node.node.identity.chainId, packageId: node.node.identity.packageId, node: node.id };
  Object.assign(node.node, { confidential: await openChannel(node.operator, identity, Date.now) });
  expect((await client.chat.completions.create(ask)).choices[0]?.message.content).toMatch(/\w/);
  expect(events.flatMap((event) => (event.kind === 'refused' ? [event.code] : []))).toEqual(['channel_key_gone']);
  expect(confidential).not.toBe(node.node.confidential);
});

test('--forget: the journal holds nothing that opens an answer; this process fetches it again, no other one can', async () => {
  const path = join(folder, 'forgetful');
  const atoma = await market.wallet();
  const journal = await openJournal({ path });
  const { client } = await makeBuyer({ atoma, journal, confidential: { judge, forget: true } });
  await client.chat.completions.create(ask);
  const rows = await journal.listRequests({ stages: ['receipt'] });
  expect(rows.map(({ body }) => body)).toEqual([null]);
  expect(rows[0]?.answerSignature?.length).toBe(193);
});

test('a key the chain does not name, and evidence it holds no hash of, are refused', async () => {
  const commitment = node.node.confidential?.commitment();
  if (!commitment) throw new Error('there is evidence');
  const nodeSmallId = node.id;
  try {
    await setNodeKeyCommitment(node.operator, { nodeSmallId, ...commitment, keyHash: new Uint8Array(32).fill(3) });
    expect(await outcome((await makeBuyer()).client)).toMatch(/the chain names another key/);
    await setNodeKeyCommitment(node.operator, { nodeSmallId, ...commitment, evidenceHash: new Uint8Array(32) });
    expect(await outcome((await makeBuyer()).client)).toMatch(/no evidence on chain/);
  } finally {
    await setNodeKeyCommitment(node.operator, { nodeSmallId, ...commitment });
  }
  expect(await outcome((await makeBuyer()).client)).toBe('answer string');
});

/** A text as it could lie somewhere: as it is, escaped, in hexadecimal, and in base64 at each of its three offsets. */
const forms = (text: string): readonly string[] => {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(before === 0 ? 0 : 4, -4),
  );
  return [text, text.slice(0, 12), text.slice(-12), bytes.toString('hex'), encodeURIComponent(text), ...base64];
};
const filesOf = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());

test('a marked prompt lies nowhere: not in files, logs or metrics of node and gateway, also when an engine quotes it in an error', async () => {
  const store = openGatewayStore({ path: join(folder, 'gateway.db') });
  const desk = await openDesk(market, {
    store,
    log,
    buyerOptions: {
      journal: await openJournal({ path: join(folder, 'gateway-journal') }),
      policy,
      confidential: { judge },
    },
  });
  const key = await desk.key();
  const named = { 'idempotency-key': 'one' };
  const first = await desk.post(key, ask, named);
  const answer = await first.text();
  expect([first.status, first.headers.get('x-atoma-confidential')]).toEqual([
    200,
    'rehearsal: no hardware protects this',
  ]);
  await expect.poll(async () => (await store.totals()).requests).toBe(1);
  // The key is free again once what belongs behind the answer is written.
  let replayed = '';
  const again = async (): Promise<number> => {
    const response = await desk.post(key, ask, named);
    replayed = await response.text();
    return response.status;
  };
  await expect.poll(again).toBe(200);
  const text = (body: string): string => JSON.parse(body).choices[0].message.content;
  expect(text(replayed)).toBe(text(answer));
  const words = text(answer).slice(0, 24);
  await (await desk.post(key, { ...ask, stream: true }, { 'idempotency-key': 'two' })).text();
  for (const stream of [false, true]) {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ model, input: MARK, max_output_tokens: 40, stream });
    const told = await fetch(`${desk.url}/v1/responses`, { method: 'POST', headers, body });
    expect([told.status, (await told.text()).includes(words)]).toEqual([200, true]);
  }
  await (await desk.post(key, { ...ask, [`x_${MARK}`]: 1 })).text();
  upstream.behaviour.raw = () => ({ type: 'application/json', body: `{"oops": "${MARK}` });
  await (await desk.post(key, { ...ask, model: 'up' })).text();
  // Said in pieces, each of them a part of the mark, and broken off within one that cannot be parsed.
  const pieces = [MARK.slice(0, 12), MARK.slice(12)].map(
    (content) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`,
  );
  upstream.behaviour.raw = () => ({
    type: 'text/event-stream',
    body: `${pieces.join('')}data: {"oops": "${MARK}\n\n`,
  });
  const broken = await (await desk.post(key, { ...ask, model: 'up', stream: true })).text();
  expect(broken).toContain(MARK.slice(0, 12));
  const metrics = [await node.node.metrics.registry.metrics(), await desk.gateway.metrics.registry.metrics()].join(
    '\n',
  );
  await desk.close();

  const files = filesOf(folder);
  expect(files.length).toBeGreaterThan(3);
  // Nor what a guess could be tried against: no plain hash of the request.
  const told = Buffer.from(`/v1/chat/completions\n${JSON.stringify(ask)}`);
  const guesses = ['sha256', 'blake2b512', 'sha512'].flatMap((name) => [
    hash(name, told, 'buffer'),
    hash(name, JSON.stringify(ask), 'buffer'),
  ]);
  guesses.push(Buffer.from(blake2b256(Buffer.from(JSON.stringify(ask)))));
  for (const guess of guesses) for (const file of files) expect(readFileSync(file).includes(guess), file).toBe(false);
  for (const form of [...forms(MARK), ...forms(words)]) {
    for (const file of files) expect(readFileSync(file).includes(form), `${form} in ${file}`).toBe(false);
    expect(written.join(''), form).not.toContain(form);
    expect(metrics, form).not.toContain(form);
  }
});
