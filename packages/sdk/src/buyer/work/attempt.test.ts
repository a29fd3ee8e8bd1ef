/** A sealed request of an earlier run is sent again as it was, and opens with what was kept of it; any other is not. */
import { toHex } from '@atoma/base';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { expect, test } from 'vitest';
import { journalRequest, journalStack } from '../../testing/journal-fixtures.ts';
import { makeX25519 } from '../../wire/sealed/hpke.ts';
import { SEALED_TYPE } from '../../wire/sealed/inner.ts';
import { signSealedRequest } from '../../wire/signing-fetch.ts';
import { createKeeper } from '../confidential/keep.ts';
import type { AnswerKeys } from '../confidential/unseal.ts';
import type { BuyerContext } from '../context.ts';
import { openJournal } from '../journal/sqlite.ts';
import { openStackBook } from '../stack-book.ts';
import { type OpenRequest, type Payload, reopenRequest } from './attempt.ts';
import { parseWork } from './bound.ts';

const filled = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const wallet = Ed25519Keypair.fromSecretKey(filled(7));
const [endpoint, contentType] = ['/v1/chat/completions', 'application/json'];
const payload = async (content = 'hi', more: Partial<Payload> = {}): Promise<Payload> => {
  const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], max_tokens: 20 }));
  const work = await parseWork(endpoint, body, contentType, 100n);
  return { work, body, contentType, tag: '', charged: undefined, signal: undefined, headers: {}, ...more };
};

/** A buyer who sealed a request in an earlier run, which this keeper kept. */
const sealedBefore = async (keeper = createKeeper(wallet)) => {
  const journal = await openJournal({ path: ':memory:' });
  await journal.putStack(journalStack(1n, { level: 2, units: 100_000n, largestRequest: 100_000n }));
  const channel = { enclaveKey: filled(5), kind: 'tdx', label: 'said' } as const;
  const { body } = await payload();
  const signed = await signSealedRequest({
    ...{ chainId: filled(1), packageId: filled(2), stack: 1n, node: 1n, signer: wallet, endpoint, model: 'm' },
    ...{ maxUnits: 100n, timestampMs: 1, kid: filled(3), publicKey: makeX25519().publicKey },
    inner: { contentType, body },
  });
  const sealed = { secrets: signed.secrets, ...channel };
  const kept = await keeper.pack('r', { body: signed.body, sealed });
  const { envelopeBytes: envelope, signature } = signed;
  await journal.addRequest(journalRequest('r', { envelope, signature, body: kept, stage: 'dropped' }));
  const context = {
    ...{ journal, book: await openStackBook(journal), channels: { keeper } },
    directory: { status: async () => ({ node: { url: 'https://node.example' } }) },
  } as unknown as BuyerContext;
  return { context, journal, signed, sealed };
};

test('it goes out with the same bytes and the same seal, and promises its units again', async () => {
  const { context, journal, signed, sealed } = await sealedBefore();
  const request = await reopenRequest(context, 'r', await payload());
  expect(request?.wire.contentType).toBe(SEALED_TYPE);
  expect(Buffer.from(request?.wire.body ?? [])).toEqual(Buffer.from(signed.body));
  const told = (of: Record<string, Uint8Array>) => Object.entries(of).map(([name, bytes]) => [name, toHex(bytes)]);
  const { secrets, enclaveKey, ...channel } = (request as OpenRequest).sealed as AnswerKeys;
  expect(told({ ...secrets, enclaveKey })).toEqual(told({ ...sealed.secrets, enclaveKey: sealed.enclaveKey }));
  expect(channel).toEqual({ kind: 'tdx', label: 'said' });
  expect(request).toMatchObject({ stack: 1n, node: 1n, maxUnits: 100n, stackUnits: 100_000n, requestId: 'r' });
  expect(request?.state).toEqual({ promised: true, finished: false, url: 'https://node.example' });
  expect((await journal.findRequest('r'))?.stage).toBe('open');
  expect(context.book.find(1n)?.promised).toBe(100n);
});

test('another body, another media type, and a request of which nothing was kept are not it', async () => {
  const { context, journal } = await sealedBefore();
  expect(await reopenRequest(context, 'r', await payload('ho'))).toBe(undefined);
  expect(await reopenRequest(context, 'r', await payload('hi', { contentType: 'text/plain' }))).toBe(undefined);
  expect((await journal.findRequest('r'))?.stage).toBe('dropped');
  const forgetful = await sealedBefore(createKeeper(wallet, true));
  const channels = { keeper: createKeeper(wallet) } as BuyerContext['channels'];
  expect(await reopenRequest({ ...forgetful.context, channels }, 'r', await payload())).toBe(undefined);
});
