/** A gateway: one wallet, many keys, one OpenAI-compatible address. Started and stopped as a whole. */
import { randomBytes } from 'node:crypto';
import { discreetError, type Listening, type StaticSite, serveStatic, tokenOf } from '@atoma/base';
import {
  type Buyer,
  type BuyerEvent,
  type BuyerParameters,
  createBuyer,
  plainEvent,
  requireSender,
  signMessage,
  type WatchPolicy,
} from '@atoma/sdk';
import { type Logger, pino } from 'pino';
import { createAdminApp } from './admin/admin.ts';
import { createBackground } from './background.ts';
import { type Books, createBooks } from './books.ts';
import { createApp, createWorkListener, listen } from './http.ts';
import { createGatewayMetrics, type GatewayMetrics } from './metrics.ts';
import { createPayments } from './payments/payments.ts';
import type { PaymentOptions, Payments } from './payments/types.ts';
import { reconcile } from './reconcile.ts';
import { createAskers } from './serve/askers.ts';
import { createAuthorizer } from './serve/authorize.ts';
import type { Commands } from './serve/hints.ts';
import { answersBefore, createIdempotency } from './serve/idempotency.ts';
import { createLimits } from './serve/limits.ts';
import type { ServeContext } from './serve/work.ts';
import type { GatewayStore } from './store/types.ts';

/** How a gateway is started. Times in ms. */
export interface GatewayOptions {
  /** The buyer behind it: chain, wallet, journal, caps, policy. */
  readonly buyer: BuyerParameters;
  readonly store: GatewayStore;
  readonly host?: string;
  /** 0: any free port. */
  readonly port?: number;
  /** Port of the administrator's surface on the loopback address; absent: there is none. */
  readonly adminPort?: number;
  /** Addresses or networks of proxies in front, whose X-Forwarded-For is believed; nobody's when left out. */
  readonly trustedProxies?: readonly string[];
  /** File of its token. */
  readonly tokenPath?: string;
  /** `after` (default): an answer is given when its last byte is there and checked behind it; `strict`: checked first. */
  readonly verify?: 'after' | 'strict';
  readonly maxRunning?: number;
  readonly watch?: Partial<WatchPolicy>;
  /** Pause between two looks at settlements; 0: it does not look by itself. */
  readonly watchMs?: number;
  readonly log?: Logger;
  /** Least serious lines of a log of its own: pino's levels. */
  readonly logLevel?: string;
  /** Pages that a browser gets at its address; none when left out. */
  readonly pages?: StaticSite;
  /** Pages that a browser gets at the administrator's address; none when left out. */
  readonly adminPages?: StaticSite;
  /** What the nodes of this process found when they checked a stack, for `GET /v1/findings`; none when left out. */
  readonly findings?: (stack: bigint) => Promise<readonly object[]>;
  /** Take payments by x402 for requests without a key; absent: a key is needed. */
  readonly payments?: PaymentOptions;
  /** What remedies in its answers name as commands; absent: they are said in words. */
  readonly commands?: Commands;
  readonly now?: () => number;
}

type First = ReturnType<typeof createWorkListener>;

/** Pages come behind what costs something. */
const withPages = (pages: StaticSite | undefined, first: First = () => false): First =>
  pages ? (incoming, outgoing) => first(incoming, outgoing) || serveStatic(pages, incoming, outgoing) : first;

/** A running gateway. */
export interface Gateway {
  readonly port: number;
  readonly adminPort: number | null;
  readonly buyer: Buyer;
  readonly books: Books;
  readonly metrics: GatewayMetrics;
  /** Null when none are taken. */
  readonly payments: Payments | null;
  /** Ends: no new requests, those under way may finish within `graceMs`. The store is closed by who opened it. */
  readonly stop: (graceMs?: number) => Promise<void>;
}

type Taken = Pick<ServeContext, 'store' | 'metrics' | 'behind' | 'log' | 'now'>;

const HOUR_MS = 3_600_000;
const ASKS_PER_MINUTE = 240;
/** Between two looks at payments that are owed back. */
const SETTLE_MS = 30_000;
const noted: ReadonlySet<BuyerEvent['kind']> = new Set([
  'purchased',
  'adopted',
  'untrusted',
  'excess',
  'unresolved',
  'notice',
  'reclaimed',
  'settlement',
  'foreign',
  'behind',
  'disputed',
  'shown',
  'fault',
]);

/** Takes what happens to the buyer into metrics, log and audit. */
const eventTaker =
  ({ store, metrics, behind, log, now }: Taken) =>
  (event: BuyerEvent): void => {
    if (event.kind === 'purchased') metrics.purchases.inc();
    if (event.kind === 'untrusted') metrics.untrusted.inc();
    if (!noted.has(event.kind)) return;
    log.info(plainEvent(event), event.kind);
    const row = { atMs: now(), actor: 'buyer', action: event.kind, detail: JSON.stringify(plainEvent(event)) };
    behind.add('an event was not written down', store.addAudit(row));
  };

/** Compares books, receipts, nodes and chain, and writes down where they differ. */
const noteDifferences = async ({ buyer, store, log, now }: ServeContext): Promise<void> => {
  const { agrees, stacks } = await reconcile(buyer, store);
  if (agrees) return;
  const differ = { stacks: stacks.filter((each) => !each.agrees).map(({ stack }) => String(stack)) };
  log.error(differ, 'books differ');
  await store.addAudit({ atMs: now(), actor: 'gateway', action: 'books differ', detail: JSON.stringify(differ) });
};

const HASHING = new TextEncoder().encode('atoma/gateway/requests/v1');

/** What follows from the wallet alone, and is the same for every gateway of it. */
const walletSecret = ({ signer }: GatewayOptions['buyer']['atoma']): Promise<Uint8Array> =>
  signer ? signMessage(signer, HASHING) : Promise.resolve(randomBytes(32));

/** The administration, on loopback only; undefined where none is asked for. */
const listenForAdmins = async (
  options: GatewayOptions,
  { store, buyer, keys, metrics, now }: ServeContext,
): Promise<Listening | undefined> => {
  const { adminPort: port, tokenPath, findings, commands } = options;
  if (port === undefined || tokenPath === undefined) return undefined;
  const app = createAdminApp({ store, buyer, keys, metrics, token: tokenOf(tokenPath), now, findings, commands });
  return listen(app, { host: '127.0.0.1', port }, withPages(options.adminPages));
};

/** Starts a gateway. Throws `GATEWAY_*`, `BUYER_*` and `NETWORK_*` errors when it cannot. */
export const startGateway = async (options: GatewayOptions): Promise<Gateway> => {
  const { store } = options;
  await store.claim(requireSender(options.buyer.atoma));
  const now = options.now ?? Date.now;
  const given = options.log ?? pino({ base: null, level: options.logLevel ?? 'info' });
  // Errors may quote what was asked or answered.
  const log = given.child({}, { serializers: { err: discreetError } });
  const metrics = createGatewayMetrics();
  const behind = createBackground(log);
  const { journal } = options.buyer;
  const limits = createLimits(store, now);
  const books = createBooks({ store, journal, limits, metrics, now });
  const take = eventTaker({ store, metrics, behind, log, now });
  const onEvent = (event: BuyerEvent): void => {
    options.buyer.onEvent?.(event);
    take(event);
  };
  const buyer = await createBuyer({ ...options.buyer, now, onEvent });
  await buyer.ready();
  const recovered = await books.recover();
  if (recovered > 0) log.info({ rows: recovered }, 'books recovered');
  const { atoma } = options.buyer;
  const payments = options.payments && createPayments({ ...options.payments, atoma, buyer, store, books, now });
  let stopping = false;
  const keys = createAuthorizer(store, now, options.trustedProxies);
  const context: ServeContext = {
    buyer,
    store,
    books,
    limits,
    keys,
    idempotency: createIdempotency(store, now, books.resumable, await walletSecret(options.buyer.atoma)),
    metrics,
    behind,
    log,
    now,
    verify: options.verify ?? 'after',
    maxRunning: options.maxRunning ?? 512,
    stopping: () => stopping,
    askers: createAskers(options.payments?.asksPerMinute ?? ASKS_PER_MINUTE, now),
    ...(payments ? { payments } : {}),
    commands: options.commands,
  };
  const server = await listen(
    createApp(context),
    { host: options.host ?? '127.0.0.1', port: options.port ?? 0 },
    withPages(options.pages, createWorkListener(context)),
  );
  const admin = await listenForAdmins(options, context);
  const stopWatching = new AbortController();
  const watching =
    options.watchMs === 0
      ? Promise.resolve()
      : buyer.watch({
          ...(options.watch ? { policy: options.watch } : {}),
          pollMs: options.watchMs ?? 30_000,
          signal: stopWatching.signal,
        });
  const settlePayments = (): void => {
    if (payments) behind.add('payments were not settled', payments.settle());
  };
  settlePayments();
  const often = payments && setInterval(settlePayments, SETTLE_MS);
  often?.unref();
  const hourly = setInterval(() => {
    behind.add('old answers were not swept', store.sweep(answersBefore(now())));
    behind.add('reconciliation failed', noteDifferences(context));
  }, HOUR_MS);
  hourly.unref();
  return {
    port: server.port,
    adminPort: admin?.port ?? null,
    buyer,
    books,
    metrics,
    payments: payments ?? null,
    stop: async (graceMs = 10_000) => {
      stopping = true;
      clearInterval(hourly);
      clearInterval(often);
      stopWatching.abort();
      await Promise.all([server.close(graceMs), admin?.close(graceMs)]);
      const deadline = now() + graceMs;
      while (limits.running() > 0 && now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
      await watching;
      await behind.idle();
      await buyer.close();
      await behind.idle();
    },
  };
};
