/** A buyer: pays for compute units, sends requests to nodes, checks every answer, and watches its money until it is back. */
import { inSpan, loadFastBlake2b } from '@atoma/base';
import type { InclusionProof } from '../commitment/proof.ts';
import { buyerError } from './buyer-errors.ts';
import { createOutbox, type Outbox, type OutboxParameters } from './buyer-outbox.ts';
import { createChannels } from './confidential/channels.ts';
import { type BuyerContext, buyerSigner, ownerOf, wireIdsOf } from './context.ts';
import { createDirectory } from './directory.ts';
import { type GivenHandoff, type HandedStack, requestHandoff, takeHandoff } from './handoff.ts';
import { DOUBTED } from './journal/types.ts';
import { openMeasurements } from './measured.ts';
import { createBuyerFetch, type OpenAiOptions } from './openai.ts';
import { type BookOffer, modelList, type OfferedModel, offeredModels, quoteModel } from './order-book.ts';
import { adoptStacks, boughtStack, buyStack, type PurchasePlan, planPurchase, type Want } from './purchase.ts';
import { type AuditReport, auditStack, proveReceipt } from './receipts/audit.ts';
import { resolveLeftovers } from './receipts/fetch.ts';
import { type RestoreReport, restoreStack } from './receipts/restore.ts';
import { endedRow, noticeMistrusted, reclaimOwn, requestRefund } from './refunds.ts';
import type { Terms } from './routing.ts';
import { type OwnStack, openStackBook } from './stack-book.ts';
import { transportOf } from './transport/http.ts';
import { type BuyerParameters, defaultCaps, defaultPolicy } from './types.ts';
import { defaultWatchPolicy, type WatchPolicy, type WatchStep, watchForever, watchOnce } from './watch/watchtower.ts';
import { type JsonBody, type ParsedWork, parseWork } from './work/bound.ts';
import { type Chooser, createChooser } from './work/choose.ts';
import type { WorkRequest } from './work/course.ts';
import { createDeliver, type Deliver } from './work/deliver.ts';
import { type Priced, priceWork } from './work/price.ts';

/** What a buyer can do. Everything waits for `ready` by itself. */
export interface Buyer {
  /** Finishes interrupted transactions and adopts owned stacks. */
  readonly ready: () => Promise<void>;
  /** Options for an OpenAI client. */
  readonly openai: () => OpenAiOptions;
  readonly fetch: typeof fetch;
  /** Reads a body, unless its JSON members are given, and bounds its cost. Throws `BUYER_ENDPOINT`, `BUYER_BODY`. */
  readonly parse: (
    request: Pick<WorkRequest, 'endpoint' | 'body' | 'contentType'> & { readonly json?: JsonBody },
  ) => Promise<ParsedWork>;
  /** Sends one request and tells everything about it; what gateways use. */
  readonly deliver: Deliver;
  readonly quote: (p: {
    readonly model: string;
    readonly units: bigint;
    readonly endpoint?: string;
    /** Only what these let through; without them every offer is shown. */
    readonly terms?: Partial<Terms>;
  }) => Promise<readonly BookOffer[]>;
  /** Models that can be bought; `terms` in place of the policy's. */
  readonly models: (terms?: Partial<Terms>) => Promise<readonly OfferedModel[]>;
  /** What a request would be sold at, for who is paid before it is served. */
  readonly price: (work: ParsedWork) => Promise<Priced>;
  /** What would be bought for this work. */
  readonly plan: (want: Want) => Promise<PurchasePlan>;
  /** Buys a stack now. */
  readonly buy: (plan: PurchasePlan, tenant?: string) => Promise<OwnStack>;
  readonly stacks: () => Promise<readonly OwnStack[]>;
  /** Asks for the money of a stack back; the node has two epochs to settle. Returns the epoch it can be reclaimed from. */
  readonly requestRefund: (stack: bigint) => Promise<bigint>;
  /** Takes an unsettled stack back; returns what was paid back, base units of TOMA. */
  readonly reclaim: (stack: bigint) => Promise<bigint>;
  /** Has the node of a stack sign what is used of it, for whoever takes it over; nobody else is served on it afterwards. */
  readonly handOff: (stack: bigint, owner: string) => Promise<GivenHandoff>;
  /** Keeps a handoff to this wallet: what the stack's node may bill is bounded by it. Ask for it before you pay. */
  readonly takeOver: (handoff: Uint8Array) => Promise<HandedStack>;
  /** Completes the receipts of a stack from its node and compares them with the chain. */
  readonly audit: (stack: bigint) => Promise<AuditReport>;
  /** Gives the node of a stack the receipts it lost, so that it takes work for it again. */
  readonly restore: (stack: bigint) => Promise<RestoreReport>;
  /** Proves that a request is part of a stack's history. */
  readonly prove: (
    stack: bigint,
    which: { readonly index?: number; readonly requestId?: string },
  ) => Promise<{ readonly proof: InclusionProof; readonly json: string }>;
  /** Looks at every stack once: settlements, deadlines, refunds. */
  readonly watchOnce: (policy?: Partial<WatchPolicy>) => Promise<readonly WatchStep[]>;
  /** The same until the signal aborts. */
  readonly watch: (options?: WatchOptions) => Promise<void>;
  readonly context: () => Promise<BuyerContext>;
  readonly outbox: Outbox;
  /** Waits for purchases under way and lets go of the journal and all connections. */
  readonly close: () => Promise<void>;
}

/** How {@link Buyer.watch} goes on. */
export interface WatchOptions {
  readonly policy?: Partial<WatchPolicy>;
  /** Pause between two looks, ms. Default 10,000. */
  readonly pollMs?: number;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: WatchStep) => void;
}

/** What tests may add. */
export interface BuyerInternals {
  readonly onOutboxStep?: OutboxParameters['onStep'];
}

const WATCH_MS = 10_000;

const openContext = async (
  p: BuyerParameters,
): Promise<{ readonly context: BuyerContext; readonly closeTransport: () => void }> => {
  const policy = { ...defaultPolicy, ...p.policy };
  const now = p.now ?? Date.now;
  const { send, close: closeTransport } = transportOf(p.transport, policy.allowPrivateNodes);
  const ids = wireIdsOf(p.atoma);
  const signer = buyerSigner(p);
  const emit: BuyerContext['emit'] = (event) => p.onEvent?.(event);
  const directory = createDirectory({ atoma: p.atoma, ids, send, policy, now });
  const context: BuyerContext = {
    atoma: p.atoma,
    signer,
    address: signer.toSuiAddress(),
    ids,
    journal: p.journal,
    caps: { ...defaultCaps, ...p.caps },
    policy,
    counters: p.counters ?? {},
    send,
    directory,
    channels: createChannels(
      { atoma: p.atoma, ids, signer, send, now, directory, cacheMs: policy.cacheMs },
      p.confidential,
    ),
    book: await openStackBook(p.journal),
    measured: await openMeasurements(p.journal, now, (error) =>
      emit({ kind: 'fault', what: 'measurements of nodes', why: (error as Error).message }),
    ),
    now,
    emit,
  };
  return { context, closeTransport };
};

/** Ends what an earlier run left: transactions, stacks that are not in the journal, requests without an end. */
const startOver = async (context: BuyerContext, outbox: Outbox): Promise<void> => {
  await loadFastBlake2b();
  const none = async () => [];
  await outbox.recover({
    // Whoever used the journal since may have got the stack, and signed for it.
    purchase: async (row, ran) => [
      {
        ...boughtStack(context, row, ran),
        complete: (await context.journal.getSetting(`${DOUBTED}${row.subject}`)) === undefined,
      },
    ],
    reclaim: ({ subject }) => endedRow(context, BigInt(subject)),
    // What follows from these is read from the chain.
    ...{
      notice: none,
      dispute: none,
      evidence: none,
      second_jury: none,
      resolve: none,
      expire: none,
      finalize: none,
      'x402-refund': none,
    },
  });
  await adoptStacks(context);
  await resolveLeftovers(context);
};

/** Runs `start` once, again after it failed; throws `BUYER_CLOSED` once it is closed. */
const createReadiness = (start: () => Promise<void>) => {
  let closed = false;
  let starting: Promise<void> | undefined;
  const ready = async (): Promise<void> => {
    if (closed) throw buyerError('CLOSED');
    starting ??= start();
    try {
      await starting;
    } catch (error) {
      starting = undefined;
      throw error;
    }
  };
  return {
    ready,
    after:
      <Arguments extends readonly unknown[], Value>(work: (...all: Arguments) => Promise<Value>) =>
      async (...all: Arguments): Promise<Value> => {
        await ready();
        return work(...all);
      },
    /** Runs `work` and is closed by the end of it; nothing the second time. */
    close: async (work: () => Promise<void>): Promise<boolean> => {
      if (closed) return false;
      await starting?.catch(() => undefined);
      await work();
      closed = true;
      return true;
    },
  };
};

/**
 * Makes a buyer, to whom the journal belongs from then on. Nothing is sent before the first call. Throws `SDK_NO_SIGNER`,
 * `BUYER_JOURNAL_FOREIGN`, `BUYER_JOURNAL_IN_USE`.
 */
export const createBuyer = async (parameters: BuyerParameters, internals: BuyerInternals = {}): Promise<Buyer> => {
  const claimed = await parameters.journal.claim(ownerOf(parameters.atoma));
  const { context, closeTransport } = await openContext(parameters);
  if (claimed.kind === 'behind' && claimed.stacks.length > 0) context.emit(claimed);
  const { journal, atoma, now } = context;
  const outbox = createOutbox({
    atoma,
    journal,
    book: context.book,
    now,
    ...(internals.onOutboxStep ? { onStep: internals.onOutboxStep } : {}),
  });
  let notices: Promise<void> = Promise.resolve();
  const refunds = { context, outbox };
  const { ready, after, close } = createReadiness(() => startOver(context, outbox));
  const notice = (stack: bigint): Promise<bigint> => requestRefund(refunds, stack);
  const reclaim = (stack: bigint): Promise<bigint> => reclaimOwn(refunds, stack);
  const watching = (policy: Partial<WatchPolicy> = {}) => ({
    context,
    outbox,
    requestRefund: notice,
    reclaim,
    policy: { ...defaultWatchPolicy, ...policy },
  });
  const chooser: Chooser = createChooser(context, outbox);
  const deliverNow = createDeliver(context, chooser);
  const deliver: Deliver = async (request) => {
    await ready();
    const before = context.book.mistrusted().size;
    try {
      return await inSpan('buy an answer', { kind: 'internal', root: true }, () => deliverNow(request));
    } finally {
      if (context.policy.noticeOnMistrust && context.book.mistrusted().size > before)
        notices = notices.then(() => noticeMistrusted(context, notice));
    }
  };
  const fetchLike = createBuyerFetch(deliver, async () => {
    await ready();
    return modelList(await offeredModels(context));
  });
  return {
    ready,
    openai: () => ({ baseURL: 'http://atoma.invalid/v1', fetch: fetchLike, apiKey: 'atoma', maxRetries: 0 }),
    fetch: fetchLike,
    deliver,
    parse: ({ endpoint, body, contentType, json }) =>
      parseWork(endpoint, body, contentType, context.policy.defaultCompletion, json),
    quote: after((p) => quoteModel(context, p)),
    models: after((terms?: Partial<Terms>) => offeredModels(context, terms)),
    price: after((work: ParsedWork) => priceWork(context, chooser, work)),
    plan: after((want: Want) => planPurchase(context, want)),
    buy: after((plan: PurchasePlan, tenant?: string) => buyStack(context, outbox, plan, tenant ?? '')),
    stacks: after(async () => context.book.list()),
    requestRefund: after(notice),
    reclaim: after(reclaim),
    handOff: after((stack: bigint, owner: string) => requestHandoff(context, stack, owner)),
    takeOver: after((handoff: Uint8Array) => takeHandoff(context, handoff)),
    audit: after((stack: bigint) => auditStack(context, stack)),
    restore: after((stack: bigint) => restoreStack(context, stack)),
    prove: after(async (stack: bigint, which) => proveReceipt(context, stack, which)),
    watchOnce: after((policy?: Partial<WatchPolicy>) => watchOnce(watching(policy))),
    watch: after((options: WatchOptions = {}) =>
      watchForever(watching(options.policy), { ...options, pollMs: options.pollMs ?? WATCH_MS }),
    ),
    context: after(async () => context),
    outbox,
    close: async () => {
      const first = await close(async () => {
        await chooser.idle();
        await notices;
      });
      if (!first) return;
      closeTransport();
      await context.measured.close();
      await journal.close();
    },
  };
};
