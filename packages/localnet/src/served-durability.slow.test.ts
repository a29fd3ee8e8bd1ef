/** A served ledger whose process is killed under load, and several that serve one directory at once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SuiGrpcClient } from '@mysten/sui/grpc';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Transaction } from '@mysten/sui/transactions';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chainState, closeLedger, getCheckpoint, listTransactions, openLedger } from './index.ts';

let directory: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'served-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

const serve = async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'testing/serve-worker.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [url] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [string];
  return { child, url, client: new SuiGrpcClient({ network: 'localnet', baseUrl: url, format: 'binary' }) };
};

const fund = (url: string, account: Ed25519Keypair) =>
  fetch(`${url}/v2/gas`, {
    method: 'POST',
    body: JSON.stringify({ FixedAmountRequest: { recipient: account.toSuiAddress() } }),
  });

interface Sent {
  readonly digest: string;
  readonly transaction: Uint8Array;
  readonly signatures: string[];
  readonly effects: Uint8Array;
}

/** Sends up to `most` transfers of 1 MIST one after another, or until the server is gone; gives those it answered. */
const load = async (
  client: SuiGrpcClient,
  account: Ed25519Keypair,
  most: number,
  onAnswer: (count: number) => void = () => {},
) => {
  const answered: Sent[] = [];
  const pending: Omit<Sent, 'effects'>[] = [];
  try {
    while (answered.length < most) {
      const transaction = new Transaction();
      transaction.setSender(account.toSuiAddress());
      transaction.transferObjects([transaction.splitCoins(transaction.gas, [1])], '0xf00d');
      const { bytes, signature } = await transaction.sign({ signer: account, client });
      const call = { transaction: new Uint8Array(Buffer.from(bytes, 'base64')), signatures: [signature] };
      pending.push({ ...call, digest: await transaction.getDigest({ client }) });
      const result = await client.executeTransaction({ ...call, include: { effects: true } });
      const sent = pending.pop() as Omit<Sent, 'effects'>;
      answered.push({ ...sent, effects: result.Transaction?.effects?.bcs as Uint8Array });
      onAnswer(answered.length);
    }
  } catch {
    // the server is gone: what was under way stays pending
  }
  return { answered, pending };
};

test('killed under load, what was answered is there, what was not is whole or absent, and both may be sent again', async () => {
  const accounts = [Ed25519Keypair.generate(), Ed25519Keypair.generate(), Ed25519Keypair.generate()];
  const first = await serve();
  for (const account of accounts) await fund(first.url, account);
  const kill = (count: number) => void (count >= 8 && first.child.kill('SIGKILL'));
  const loads = await Promise.all(accounts.map((account) => load(first.client, account, 1_000, kill)));
  const answered = loads.flatMap((done) => done.answered);
  expect(answered.length).toBeGreaterThan(7);

  const second = await serve();
  const resend = async ({ transaction, signatures }: Pick<Sent, 'transaction' | 'signatures'>) =>
    (await second.client.executeTransaction({ transaction, signatures, include: { effects: true } })).Transaction;
  for (const sent of answered) expect((await resend(sent))?.effects?.bcs).toEqual(sent.effects);
  for (const sent of loads.flatMap((done) => done.pending)) {
    const [again, twice] = [await resend(sent), await resend(sent)];
    expect(again?.digest).toBe(sent.digest);
    expect(twice?.effects?.bcs).toEqual(again?.effects?.bcs);
  }
  const { balance } = await second.client.getBalance({ owner: '0xf00d' });
  expect(Number(balance.balance)).toBe(answered.length + loads.flatMap((done) => done.pending).length);
});

test('three processes serve one directory: one history, no transaction lost or doubled', async () => {
  const servers = [await serve(), await serve(), await serve()];
  const results = await Promise.all(
    servers.map(async ({ url, client }) => {
      const account = Ed25519Keypair.generate();
      await fund(url, account);
      return (await load(client, account, 10)).answered.length;
    }),
  );
  expect(results).toEqual([10, 10, 10]);
  const heads = await Promise.all(servers.map(({ client }) => client.ledgerService.getServiceInfo({})));
  expect(new Set(heads.map(({ response }) => response.checkpointHeight)).size).toBe(1);
  const balances = await Promise.all(servers.map(({ client }) => client.getBalance({ owner: '0xf00d' })));
  expect(balances.map(({ balance }) => balance.balance)).toEqual(['30', '30', '30']);
  const ledger = await openLedger({ directory });
  const { checkpoint } = chainState(ledger);
  expect(checkpoint).toBe(33);
  for (let sequence = 1; sequence <= checkpoint; sequence++)
    expect(getCheckpoint(ledger, sequence)?.previousDigest).toBe(getCheckpoint(ledger, sequence - 1)?.digest);
  const digests = listTransactions(ledger, { limit: 100 }).map(({ digest }) => digest);
  expect(new Set(digests).size).toBe(digests.length);
  closeLedger(ledger);
});
