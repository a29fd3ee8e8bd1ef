/**
 * The gateway with a node behind it, against a bare reverse proxy and (where it is installed: `npm --prefix bench/peers
 * install`) Portkey, all in front of the same fixed back end in one run: added latency, requests a second, time to the
 * first piece, processor time, memory, drift; and the gateway's three faces against each other. Every part is a process of its own.
 * `--runs n` does all of it n times and prints the medians, also of what the gateway takes relative to the others, which is divided within
 * each run. `--requests n` sets the size of the memory run (5,000), `--power` syncs journal, books and ledger to disk, `--quick` makes a
 * tenth of the requests: a look at whether all of it runs, not at how fast.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { freePorts } from '../packages/cli/src/up/ports.ts';
import { signRequest } from '../packages/sdk/src/index.ts';
import { absent, median, type Row, report } from './report.ts';
import { type Child, processorOf, residentOf, startScript } from './support/children.ts';
import { inRuns, numberOf } from './support/runs.ts';

const durability = process.argv.includes('--power') ? 'power' : 'process';
const title = `Gateway, durability ${durability}`;
if (inRuns(title)) process.exit(0);

/** A way to the back end. */
interface Way {
  readonly name: string;
  readonly url: string;
  /** Headers of the next request, made before its time is taken. */
  readonly headers: (body: Uint8Array) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  readonly pid: number | undefined;
  /** A process behind it that counts as its own. */
  readonly behind?: number | undefined;
  /** Default: chat completions. */
  readonly path?: string;
}

interface Timing {
  readonly status: number;
  readonly firstMs: number;
  readonly totalMs: number;
  readonly body: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const post = async ({ url, headers, path = '/v1/chat/completions' }: Way, body: Uint8Array): Promise<Timing> => {
  const own = await headers(body);
  return new Promise((done, fail) => {
    const from = performance.now();
    const all = { 'content-type': 'application/json', 'content-length': String(body.length), ...own };
    const call = request(url + path, { method: 'POST', agent, headers: all }, (response) => {
      let [text, firstMs] = ['', 0];
      response.on('data', (part: Buffer) => {
        firstMs ||= performance.now() - from;
        text += part;
      });
      response.on('end', () =>
        done({ status: response.statusCode ?? 0, firstMs, totalMs: performance.now() - from, body: text }),
      );
    });
    call.on('error', fail);
    call.end(body);
  });
};

const bytesOf = (body: object): Uint8Array => Buffer.from(JSON.stringify({ model: 'up', ...body }));
const turns = [{ role: 'user', content: 'x'.repeat(1_950) }];
const plain = bytesOf({ max_tokens: 20, messages: turns });
const streamed = bytesOf({ max_tokens: 20, stream: true, messages: turns });
/** The same question to each face of the gateway. */
const faces: readonly (readonly [path: string, body: Uint8Array])[] = [
  ['/v1/chat/completions', plain],
  ['/v1/responses', bytesOf({ max_output_tokens: 20, input: turns })],
  ['/v1/messages', bytesOf({ max_tokens: 20, messages: turns })],
];

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] as number;

const portkeyMain = resolve(
  process.env.ATOMA_BENCH_PEERS ?? join(import.meta.dirname, 'peers'),
  'node_modules/@portkey-ai/gateway/build/start-server.js',
);

/** Portkey in front of the back end. Throws where it is not installed or does not come up. */
const startPortkey = async (upstream: string): Promise<{ way: Way; stop: () => void }> => {
  if (!existsSync(portkeyMain)) throw Error('it is not installed: npm --prefix bench/peers ci');
  const port = (await freePorts(1))[0] as number;
  const child = spawn(process.execPath, [portkeyMain, `--port=${port}`, '--headless'], {
    stdio: 'ignore',
    env: { ...process.env, TRUSTED_CUSTOM_HOSTS: '127.0.0.1,localhost' },
  });
  const headers = () => ({
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `${upstream}/v1`,
    authorization: 'Bearer x',
  });
  const way = { name: 'Portkey', url: `http://127.0.0.1:${port}`, headers, pid: child.pid };
  for (let i = 0; i < 100; i++) {
    await new Promise((done) => setTimeout(done, 100));
    const answer = await post(way, plain).catch(() => undefined);
    if (answer?.status === 200) return { way, stop: () => child.kill('SIGKILL') };
  }
  child.kill('SIGKILL');
  throw Error('it did not answer within 10 s');
};

/** Requests to a way, each right after one to the back end itself. */
interface Pairs {
  readonly own: Timing[];
  readonly base: Timing[];
}

/** Pairs of one way in a row: what one way does behind its answers must not fall into the requests of another. */
const BLOCK = 50;

/** Every way in turn, block by block, so that the machine's mood is the same for all. */
const compare = async (ways: readonly Way[], body: Uint8Array, count: number): Promise<readonly Pairs[]> => {
  const pairs = ways.map((): Pairs => ({ own: [], base: [] }));
  for (let done = 0; done < count; done += BLOCK)
    for (const [i, way] of ways.entries())
      for (let n = 0; n < BLOCK; n++) {
        pairs[i]?.base.push(await post(direct, body));
        pairs[i]?.own.push(await post(way, body));
      }
  return pairs;
};

const totalOf = (timings: readonly Timing[], share: number): number =>
  percentile(
    timings.map(({ totalMs }) => totalMs),
    share,
  );
/** What a way adds at a percentile, ms. */
const addedAt = ({ own, base }: Pairs, share: number): number => totalOf(own, share) - totalOf(base, share);
const addedToFirst = ({ own, base }: Pairs): number => {
  const first = (of: readonly Timing[]) => median(of.map(({ firstMs }) => firstMs));
  return first(own) - first(base);
};

/** Processor time of a way's own processes, us; null where the system does not tell. */
const processorOfWay = async ({ pid, behind }: Way): Promise<number | null> => {
  const times = await Promise.all([pid, behind].map((each) => (each === undefined ? 0 : processorOf(each))));
  return times.includes(null) ? null : times.reduce((sum: number, each) => sum + (each ?? 0), 0);
};

/** What a way's own processes take for each of `count` requests that `send` sends, us; null where the system does not tell. */
const costOf = async (way: Way, count: number, send: () => Promise<unknown>): Promise<number | null> => {
  const before = await processorOfWay(way);
  await send();
  const after = await processorOfWay(way);
  return before === null || after === null ? null : (after - before) / count;
};

/** p50 of each face, ms: the median of runs in turns. */
const compareFaces = async (way: Way, runs: number, count: number): Promise<readonly number[]> => {
  const medians: number[][] = faces.map(() => []);
  for (let run = 0; run < runs; run++)
    for (const [at, [path, body]] of faces.entries()) {
      const times: number[] = [];
      for (let i = 0; i < count; i++) {
        const { status, totalMs, body: text } = await post({ ...way, path }, body);
        if (status !== 200) throw Error(`${path}: ${status} ${text.slice(0, 200)}`);
        times.push(totalMs);
      }
      medians[at]?.push(median(times));
    }
  return medians.map(median);
};

const rate = async (way: Way, count: number, many = 64): Promise<number> => {
  let next = 0;
  const from = performance.now();
  await Promise.all(
    Array.from({ length: many }, async () => {
      while (next++ < count) {
        const { status, body } = await post(way, plain);
        if (status !== 200) throw Error(`${way.name}: ${status} ${body.slice(0, 200)}`);
      }
    }),
  );
  return (count * 1_000) / (performance.now() - from);
};

const directory = mkdtempSync(join(tmpdir(), 'atoma-gateway-bench-'));
const children: Child[] = [];
const started = (child: Child): Child => {
  children.push(child);
  return child;
};
const upstream = started(startScript('upstream-process.ts'));
const { url: upstreamUrl } = (await upstream.next()) as { url: string };
const market = started(startScript('market-process.ts', upstreamUrl, join(directory, 'node.sqlite'), durability));
const info = await market.next();
const of = (name: string): string => info[name] as string;
const gateway = started(
  startScript('gateway-process.ts', of('ledger'), of('deployment'), of('secret'), directory, durability),
);
const { url: gatewayUrl, key } = (await gateway.next()) as { url: string; key: string };
const proxy = started(startScript('proxy-process.ts', upstreamUrl));
const { url: proxyUrl } = (await proxy.next()) as { url: string };
const peer = await startPortkey(upstreamUrl).catch((error: unknown) => absent('Portkey', error));
const portkey = 'why' in peer ? undefined : peer;

const direct: Way = { name: 'direct', url: upstreamUrl, headers: () => ({}), pid: undefined };
const atoma: Way = {
  name: 'gateway and node',
  url: gatewayUrl,
  headers: () => ({ authorization: `Bearer ${key}` }),
  pid: gateway.process.pid,
  behind: market.process.pid,
};
const bare: Way = { name: 'bare proxy', url: proxyUrl, headers: () => ({}), pid: proxy.process.pid };
const hand = {
  chainId: new Uint8Array(Buffer.from(of('chainId'), 'hex')),
  packageId: new Uint8Array(Buffer.from(of('packageId'), 'hex')),
  stack: BigInt(of('handStack')),
  node: BigInt(of('nodeId')),
  signer: Ed25519Keypair.fromSecretKey(of('handSecret')),
  endpoint: '/v1/chat/completions',
  model: 'up',
  maxUnits: 4_000n,
};
/** The node without the gateway: what is left of the sum is the gateway's. */
const node: Way = {
  name: 'node alone, signed before',
  url: of('nodeUrl'),
  headers: async (body) => (await signRequest({ ...hand, body })).headers,
  pid: market.process.pid,
};
/** Order of the rows. */
const ways = [bare, atoma, node, ...(portkey ? [portkey.way] : [])];
/** Share of the requests that is made. */
const share = process.argv.includes('--quick') ? 0.1 : 1;
/** Memory is looked at after each of so many equal parts. */
const PARTS = 4;
/** Requests right after the start, one at a time: a figure of its own. */
const FRESH = 500 * share;
/**
 * Requests each way serves before it is measured, 64 at once and then one at a time: what a runtime compiles in its first minutes is not
 * what a user meets later, and a program goes other ways under load than at rest. Behind load it takes some 3,000 until it is steady.
 */
const WARM_UP = { concurrent: 10_000 * share, single: 6_000 * share } as const;

const rows: Row[] = [];
try {
  const fresh = await compare(ways, plain, FRESH);
  for (const way of [direct, ...ways]) await rate(way, WARM_UP.concurrent);
  await compare(ways, plain, WARM_UP.single);
  await compare(ways, streamed, 200);
  const idle = await residentOf(gateway.process.pid as number);
  const whole = await compare(ways, plain, 1_000 * share);
  const streams = await compare(ways, streamed, 200);
  const direct50 = totalOf(
    whole.flatMap(({ base }) => base),
    0.5,
  );
  rows.push({ name: 'direct p50', value: direct50, unit: 'ms' });
  ways.forEach((way, i) => {
    const pairs = whole[i] as Pairs;
    const first = addedAt(fresh[i] as Pairs, 0.5);
    const target = (text: string) => (way === atoma ? { target: text } : {});
    rows.push(
      { name: `${way.name}: added p50`, value: addedAt(pairs, 0.5), unit: 'ms', ...target('<= 1.0') },
      { name: `${way.name}: added p99`, value: addedAt(pairs, 0.99), unit: 'ms', ...target('<= 5') },
      {
        name: `${way.name}: added time to first piece`,
        value: addedToFirst(streams[i] as Pairs),
        unit: 'ms',
        ...target('<= 2'),
      },
      { name: `${way.name}: added p50 of its first ${FRESH}`, value: first, unit: 'ms' },
    );
  });
  const added = (way: Way) => addedAt(whole[ways.indexOf(way)] as Pairs, 0.5);
  rows.push({ name: 'gateway without its node: added p50', value: added(atoma) - added(node), unit: 'ms' });
  for (const way of [direct, ...ways].filter((each) => each !== node)) {
    const single = 2_000 * share;
    const alone = await costOf(way, single, () => rate(way, single, 1));
    await rate(way, 200);
    const rates: number[] = [];
    const together = await costOf(way, 3_000 * share, async () => {
      for (let run = 0; run < 3; run++) rates.push(await rate(way, 1_000 * share));
    });
    const target = way === atoma ? { target: '>= 1,500' } : {};
    rows.push({ name: `${way.name}: requests at 64 concurrent`, value: median(rates), unit: 'per second', ...target });
    if (way !== direct && alone !== null && together !== null)
      rows.push(
        { name: `${way.name}: processor time a request, one at a time`, value: alone, unit: 'us' },
        { name: `${way.name}: processor time a request, 64 at once`, value: together, unit: 'us' },
      );
  }
  const relative = (what: string, to: Way | undefined, target: string): void => {
    const of = (way: Way) => rows.find(({ name }) => name === `${way.name}: ${what}`)?.value ?? Number.NaN;
    if (!to) return;
    const name = `${atoma.name}: ${what}, relative to ${to.name}`;
    rows.push({ name, value: of(atoma) / of(to), unit: 'times', target });
  };
  relative('added p50', portkey?.way, '<= 1.3');
  relative('added p50', bare, '<= 4.5');
  relative('requests at 64 concurrent', portkey?.way, '>= 1.0');
  relative('added time to first piece', portkey?.way, '<= 1.5');
  relative(`added p50 of its first ${FRESH}`, portkey?.way, '<= 1.3');
  await compareFaces(atoma, 3, 300 * share);
  const times = await compareFaces(atoma, 9, 200 * share);
  faces.forEach(([path], at) => {
    const value = (times[at] as number) / Math.min(...times);
    rows.push({ name: `${path}: p50 relative to the fastest face`, value, unit: 'times', target: '<= 1.15' });
  });
  const requests = numberOf('--requests', 5_000 * share);
  const curve: number[] = [];
  for (let part = 0; part < PARTS; part++) {
    await rate(atoma, Math.ceil(requests / PARTS));
    await new Promise((done) => setTimeout(done, 1_000));
    await gateway.ask('?');
    curve.push((await residentOf(gateway.process.pid as number)) ?? 0);
  }
  const state = await gateway.ask('?');
  const [middle, after] = [curve[PARTS / 2 - 1] as number, curve.at(-1) as number];
  if (idle !== null && after > 0)
    rows.push(
      { name: `gateway: memory after ${requests} more requests`, value: after, unit: 'MB' },
      { name: 'gateway: memory relative to before', value: after / idle, unit: 'times', target: '<= 1.2' },
      { name: 'gateway: memory at the end, against the middle of them', value: after / middle, unit: 'times' },
    );
  const portkeyMemory = portkey?.way.pid === undefined ? null : await residentOf(portkey.way.pid);
  if (portkeyMemory !== null) rows.push({ name: 'Portkey: memory', value: portkeyMemory, unit: 'MB' });
  const { consumed } = await market.ask('?');
  const drift = Number(BigInt(consumed as string) - BigInt(state.units as string));
  rows.push({ name: 'gateway books minus node meter', value: drift, unit: 'units', target: '0' });
  report(title, 'why' in peer ? [...rows, peer] : rows);
} finally {
  portkey?.stop();
  for (const child of children) child.stop();
  rmSync(directory, { recursive: true, force: true });
}
