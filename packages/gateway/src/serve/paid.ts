/** Requests without a key, paid one by one with x402 version 2 over HTTP: see x402's specification of the transport. */
import { type HttpAnswer, toHex } from '@atoma/base';
import {
  isRecord,
  orderedId,
  type ParsedWork,
  type PaymentRequirements,
  type SuiPayment,
  X402_VERSION,
} from '@atoma/sdk';
import { tagOf } from '../books.ts';
import type { HeldPayment, Payments } from '../payments/types.ts';
import type { KeyRow } from '../store/types.ts';
import type { IdempotentRun } from './idempotency.ts';
import { type Checked, type ClientProblem, clientProblem, ok, problemAnswer, problemOf } from './problem.ts';
import { admitted, type ClientRequest, refused, replay, runRequest, type ServeContext } from './work.ts';

/** Headers of the transport. */
const names = { required: 'payment-required', signature: 'payment-signature', response: 'payment-response' } as const;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

/** Whether a request names no key. */
export const isUnnamed = ({ header }: Pick<ClientRequest, 'header'>): boolean =>
  ['authorization', 'x-api-key', 'api-key'].every((name) => header(name) === undefined);

/** The row a payer's requests are counted and booked under; `maxPrice` holds them to what was paid. */
const payerKey = (payer: string, maxPrice: bigint | null): KeyRow => ({
  id: `x402-${payer}`,
  tenant: `x402-${payer}`,
  name: '',
  secretHash: new Uint8Array(),
  models: [],
  addresses: [],
  maxPrice,
  levels: [],
  tasks: [],
  nodePolicy: null,
  price: null,
  origins: [],
  dedicated: false,
  requestsPerMinute: null,
  unitsPerMinute: null,
  concurrency: null,
  dayUnits: null,
  monthUnits: null,
  dayCost: null,
  monthCost: null,
  createdMs: 0,
  expiresMs: null,
  revokedMs: null,
});

/** What a request costs at most: its bound at the price it can be had at now. */
const quote = async ({ buyer }: ServeContext, payments: Payments, work: ParsedWork): Promise<PaymentRequirements> => {
  const { units, price } = await buyer.price(work);
  const extra = { name: 'TOMA', decimals: 9, units: String(units), unit_price: String(price) };
  return payments.requirements(units * price, extra);
};

const readHeader = (
  text: string,
): Checked<{ readonly payment: SuiPayment; readonly accepted: Record<string, unknown> }> => {
  const malformed = (why: string): ClientProblem => clientProblem('payment_malformed', `PAYMENT-SIGNATURE ${why}`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
  } catch {
    return malformed('is not base64 of JSON');
  }
  if (!isRecord(value) || value.x402Version !== X402_VERSION) return malformed(`is not of version ${X402_VERSION}`);
  const { accepted, payload } = value;
  if (!isRecord(accepted)) return malformed('lacks what was accepted');
  if (!isRecord(payload) || typeof payload.transaction !== 'string' || typeof payload.signature !== 'string')
    return malformed('lacks a transaction or its signature');
  const { transaction, signature } = payload;
  return ok({ payment: { transaction, signature }, accepted });
};

/** Why accepted requirements are not the ones asked for now; prices change. Undefined: they are. */
const differs = (accepted: Readonly<Record<string, unknown>>, asked: PaymentRequirements): string | undefined => {
  if (accepted.scheme !== asked.scheme) return 'invalid_scheme';
  if (accepted.network !== asked.network) return 'invalid_network';
  const same = (['asset', 'payTo', 'amount'] as const).every((name) => accepted[name] === asked[name]);
  return same ? undefined : 'invalid_payment_requirements';
};

const withHeaders = (answer: HttpAnswer, headers: Record<string, string>): HttpAnswer => ({
  ...answer,
  headers: { ...answer.headers, ...headers },
});

/** Demands a payment; `failed`: one was sent, and why it does not do. */
const demand = (
  context: ServeContext,
  { endpoint, header }: ClientRequest,
  id: string,
  asked: PaymentRequirements,
  failed?: { readonly reason: string; readonly payer: string },
): HttpAnswer => {
  const error = failed?.reason ?? 'PAYMENT-SIGNATURE header is required';
  const problem = clientProblem('payment_required', failed ? `The payment was not taken: ${failed.reason}` : undefined);
  const answer = refused(context, endpoint, problem, id);
  const resource = { url: `http://${header('host') ?? 'localhost'}${endpoint}`, mimeType: 'application/json' };
  const failure = {
    success: false,
    errorReason: error,
    transaction: '',
    network: asked.network,
    payer: failed?.payer ?? '',
  };
  return {
    ...answer,
    headers: {
      ...answer.headers,
      'cache-control': 'no-store',
      [names.required]: encode({ x402Version: X402_VERSION, error, resource, accepts: [asked] }),
      ...(failed ? { [names.response]: encode(failure) } : {}),
    },
  };
};

const paidHeaders = ({ row }: HeldPayment, network: string): Record<string, string> => {
  const { digest: transaction, payer, amount } = row;
  return { [names.response]: encode({ success: true, transaction, network, payer, amount: String(amount) }) };
};

/** Answers a request whose payment is here. */
const answer = async (
  context: ServeContext,
  request: ClientRequest,
  work: Parameters<typeof runRequest>[2],
  held: HeldPayment,
  { id, started }: { readonly id: string; readonly started: number },
  asked: PaymentRequirements,
): Promise<HttpAnswer> => {
  const { row } = held;
  const key = payerKey(row.payer, row.amount / BigInt(String(asked.extra?.units)));
  const { endpoint } = request;
  const tag = tagOf({ id, key: key.id });
  const begun = await context.idempotency
    .begin(key.tenant, row.digest, { endpoint, body: work.body, tag })
    .catch(async (error: unknown) => {
      await held.release(false);
      throw error;
    });
  if (begun.kind !== 'run') {
    await held.release(begun.kind === 'stored'); // a crash may have kept the answer, but not that it was given
    if (begun.kind === 'problem') return refused(context, endpoint, begun, id);
    return withHeaders(replay(context, begun.answer, id), paidHeaders(held, asked.network));
  }
  if (row.state !== 'paid') {
    await begun.run.done(null);
    await held.release(false);
    return demand(context, request, id, asked, { reason: 'payment_already_used', payer: row.payer });
  }
  const run: IdempotentRun = {
    ...begun.run,
    done: async (stored) => {
      try {
        await begun.run.done(stored);
      } finally {
        await held.release(stored !== null);
      }
    },
  };
  try {
    await held.use(tag);
    const made = await runRequest(context, request, { ...work, key }, run, { id, started, most: row.amount });
    return withHeaders(made, paidHeaders(held, asked.network));
  } catch (error) {
    await run.done(null);
    throw error;
  }
};

/** Makes the handler. A paid request is answered once; what its payment did not cover goes back to its payer. */
export const createPaidHandler =
  (context: ServeContext, payments: Payments) =>
  async (request: ClientRequest): Promise<HttpAnswer> => {
    const started = performance.now();
    const id = toHex(orderedId());
    if (context.stopping()) return refused(context, request.endpoint, clientProblem('not_ready'), id);
    const address = context.keys.addressOf(request.header, request.address);
    const wait = context.askers.ask(address);
    if (wait !== undefined)
      return refused(context, request.endpoint, clientProblem('rate_limited', undefined, wait), id);
    try {
      const work = await admitted(context, request, payerKey('', null));
      if (work.kind === 'problem') return refused(context, request.endpoint, work, id);
      const asked = await quote(context, payments, work.value.work);
      const header = request.header(names.signature);
      if (header === undefined) return demand(context, request, id, asked);
      const read = readHeader(header);
      if (read.kind === 'problem') return refused(context, request.endpoint, read, id);
      const { payment, accepted } = read.value;
      const taken = await payments.take(payment, asked, differs(accepted, asked));
      if (taken.kind === 'busy') return refused(context, request.endpoint, clientProblem('idempotency_running'), id);
      if (taken.kind === 'refused') return demand(context, request, id, asked, taken);
      if (taken.row.tags.length === 0) context.askers.paid(address);
      return await answer(context, request, work.value, taken, { id, started }, asked);
    } catch (error) {
      const problem = problemOf(error, context.commands);
      if (problem.status === 500) context.log.error({ err: error, request_id: id }, 'request failed');
      return problemAnswer(problem, id);
    }
  };
