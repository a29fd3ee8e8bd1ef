import { RpcError, SuiGrpcClient } from '@mysten/sui/grpc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rpcError } from '../rpc-errors.ts';
import { createDispatch, type ServiceHandlers } from './dispatch.ts';
import { fetchHandler, requestHandler } from './fetch.ts';
import { encodeFrame } from './frames.ts';
import { inProcessTransport } from './in-process.ts';

const handlers: ServiceHandlers = {
  GetServiceInfo: () => ({ chainId: 'chain', epoch: 3n }),
  GetTransaction: () => {
    throw rpcError('TRANSACTION_NOT_FOUND', { digest: 'ünknown' });
  },
  GetObject: () => new Promise(() => {}),
  GetEpoch: () => {
    throw new TypeError('a fault of ours');
  },
  ListEvents: async function* (_request: never, { signal }) {
    try {
      for (let index = 0; index < 3; index++) yield { event: { eventIndex: index } };
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    } finally {
      ended.push('ListEvents');
    }
  },
  ListCheckpoints: async function* () {
    yield { checkpoint: { sequenceNumber: 1n } };
    throw rpcError('SHUTTING_DOWN');
  },
};
const ended: string[] = [];
const dispatch = createDispatch({ 'sui.rpc.v2.LedgerService': () => handlers });
const clientOf = (format: 'text' | 'binary') =>
  new SuiGrpcClient({ network: 'localnet', baseUrl: 'http://in.process', format, fetch: fetchHandler(dispatch) });
const clients = [
  ['fetch, text', clientOf('text')],
  ['fetch, binary', clientOf('binary')],
  ['in-process transport', new SuiGrpcClient({ network: 'localnet', transport: inProcessTransport(dispatch) })],
] as const;

const failureOf = (call: PromiseLike<unknown>): Promise<RpcError> =>
  Promise.resolve(call).then(
    () => expect.unreachable(),
    (error) => error,
  );

describe.each(clients)('the SDK client over %s', (_name, client) => {
  test('gets a reply', async () => {
    const { response } = await client.ledgerService.getServiceInfo({});
    expect([response.chainId, response.epoch]).toEqual(['chain', 3n]);
  });

  test('gets errors with status, text, code and hint', async () => {
    const error = await failureOf(client.ledgerService.getTransaction({ digest: 'x' }));
    expect(error).toBeInstanceOf(RpcError);
    expect([error.code, error.message]).toEqual(['NOT_FOUND', 'Transaction ünknown not found']);
    expect(error.meta['error-code']).toBe('RPC_TRANSACTION_NOT_FOUND');
    expect(decodeURIComponent(error.meta['error-hint'] as string)).not.toBe('');
  });

  test('is told INTERNAL of a fault outside the catalogues', async () => {
    expect((await failureOf(client.ledgerService.getEpoch({}))).code).toBe('INTERNAL');
  });

  test('is told UNIMPLEMENTED in known and unknown services', async () => {
    const unserved = client.ledgerService.getCheckpoint({ checkpointId: { oneofKind: undefined } });
    expect((await failureOf(unserved)).code).toBe('UNIMPLEMENTED');
    expect((await failureOf(client.stateService.getBalance({}))).code).toBe('UNIMPLEMENTED');
  });

  test('gets the items of a stream before it fails', async () => {
    const seen: unknown[] = [];
    const call = client.ledgerService.listCheckpoints({});
    const read = async () => {
      for await (const { checkpoint } of call.responses) seen.push(checkpoint?.sequenceNumber);
    };
    const error = await failureOf(read());
    expect([seen, error.code]).toEqual([[1n], 'UNAVAILABLE']);
    expect((await failureOf(call.status)).code).toBe('UNAVAILABLE');
  });

  test('gets a stream by callbacks too', async () => {
    const call = client.ledgerService.listCheckpoints({});
    const seen: unknown[] = [];
    call.responses.onMessage(({ checkpoint }) => seen.push(checkpoint?.sequenceNumber));
    const error = await new Promise<Error>((resolve) => call.responses.onError(resolve));
    expect([seen, (error as RpcError).code]).toEqual([[1n], 'UNAVAILABLE']);
  });

  test('can abort a unary call whose handler never returns', async () => {
    const controller = new AbortController();
    const failure = failureOf(client.ledgerService.getObject({}, { abort: controller.signal }));
    controller.abort();
    expect((await failure).code).toBe('CANCELLED');
    const late = client.ledgerService.getServiceInfo({}, { abort: AbortSignal.abort() });
    expect((await failureOf(late)).code).toBe('CANCELLED');
  });

  test('can abort a stream, which ends for the handler too', async () => {
    ended.length = 0;
    const controller = new AbortController();
    const call = client.ledgerService.listEvents({}, { abort: controller.signal });
    let items = 0;
    const read = async () => {
      for await (const _ of call.responses) if (++items === 3) controller.abort();
    };
    const error = await failureOf(read());
    expect([items, error.code]).toEqual([3, 'CANCELLED']);
    await expect.poll(() => ended).toContain('ListEvents');
  });

  test('has its deadlines kept, on streams and on handlers that never return', async () => {
    const stream = client.ledgerService.listEvents({}, { timeout: 20 });
    const read = async () => {
      for await (const _ of stream.responses);
    };
    expect((await failureOf(read())).code).toBe('DEADLINE_EXCEEDED');
    expect((await failureOf(client.ledgerService.getObject({}, { timeout: 20 }))).code).toBe('DEADLINE_EXCEEDED');
  });
});

test('fetch rejects with the reason itself, before and after the start', async () => {
  const reason = { why: 'tests' };
  const post = (signal: AbortSignal) =>
    fetchHandler(dispatch)('http://in.process/sui.rpc.v2.LedgerService/GetObject', {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web+proto' },
      body: encodeFrame(0, new Uint8Array()),
      signal,
    });
  await expect(post(AbortSignal.abort(reason))).rejects.toBe(reason);
  const later = new AbortController();
  const pending = post(later.signal);
  later.abort(reason);
  await expect(pending).rejects.toBe(reason);
});

const post = (body: Uint8Array, contentType = 'application/grpc-web+proto', headers: Record<string, string> = {}) =>
  requestHandler(dispatch)(
    new Request('http://in.process/sui.rpc.v2.LedgerService/GetServiceInfo', {
      method: 'POST',
      headers: { 'content-type': contentType, ...headers },
      body: new Uint8Array(body),
    }),
  );

const statusIn = async (response: Response): Promise<string | undefined> => {
  const text = response.headers.get('content-type')?.includes('-text');
  const body = Buffer.from(await response.arrayBuffer());
  return /grpc-status:(\d+)/.exec((text ? Buffer.from(body.toString(), 'base64') : body).toString('latin1'))?.[1];
};

test('content types are exact, and other ones are refused', async () => {
  const frame = encodeFrame(0, new Uint8Array());
  expect((await post(frame)).headers.get('content-type')).toBe('application/grpc-web+proto');
  const text = await post(Buffer.from(frame.toString('base64')), 'application/grpc-web-text');
  expect(text.headers.get('content-type')).toBe('application/grpc-web-text');
  expect((await post(frame, 'application/json')).status).toBe(415);
});

test('a body beyond the limit is refused before it is read whole', async () => {
  expect(await statusIn(await post(new Uint8Array(5 * 1024 * 1024)))).toBe('8');
});

test('a timeout that is none is INVALID_ARGUMENT', async () => {
  expect(await statusIn(await post(encodeFrame(0, new Uint8Array()), undefined, { 'grpc-timeout': 'soon' }))).toBe('3');
});

test('any body costs one reply with a status and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), fc.boolean(), async (bytes, framed, text) => {
      const body = framed ? encodeFrame(0, bytes) : bytes;
      const response = text
        ? await post(Buffer.from(Buffer.from(body).toString('base64')), 'application/grpc-web-text')
        : await post(body);
      expect(response.status).toBe(200);
      expect(['0', '3', '8', '12']).toContain(await statusIn(response));
    }),
    { numRuns: 200 },
  );
});
