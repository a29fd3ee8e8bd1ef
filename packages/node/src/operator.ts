/** The operator's HTTP surface: this machine only, with a token from a file only its owner can read. */
import { isAtomaError, type StaticSite, sameText, toHex, tokenOf } from '@atoma/base';
import { executedResult, getNode, getTask, subscribeNodeToTask, unsubscribeNodeFromTask } from '@atoma/sdk';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import * as z from 'zod';
import type { Daemon } from './daemon.ts';
import { type Listening, listen, withPages } from './http/listen.ts';
import { nodeError } from './node-errors.ts';
import { findingsAt } from './settle/finding.ts';

/** JSON without bytes: amounts as decimal text, byte strings as hex. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each), 0));
const withoutBytes = <Row extends object>(row: Row): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, each]) => [
      name,
      each instanceof Uint8Array ? Buffer.from(each).toString('hex') : each,
    ]),
  );

const smallId = z.union([z.string().regex(/^\d{1,20}$/), z.int().min(1)]).transform(BigInt);
const stackBody = z.object({ stack: smallId });
const subscribeBody = z.object({ task: smallId, price: smallId, max_units: smallId });
const taskBody = z.object({ task: smallId });
const urlBody = z.object({ url: z.string().max(256) });
const pathBody = z.object({ path: z.string().min(1) });

const committedKey = async (daemon: Daemon) => {
  const key = await daemon.committedKey().catch(() => undefined);
  if (!key) return null;
  const { hash, committedEpoch, age, renewEpoch, held } = key;
  return { hash: toHex(hash), committed_epoch: committedEpoch, age, renew_epoch: renewEpoch, held };
};

const DAY_MS = 86_400_000;
/** Days whose earnings are told. */
const EARNINGS_DAYS = 30;

const status = async (daemon: Daemon) => ({
  node: String(daemon.settle.nodeId),
  address: daemon.node.identity.signer.address,
  url: daemon.url,
  instance: daemon.node.identity.instance,
  readiness: await daemon.readiness(),
  totals: await daemon.store.totals(),
  cursor: await daemon.store.cursor(),
  running: daemon.node.running.size,
  offers: daemon.offers(),
  held_back: (await daemon.store.listStacks(['quarantine'])).map(({ id }) => id),
  channel_key: await committedKey(daemon),
  alarms: daemon.alarms(),
  earnings_by_day: await daemon.store.earningsByDay(daemon.node.now() - EARNINGS_DAYS * DAY_MS),
});

const subscribe = async (daemon: Daemon, body: z.infer<typeof subscribeBody>) => {
  const { atoma, nodeId } = daemon.settle;
  const task = await getTask(atoma, { taskSmallId: body.task });
  const model = task.modelName ?? '';
  if (task.securityLevel === 1 && !daemon.engines.find(model)?.model.profile)
    throw nodeError('NO_PROFILE', { model, task: body.task });
  const result = executedResult(
    await subscribeNodeToTask(atoma, {
      nodeSmallId: nodeId,
      taskSmallId: body.task,
      pricePerComputeUnit: body.price,
      maxNumComputeUnits: body.max_units,
    }),
  );
  await daemon.refreshOffers();
  return result;
};

/** What was looked at of a node's set-up. `detail` says what is well, or what is wrong and what to do. */
export interface DoctorCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Where the surface listens, and what it shows beside the daemon's own figures. */
export interface OperatorOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly tokenPath: string;
  /** Makes every check of the node's set-up; absent: there are none. */
  readonly doctor?: () => Promise<readonly DoctorCheck[]>;
  /** Pages that a browser gets at its address; none when left out. */
  readonly pages?: StaticSite;
}

/** Starts the surface on the loopback address. Throws `NODE_CONFIG` when it would share the public port. */
export const startOperator = async (daemon: Daemon, where: OperatorOptions): Promise<Listening> => {
  if (where.port !== 0 && where.port === daemon.port)
    throw nodeError('CONFIG', { why: 'the operator surface has the public port', where: 'the operator port' });
  const token = tokenOf(where.tokenPath);
  const app = new Hono<{ Bindings: HttpBindings }>();
  const { store, settle } = daemon;
  app.use(async (context, next) => {
    const given = (context.req.header('authorization') ?? '').replace(/^Bearer /, '');
    if (!sameText(given, token)) return context.json({ error: { code: 'token_invalid' } }, 401);
    return next();
  });
  const reads: Readonly<Record<string, () => Promise<unknown>>> = {
    status: () => status(daemon),
    stacks: async () => (await store.listStacks()).map(withoutBytes),
    requests: async () =>
      (await store.listRequests({ limit: 100 })).map(
        ({ requestId, stack, state, reason, units, leafIndex, createdMs, finishedMs }) => ({
          request_id: requestId,
          stack,
          state,
          reason,
          units,
          leaf: leafIndex,
          created_ms: createdMs,
          finished_ms: finishedMs,
        }),
      ),
    doctor: async () => (await where.doctor?.()) ?? [],
    outbox: async () => (await store.listOutbox()).map(({ transaction: _, signature: __, ...row }) => row),
    duties: () => store.listDuties(),
    earnings: async () => {
      const { earnings, credit, stake, bonded, reputation } = await getNode(settle.atoma, {
        nodeSmallId: settle.nodeId,
      });
      return { earnings, credit, stake, bonded, reputation };
    },
  };
  for (const [name, read] of Object.entries(reads))
    app.get(`/${name}`, async (context) => context.json(plain(await read()) as object));
  app.get('/findings', (context) => {
    const stack = smallId.safeParse(context.req.query('stack'));
    if (!stack.success)
      return context.json(
        { error: { code: 'invalid_request', message: 'Name the small id of a stack, ?stack=3' } },
        400,
      );
    return context.json(findingsAt(daemon, stack.data));
  });
  app.get('/metrics', async () => {
    const { registry } = daemon.node.metrics;
    return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } });
  });
  const post = <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    act: (body: z.infer<Schema>) => Promise<unknown>,
  ): void => {
    app.post(path, async (context) => {
      const parsed = schema.safeParse(await context.req.json().catch(() => ({})));
      if (!parsed.success)
        return context.json({ error: { code: 'invalid_request', message: parsed.error.message } }, 400);
      return context.json(plain((await act(parsed.data)) ?? { done: true }) as object);
    });
  };
  const nothing = z.object({});
  post('/settle', stackBody, async ({ stack }) => ({ frozen: await daemon.settleStack(stack) }));
  post('/reopen', stackBody, async ({ stack }) => ({ open: await store.moveStack(stack, ['quarantine'], 'open') }));
  post('/drain', nothing, async () => ({ stacks: await daemon.drain() }));
  post('/pause', nothing, async () => daemon.pause(true));
  post('/resume', nothing, async () => daemon.pause(false));
  post('/claim', nothing, () => daemon.tick());
  post('/subscribe', subscribeBody, (body) => subscribe(daemon, body));
  post('/unsubscribe', taskBody, async ({ task }) => {
    const result = executedResult(
      await unsubscribeNodeFromTask(settle.atoma, { nodeSmallId: settle.nodeId, taskSmallId: task }),
    );
    await daemon.refreshOffers();
    return result;
  });
  post('/announce', urlBody, ({ url }) => daemon.announce(url));
  post('/resync', nothing, async () => {
    await daemon.resync();
    const totals = await store.totals();
    return { events: totals.events, duties: totals.openDuties };
  });
  post('/backup', pathBody, async ({ path }) => store.backup(path));
  app.onError((error, context) => {
    if (isAtomaError(error))
      return context.json({ error: { code: error.code, message: error.message, hint: error.hint } }, 409);
    daemon.node.log.error({ err: error }, 'operator call failed');
    return context.json({ error: { code: 'internal' } }, 500);
  });
  return listen(app, { host: '127.0.0.1', port: where.port }, withPages(where.pages));
};
