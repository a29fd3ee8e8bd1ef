/**
 * The node between a buyer and a fixed back end: added latency, requests a second, drift of the meter, memory. Back end and node
 * run in processes of their own. `--power` syncs every receipt to disk, `--requests n` sets the size of the drift run (10,000), `--memory n` of the memory run (0).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { loadFastBlake2b } from '../packages/base/src/index.ts';
import {
  fromBase64,
  parseSignature,
  receiptLayout,
  type SignedRequest,
  signRequest,
  verifyEd25519,
} from '../packages/sdk/src/index.ts';
import { median, type Row, report } from './report.ts';
import { startScript } from './support/children.ts';

const numberOf = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly firstMs: number;
  readonly totalMs: number;
}
const post = (
  url: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
  cutAfter?: number,
): Promise<Answer> =>
  new Promise((done, fail) => {
    const from = performance.now();
    const call = request(
      url,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': body.length, ...headers },
      },
      (response) => {
        let text = '';
        let firstMs = 0;
        response.on('data', (part: Buffer) => {
          firstMs ||= performance.now() - from;
          text += part;
          if (cutAfter !== undefined && text.length > cutAfter) call.destroy();
        });
        const end = (): void =>
          done({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: text,
            firstMs,
            totalMs: performance.now() - from,
          });
        response.on('end', end).on('error', end);
      },
    );
    call.on('error', (error) =>
      cutAfter === undefined ? fail(error) : done({ status: 0, headers: {}, body: '', firstMs: 0, totalMs: 0 }),
    );
    call.end(body);
  });

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] as number;

await loadFastBlake2b();
/** `--power`: every receipt is on disk before it leaves; the default survives the end of the process. */
const durability = process.argv.includes('--power') ? 'power' : 'process';
const directory = mkdtempSync(join(tmpdir(), 'atoma-bench-'));
const upstream = startScript('upstream-process.ts');
const { url: upstreamUrl } = await upstream.next();
const node = startScript('node-process.ts', upstreamUrl as string, join(directory, 'node.db'), durability);
const info = await node.next();
const signer = Ed25519Keypair.fromSecretKey(info.secret as string);
const hex = (name: string): Uint8Array => new Uint8Array(Buffer.from(info[name] as string, 'hex'));
const endpoint = '/v1/chat/completions';
const prompt = 'x'.repeat(1800);
const bodyOf = (stream: boolean): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      model: 'up',
      max_tokens: 20,
      ...(stream ? { stream } : {}),
      messages: [{ role: 'user', content: prompt }],
    }),
  );
const sign = (body: Uint8Array): Promise<SignedRequest> =>
  signRequest({
    chainId: hex('chainId'),
    packageId: hex('packageId'),
    stack: BigInt(info.stack as string),
    node: BigInt(info.node as string),
    signer,
    endpoint,
    model: 'up',
    body,
    maxUnits: 2_500n,
  });
const nodeUrl = `${info.url}${endpoint}`;
const state = async (ask = '?'): Promise<Record<string, string>> => {
  return node.ask(ask);
};

const plain = bodyOf(false);
const streamed = bodyOf(true);
const direct = (body: Uint8Array): Promise<Answer> => post(upstreamUrl + endpoint, body, {});
const through = async (body: Uint8Array): Promise<Answer> => post(nodeUrl, body, (await sign(body)).headers);

/** Alternates both ways so that the machine's mood is the same for both. */
const compare = async (body: Uint8Array, rounds: number) => {
  const [base, added]: [Answer[], Answer[]] = [[], []];
  for (let i = 0; i < rounds; i++) {
    base.push(await direct(body));
    const signed = await sign(body);
    added.push(await post(nodeUrl, body, signed.headers));
  }
  return { base, added };
};
await compare(plain, 300);
const idle = await state();
const whole = await compare(plain, 1_000);
const stream = await compare(streamed, 300);
const own = whole.added.map((answer) => Number(answer.headers['atoma-overhead-ms']));

const many = async (count: number, each: (i: number) => Promise<void>, concurrent = 64): Promise<number> => {
  const from = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: concurrent }, async () => {
      for (let i = next++; i < count; i = next++) await each(i);
    }),
  );
  return (count * 1000) / (performance.now() - from);
};
const prepared = await Promise.all(Array.from({ length: 4_000 }, () => sign(plain)));
const cpuBefore = Number((await state()).cpu);
const rates: number[] = [];
for (let run = 0; run < 4; run++)
  rates.push(
    await many(
      1_000,
      async (i) => void (await post(nodeUrl, plain, (prepared[run * 1_000 + i] as SignedRequest).headers)),
    ),
  );
const cpuEach = (Number((await state()).cpu) - cpuBefore) / (rates.length * 1_000);
const directRate = await many(2_000, async () => void (await direct(plain)));

/** Mixed work: whole, streamed, cut by the client, refused, retried. The buyer adds up the receipts it has verified. */
const requests = numberOf('--requests', 10_000);
const before = BigInt((await state()).consumed as string);
const seen = new Map<string, bigint>();
const take = (receipt: string | undefined, signature: string | undefined): void => {
  const bytes = fromBase64(receipt ?? '');
  const parsed = parseSignature(fromBase64(signature ?? '') as Uint8Array);
  if (!bytes || parsed.address !== info.address || !verifyEd25519(bytes, parsed)) return;
  const { requestId, units } = receiptLayout.decode(bytes);
  seen.set(Buffer.from(requestId).toString('hex'), units);
};
const takeAnswer = (answer: Answer): void => {
  const { 'atoma-receipt': receipt, 'atoma-receipt-signature': signature } = answer.headers;
  if (typeof receipt === 'string') take(receipt, signature as string);
  const event = /event: atoma\.receipt\ndata: (.*)\n/.exec(answer.body)?.[1];
  if (event) {
    const { receipt: bytes, signature: by } = JSON.parse(event) as { receipt: string; signature: string };
    take(bytes, by);
  }
};
const refusedBody = Buffer.from(
  JSON.stringify({ model: 'up', unknown: 1, messages: [{ role: 'user', content: 'x' }] }),
);
const retry = async (body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<void> => {
  for (let i = 0; i < 50; i++) {
    const answer = await post(nodeUrl, body, headers);
    takeAnswer(answer);
    if (answer.status === 200) return;
  }
};
await many(
  requests,
  async (i) => {
    const kind = i % 10;
    const body = kind === 9 ? refusedBody : kind >= 5 ? streamed : plain;
    const { headers } = await sign(body);
    if (kind === 7) {
      await post(nodeUrl, body, headers, 300);
      await retry(body, headers);
    } else takeAnswer(await post(nodeUrl, body, headers));
    if (kind === 0) await retry(body, headers);
  },
  64,
);
const after = await state('chain');
const billed = [...seen.values()].reduce((sum, units) => sum + units, 0n);
const drift = Number(BigInt(after.consumed as string) - before - billed);

const memory = numberOf('--memory', 0);
/** Resident memory at ten points of the run, MB: whether it is still growing at the end. */
const curve: number[] = [];
for (let part = 0; part < 10 && memory > 0; part++) {
  await many(Math.ceil(memory / 10), async () => void (await through(plain)));
  curve.push(Math.round(Number((await state()).rss) / 1e6));
}
const end = memory > 0 ? await state('chain') : after;

/** The whole history frozen and written as a transcript. */
const history = await node.ask('history');

const of = (answers: readonly Answer[], share: number, value: 'totalMs' | 'firstMs'): number =>
  percentile(
    answers.map((answer) => answer[value]),
    share,
  );
const rows: readonly Row[] = [
  { name: 'back end alone, p50', value: of(whole.base, 0.5, 'totalMs'), unit: 'ms' },
  {
    name: 'added latency, p50',
    value: of(whole.added, 0.5, 'totalMs') - of(whole.base, 0.5, 'totalMs'),
    unit: 'ms',
    target: '1 with a gateway in front',
  },
  {
    name: 'added latency, p99',
    value: of(whole.added, 0.99, 'totalMs') - of(whole.base, 0.99, 'totalMs'),
    unit: 'ms',
    target: '5 with a gateway in front',
  },
  { name: 'own overhead as reported, p50', value: percentile(own, 0.5), unit: 'ms' },
  {
    name: 'added time to first streamed token, p50',
    value: of(stream.added, 0.5, 'firstMs') - of(stream.base, 0.5, 'firstMs'),
    unit: 'ms',
    target: '2',
  },
  { name: 'requests at 64 concurrent', value: median(rates), unit: 'per second', target: '1,500' },
  { name: 'processor time of the node per request', value: cpuEach, unit: 'us', target: '650' },
  { name: 'back end alone at 64 concurrent', value: directRate, unit: 'per second' },
  { name: `meter drift over ${requests} mixed requests`, value: drift, unit: 'units', target: '0' },
  { name: 'ledger rules broken', value: Number(end.breaches), unit: 'times', target: '0' },
  {
    name: `memory after ${Number(end.leaves)} requests`,
    value: Number(end.rss) / Number(idle.rss),
    unit: 'times idle',
    target: '1.2',
  },
  {
    name: 'live memory after the same',
    value: Number(end.heap) / Number(idle.heap),
    unit: 'times idle',
    target: '1.2',
  },
  { name: 'memory', value: Number(end.rss) / 1e6, unit: 'MB' },
  ...(curve.length === 0
    ? []
    : [
        {
          name: `memory at the end of ${memory} requests, against the middle of the run`,
          value: (curve.at(-1) as number) / (curve[4] as number),
          unit: 'times',
          target: '1.05',
        },
      ]),
  {
    name: `added by freezing ${Number(end.leaves)} requests and writing their transcript (${Math.round(Number(history.bytes) / 1e6)} MB)`,
    value: (Number(history.peak) - Number(history.before)) / 1e6,
    unit: 'MB',
  },
  { name: 'freezing', value: Number(history.freezeMs), unit: 'ms' },
  { name: 'part of it in which nothing else is answered', value: Number(history.blockedMs), unit: 'ms' },
  { name: 'writing the transcript', value: Number(history.transcriptMs), unit: 'ms' },
];
if (curve.length > 0) console.log(`resident memory along the run, MB: ${curve.join(' ')}`);
report(`node, durability ${durability}`, rows);
agent.destroy();
for (const child of [node, upstream]) {
  child.stop();
}
rmSync(directory, { recursive: true, force: true });
