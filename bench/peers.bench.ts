/**
 * The embedded ledger beside the local chains people know, in one run on one machine: time until the RPC answers, serial
 * transactions a second over HTTP, transactions a second inside a process, memory afterwards. Theirs are plain transfers,
 * ours are contract calls with events on a shared object, signed, durable, and returned with their effects; theirs are not
 * durable, and only their sending is timed. Needs `npm --prefix bench/peers ci`; a peer that does not start has a row that says why.
 * Run: node bench/peers.bench.ts [--count N] [--json]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GrpcTypes, SuiGrpcClient } from '@mysten/sui/grpc';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Transaction } from '@mysten/sui/transactions';
import { build } from 'esbuild';
import { freePorts } from '../packages/cli/src/up/ports.ts';
import { closeLedger, fundAddress, type StoredObject, submitTransaction } from '../packages/localnet/src/index.ts';
import { compileDemo } from '../packages/localnet/src/testing/demo.ts';
import { buildTransaction, createdBy, openDemo, send, signBy } from '../packages/localnet/src/testing/fixture.ts';
import { type Absent, absent, type Row, report } from './report.ts';
import { residentOf } from './support/children.ts';

const peers = resolve(import.meta.dirname, 'peers');
const inPeers = createRequire(join(peers, 'package.json'));
const scratch = mkdtempSync(join(tmpdir(), 'peers-bench-'));
const at = process.argv.indexOf('--count');
const COUNT = at < 0 ? 1_000 : Number(process.argv[at + 1]);
const WARM = 100;

/** The well-known throw-away mnemonic of Ethereum's development chains. */
const MNEMONIC = 'test test test test test test test test test test test junk';

const perSecond = (count: number, fromMs: number): number => (count * 1_000) / (performance.now() - fromMs);

interface Figures {
  readonly name: string;
  readonly readyMs?: number;
  readonly httpPerSecond?: number;
  /** By way of the chain's own client library. */
  readonly clientPerSecond?: number;
  readonly processPerSecond?: number;
  readonly memoryMb?: number;
}

const rpc = async (url: string, method: string, params: readonly unknown[]): Promise<unknown> => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { result, error } = (await reply.json()) as { result?: unknown; error?: unknown };
  if (error) throw error;
  return result;
};

const untilAnswered = async (ask: () => Promise<unknown>): Promise<void> => {
  for (let i = 0; i < 4_000; i++) {
    try {
      await ask();
      return;
    } catch {
      await new Promise((next) => setTimeout(next, 5));
    }
  }
  throw new Error('no answer in 20 s'); // a bench, not a package
};

interface Evm {
  readonly name: string;
  readonly program: string;
  readonly args: (port: number) => readonly string[];
}

const evms: readonly Evm[] = [
  { name: 'Anvil', program: 'anvil', args: (port) => ['--port', String(port), '--silent'] },
  {
    name: 'Hardhat',
    program: 'hardhat',
    args: (port) => ['node', '--port', String(port), '--config', join(peers, 'hardhat.config.js')],
  },
  {
    name: 'Ganache',
    program: 'ganache',
    args: (port) => ['--server.port', String(port), '--wallet.mnemonic', MNEMONIC, '--logging.quiet'],
  },
];

/** Signed transfers of one wei each from the first well-known account. */
const signTransfers = async (chainId: number, count: number): Promise<readonly string[]> => {
  const accounts = (await import(pathToFileURL(inPeers.resolve('viem/accounts')).href)) as {
    mnemonicToAccount: (words: string) => { signTransaction: (tx: object) => Promise<string> };
  };
  const account = accounts.mnemonicToAccount(MNEMONIC);
  const base = {
    chainId,
    type: 'eip1559',
    gas: 21_000n,
    maxFeePerGas: 10n ** 11n,
    maxPriorityFeePerGas: 1n,
    value: 1n,
  };
  const to = `0x${'22'.repeat(20)}`;
  return Promise.all(Array.from({ length: count }, (_, nonce) => account.signTransaction({ ...base, to, nonce })));
};

const stop = async (child: ChildProcess): Promise<void> => {
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await Promise.race([ended, new Promise((next) => setTimeout(next, 3_000))]);
  child.kill('SIGKILL');
};

/** A process and those it started: some peers come as a script around a program. */
const familyOf = (pid: number): readonly number[] => {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [
    pid,
    ...text
      .split(' ')
      .filter(Boolean)
      .flatMap((child) => familyOf(Number(child))),
  ];
};

const memoryOf = async (child: ChildProcess): Promise<{ memoryMb?: number }> => {
  if (process.platform !== 'linux') return {};
  const all = await Promise.all(familyOf(child.pid as number).map(residentOf));
  return { memoryMb: all.reduce<number>((sum, memory) => sum + (memory ?? 0), 0) };
};

/** Why a peer is not measured. */
const NOT_INSTALLED = 'it is not installed: npm --prefix bench/peers ci';

const measureEvm = async ({ name, program, args }: Evm): Promise<Figures> => {
  const bin = join(peers, 'node_modules/.bin', program);
  if (!existsSync(bin)) throw Error(NOT_INSTALLED);
  const port = (await freePorts(1))[0] as number;
  const url = `http://127.0.0.1:${port}`;
  const from = performance.now();
  const child = spawn(bin, args(port), { cwd: peers, stdio: 'ignore' });
  try {
    await untilAnswered(() => rpc(url, 'eth_chainId', []));
    const readyMs = performance.now() - from;
    const chainId = Number(await rpc(url, 'eth_chainId', []));
    const signed = await signTransfers(chainId, WARM + COUNT);
    for (const raw of signed.slice(0, WARM)) await rpc(url, 'eth_sendRawTransaction', [raw]);
    const start = performance.now();
    for (const raw of signed.slice(WARM)) await rpc(url, 'eth_sendRawTransaction', [raw]);
    const httpPerSecond = perSecond(COUNT, start);
    return { name, readyMs, httpPerSecond, ...(await memoryOf(child)) };
  } finally {
    await stop(child);
  }
};

/** LiteSVM runs inside this process: signed transfers, signatures checked, nothing on disk. */
const measureLiteSvm = async (): Promise<Figures> => {
  if (!existsSync(join(peers, 'node_modules/litesvm'))) throw Error(NOT_INSTALLED);
  const script = `
    import { LiteSVM } from 'litesvm';
    import * as kit from '@solana/kit';
    const [count] = process.argv.slice(1).map(Number);
    const svm = new LiteSVM();
    const signer = await kit.generateKeyPairSigner();
    const to = (await kit.generateKeyPairSigner()).address;
    svm.airdrop(signer.address, kit.lamports(10n ** 12n));
    const { getTransferSolInstruction } = await import('@solana-program/system');
    const signed = [];
    for (let i = 0; i < count; i++) {
      const message = kit.pipe(
        kit.createTransactionMessage({ version: 0 }),
        (m) => kit.setTransactionMessageFeePayerSigner(signer, m),
        (m) => svm.setTransactionMessageLifetimeUsingLatestBlockhash(m),
        (m) => kit.appendTransactionMessageInstruction(
          getTransferSolInstruction({ source: signer, destination: to, amount: 1_000_000n + BigInt(i) }), m),
      );
      signed.push(await kit.signTransactionMessageWithSigners(message));
    }
    const from = performance.now();
    for (const transaction of signed) {
      const result = svm.sendTransaction(transaction);
      if (typeof result.err === "function") throw new Error(String(result.err()));
    }
    console.log(JSON.stringify([count * 1000 / (performance.now() - from), process.memoryUsage().rss / 1e6]));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, String(COUNT)], { cwd: peers });
  let text = '';
  for await (const part of child.stdout) text += String(part);
  if (text === '') throw Error('it ended without figures');
  const [processPerSecond, memoryMb] = JSON.parse(text) as [number, number];
  return { name: 'LiteSVM', processPerSecond, memoryMb };
};

const bundleServer = async (): Promise<string> => {
  const outfile = join(scratch, 'server.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'support/ledger-server.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    minify: true,
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return outfile;
};

const fund = (url: string, recipient: string): Promise<Response> =>
  fetch(`${url}/v2/gas`, { method: 'POST', body: JSON.stringify({ FixedAmountRequest: { recipient } }) });

type Build = (transaction: Transaction) => void;

const run = async (client: SuiGrpcClient, signer: Ed25519Keypair, fill: Build) => {
  const transaction = new Transaction();
  fill(transaction);
  const include = { effects: true, objectTypes: true } as const;
  const result = await client.signAndExecuteTransaction({ transaction, signer, include });
  if (!result.Transaction) throw result;
  return result.Transaction;
};

/** Coins to pay with, so that all transactions can be signed before any is sent. */
const splitGas = async (client: SuiGrpcClient, bank: Ed25519Keypair, to: string, count: number) => {
  const payments: { objectId: string; version: string; digest: string }[] = [];
  while (payments.length < count) {
    const made = await run(client, bank, (t) => {
      const coins = t.splitCoins(t.gas, new Array(100).fill(50_000_000));
      const list = Array.from({ length: 100 }, (_, i) => coins[i] as never);
      t.transferObjects(list, to);
    });
    for (const change of made.effects?.changedObjects ?? [])
      if (change.idOperation === 'Created')
        payments.push({
          objectId: change.objectId,
          version: String(change.outputVersion),
          digest: String(change.outputDigest),
        });
  }
  return payments.slice(0, count);
};

const signedCalls = async (client: SuiGrpcClient, bank: Ed25519Keypair, count: number) => {
  const signer = Ed25519Keypair.generate(); // the bank's own transactions take all of its coins
  const demo = await compileDemo();
  const published = await run(client, bank, (t) => t.transferObjects([t.publish(demo)], bank.toSuiAddress()));
  const pkg = published.effects?.changedObjects.find(({ outputState }) => outputState === 'PackageWrite')?.objectId;
  const shared = await run(client, bank, (t) => t.moveCall({ target: `${pkg}::demo::create` }));
  const counter = shared.effects?.changedObjects.find(({ idOperation }) => idOperation === 'Created')
    ?.objectId as string;
  const initialSharedVersion = (await client.getObject({ objectId: counter })).object.version;
  const signed: { readonly transaction: Uint8Array; readonly signatures: string[] }[] = [];
  for (const payment of await splitGas(client, bank, signer.toSuiAddress(), count)) {
    const t = new Transaction();
    const object = t.sharedObjectRef({ objectId: counter, initialSharedVersion, mutable: true });
    t.moveCall({ target: `${pkg}::demo::increment`, arguments: [object] });
    t.setSender(signer.toSuiAddress());
    t.setGasPrice(1_000);
    t.setGasBudget(20_000_000);
    t.setGasPayment([payment]);
    const { bytes, signature } = await t.sign({ signer, client });
    signed.push({ transaction: Buffer.from(bytes, 'base64'), signatures: [signature] });
  }
  return signed;
};

/** The gRPC-web body of a call, made beforehand as the peers' signed transactions are. */
const bodyOf = ({ transaction, signatures }: Awaited<ReturnType<typeof signedCalls>>[number]): Buffer => {
  const message = GrpcTypes.ExecuteTransactionRequest.toBinary(
    GrpcTypes.ExecuteTransactionRequest.create({
      transaction: { bcs: { value: transaction } },
      signatures: signatures.map((text) => ({
        bcs: { value: Buffer.from(text, 'base64') },
        signature: { oneofKind: undefined },
      })),
      readMask: { paths: ['digest', 'effects.status'] },
    }),
  );
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

const post = async (url: string, body: Buffer): Promise<void> => {
  const path = `${url}/sui.rpc.v2.TransactionExecutionService/ExecuteTransaction`;
  const reply = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/grpc-web+proto' }, body });
  const bytes = Buffer.from(await reply.arrayBuffer());
  if (!bytes.includes('grpc-status:0')) throw bytes.toString();
};

/** Starts the server; compiled code is kept between starts, as the installed program keeps it. */
const startServer = async (file: string, directory: string) => {
  const from = performance.now();
  const child = spawn(process.execPath, [file, join(scratch, directory)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(scratch, 'compiled') },
  });
  const url = (await new Promise<string>((done) => child.stdout.once('data', (line) => done(String(line))))).trim();
  await untilAnswered(() => fetch(`${url}/health`));
  return { child, url, readyMs: performance.now() - from };
};

const measureServed = async (): Promise<Figures> => {
  const file = await bundleServer();
  await stop((await startServer(file, 'first')).child);
  const { child, url, readyMs } = await startServer(file, 'served');
  try {
    const client = new SuiGrpcClient({ network: 'localnet', baseUrl: url, format: 'binary' });
    const signer = Ed25519Keypair.generate();
    await fund(url, signer.toSuiAddress());
    const signed = await signedCalls(client, signer, WARM + COUNT);
    for (const call of signed.slice(0, WARM)) await client.executeTransaction(call);
    const half = WARM + COUNT / 2;
    const byClient = performance.now();
    for (const call of signed.slice(WARM, half)) {
      const result = await client.executeTransaction(call);
      if (!result.Transaction) throw result;
    }
    const clientPerSecond = perSecond(COUNT / 2, byClient);
    const bodies = signed.slice(half).map(bodyOf);
    const start = performance.now();
    for (const body of bodies) await post(url, body);
    const httpPerSecond = perSecond(COUNT / 2, start);
    return { name: 'Atoma', readyMs, httpPerSecond, clientPerSecond, ...(await memoryOf(child)) };
  } finally {
    await stop(child);
  }
};

const measureInProcess = async (): Promise<number> => {
  const d = await openDemo({ directory: join(scratch, 'in-process') });
  fundAddress(d.ledger, d.alice.toSuiAddress(), 10n ** 15n);
  const made = await send(d.ledger, d.alice, (t) => void t.moveCall({ target: `${d.demo}::things::share` }));
  const counter = (createdBy(d.ledger, made, '::Counter')[0] as StoredObject).id;
  const gas: string[] = [];
  while (gas.length < WARM + COUNT) {
    const split = await send(d.ledger, d.alice, (t) => {
      const coins = t.splitCoins(t.gas, new Array(100).fill(20_000_000));
      t.transferObjects(
        Array.from({ length: 100 }, (_, i) => coins[i] as never),
        d.alice.toSuiAddress(),
      );
    });
    gas.push(...createdBy(d.ledger, split).map(({ id }) => id));
  }
  const signed: [Uint8Array, Uint8Array][] = [];
  for (const id of gas.slice(0, WARM + COUNT)) {
    const target = `${d.demo}::things::increment`;
    const bytes = await buildTransaction(
      d.ledger,
      d.alice,
      (t, { object }) => void t.moveCall({ target, arguments: [object(counter)] }),
      { gas: [id], budget: 20_000_000n },
    );
    signed.push([bytes, await signBy(d.alice, bytes)]);
  }
  const submit = ([bytes, signature]: (typeof signed)[number]) => submitTransaction(d.ledger, bytes, [signature]);
  await Promise.all(signed.slice(0, WARM).map(submit));
  const start = performance.now();
  await Promise.all(signed.slice(WARM).map(submit));
  const figure = perSecond(COUNT, start);
  closeLedger(d.ledger);
  return figure;
};

const rowsOf = (figures: Figures, ours: Figures): Row[] => {
  const list: [keyof Omit<Figures, 'name'>, string, string, boolean][] = [
    ['readyMs', 'until ready', 'ms', false],
    ['httpPerSecond', 'serial over HTTP', 'per second', true],
    ['clientPerSecond', 'serial over HTTP with the SDK client, effects decoded', 'per second', true],
    ['processPerSecond', 'inside a process', 'per second', true],
    ['memoryMb', 'memory afterwards', 'MB', false],
  ];
  return list.flatMap(([key, name, unit, moreIsBetter]) => {
    const [theirs, own] = [figures[key], ours[key]];
    if (theirs === undefined) return [];
    const row = { name: `${figures.name}: ${name}`, value: theirs, unit };
    if (figures === ours || own === undefined) return [row];
    const ratio = moreIsBetter ? own / theirs : theirs / own;
    return [row, { name: '  ours is better by', value: ratio, unit: 'times' }];
  });
};

const main = async (): Promise<void> => {
  try {
    const ours: Figures = { ...(await measureServed()), processPerSecond: await measureInProcess() };
    const others: (Figures | Absent)[] = [];
    for (const evm of evms) others.push(await measureEvm(evm).catch((error: unknown) => absent(evm.name, error)));
    others.push(await measureLiteSvm().catch((error: unknown) => absent('LiteSVM', error)));
    const rows = others.flatMap((each): (Row | Absent)[] => ('why' in each ? [each] : rowsOf(each, ours)));
    report('Local chains', [...rowsOf(ours, ours), ...rows]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

await main();
