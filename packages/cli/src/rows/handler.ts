import * as sdk from '@atoma/sdk';
import { given } from '../chain/given.ts';
import { rememberIds } from '../chain/seen-ids.ts';
import { openSession } from '../chain/session.ts';
import { whenOn } from '../chain/when.ts';
import type { Handler, Report, Run } from '../kernel/command.ts';
import type { CompletionKind } from '../kernel/flag.ts';
import { toJsonFields, toJsonValue } from '../kernel/json-value.ts';
import { type Row, rowLines, tableLines } from '../kernel/lines.ts';
import type * as specs from './flags.ts';
import * as views from './views.ts';

type ListValues = Parameters<Handler<typeof specs.listFlags>>[1];

interface Listing<T> {
  readonly noun: 'task' | 'node' | 'stack' | 'ticket' | 'dispute';
  readonly read: (atoma: sdk.Atoma, page: { limit?: number; after?: bigint }) => Promise<readonly T[]>;
  readonly head: readonly string[];
  readonly cells: (row: T) => readonly string[];
  readonly id: (row: T) => bigint;
  /** What completion says about an id. */
  readonly brief?: (row: T) => string;
}

const hints = {
  task: 'no tasks yet: `atoma db create-task-entry --role 0` registers one',
  node: 'no nodes yet: `atoma db register-node` registers one',
  stack: 'no open stacks: `atoma db acquire-new-stack-entry` buys one',
  ticket: 'no tickets: `atoma db try-settle-stack` settles a stack',
  dispute: 'no disputes',
} as const;

const listing = async <T extends object>(
  run: Run,
  flags: ListValues,
  of: Listing<T>,
  mine?: (atoma: sdk.Atoma) => Promise<ReadonlySet<bigint>>,
): Promise<Report> => {
  const { atoma, chain } = await openSession(run, mine ? 'wallet' : 'reading');
  const all = await of.read(atoma, given({ limit: mine ? undefined : flags.limit, after: flags.after }));
  const own = mine && (await mine(atoma));
  const rows = own ? all.filter((row) => own.has(of.id(row))).slice(0, flags.limit) : all;
  if (of.brief)
    rememberIds(
      run.settings,
      chain.network.name,
      of.noun as CompletionKind,
      rows.map((row) => [String(of.id(row)), of.brief?.(row) ?? '']),
    );
  return {
    data: { [`${of.noun}s`]: rows.map(toJsonFields) },
    short: rows.map((row) => String(of.id(row))).join('\n'),
    lines: (paint) => (rows.length === 0 ? [hints[of.noun]] : tableLines(paint, of.head, rows.map(of.cells))),
  };
};

const idsOf = (badges: readonly sdk.Badge[]): ReadonlySet<bigint> => new Set(badges.map((badge) => badge.smallId));

/** `atoma task list` */
export const listTasks: Handler<typeof specs.ownListFlags> = (run, flags) =>
  listing(
    run,
    flags,
    {
      noun: 'task',
      read: sdk.listTasks,
      head: views.taskHead,
      cells: views.taskCells,
      id: (task) => task.taskSmallId,
      brief: (task) => `${sdk.roleName(task.role)}, ${task.modelName ?? 'any model'}`,
    },
    flags.mine ? async (atoma) => idsOf(await sdk.listTaskBadges(atoma)) : undefined,
  );

/** `atoma node list` */
export const listNodes: Handler<typeof specs.ownListFlags> = (run, flags) =>
  listing(
    run,
    flags,
    {
      noun: 'node',
      read: sdk.listNodes,
      head: views.nodeHead,
      cells: views.nodeCells,
      id: (node) => node.nodeSmallId,
      brief: (node) => node.url || node.owner,
    },
    flags.mine ? async (atoma) => idsOf(await sdk.listNodeBadges(atoma)) : undefined,
  );

/** `atoma stack list` */
export const listStacks: Handler<typeof specs.ownListFlags> = (run, flags) =>
  listing(
    run,
    flags,
    {
      noun: 'stack',
      read: sdk.listStacks,
      head: views.stackHead,
      cells: views.stackCells,
      id: (stack) => stack.stackSmallId,
      brief: (stack) => `task ${stack.taskSmallId}, node ${stack.selectedNodeSmallId}`,
    },
    flags.mine ? async (atoma) => idsOf(await sdk.listStackBadges(atoma)) : undefined,
  );

/** `atoma ticket list` */
export const listTickets: Handler<typeof specs.listFlags> = (run, flags) =>
  listing(run, flags, {
    noun: 'ticket',
    read: sdk.listTickets,
    head: views.ticketHead,
    cells: views.ticketCells,
    id: (ticket) => ticket.stackSmallId,
  });

/** `atoma dispute list` */
export const listDisputes: Handler<typeof specs.listFlags> = (run, flags) =>
  listing(run, flags, {
    noun: 'dispute',
    read: sdk.listDisputes,
    head: views.disputeHead,
    cells: views.disputeCells,
    id: (dispute) => dispute.stackSmallId,
  });

const shown = (
  headline: string,
  data: Report['data'],
  rows: readonly Row[],
  more: readonly (readonly [string, readonly Row[]])[] = [],
): Report => ({
  data,
  short: headline.replace(/\D+/g, ''),
  lines: (paint) => [
    headline,
    ...rowLines(paint, rows),
    ...more.flatMap(([title, below]) => ['', title, ...rowLines(paint, below)]),
  ],
});

/** `atoma task show` */
export const showTask: Handler<typeof specs.showTaskFlags> = async (run, { id }) => {
  const { atoma, chain } = await openSession(run, 'reading');
  const [task, offers, when] = await Promise.all([
    sdk.getTask(atoma, { taskSmallId: id }),
    sdk.listSubscriptions(atoma, { taskSmallId: id }),
    whenOn(atoma, chain.network),
  ]);
  return {
    data: { task: toJsonFields(task), offers: offers.map(toJsonFields) },
    short: String(id),
    lines: (paint) => [
      `task ${id}`,
      ...rowLines(paint, views.taskRows(task, when)),
      '',
      ...(offers.length === 0
        ? ['no node offers it yet']
        : tableLines(paint, views.offerHead, offers.map(views.offerCells))),
    ],
  };
};

/** `atoma node show` */
export const showNode: Handler<typeof specs.showNodeFlags> = async (run, { id }) => {
  const { atoma, chain } = await openSession(run, 'reading');
  const [node, when] = await Promise.all([sdk.getNode(atoma, { nodeSmallId: id }), whenOn(atoma, chain.network)]);
  return shown(`node ${id}`, { node: toJsonFields(node) }, views.nodeRows(node, when));
};

/** `atoma stack show` */
export const showStack: Handler<typeof specs.showStackFlags> = async (run, { id }) => {
  const { atoma, chain } = await openSession(run, 'reading');
  const [stack, ticket, dispute, when] = await Promise.all([
    sdk.getStack(atoma, { stackSmallId: id }),
    sdk.findTicket(atoma, { stackSmallId: id }),
    sdk.findDispute(atoma, { stackSmallId: id }),
    whenOn(atoma, chain.network),
  ]);
  return shown(
    `stack ${id}`,
    { stack: toJsonFields(stack), ticket: toJsonValue(ticket), dispute: toJsonValue(dispute) },
    views.stackRows(stack, when),
    [
      ...(ticket ? [['its settlement', views.ticketRows(ticket, when)] as const] : []),
      ...(dispute ? [['its dispute', views.disputeRows(dispute, when)] as const] : []),
    ],
  );
};

/** `atoma ticket show` */
export const showTicket: Handler<typeof specs.showStackFlags> = async (run, { id }) => {
  const { atoma, chain } = await openSession(run, 'reading');
  const [ticket, when] = await Promise.all([sdk.getTicket(atoma, { stackSmallId: id }), whenOn(atoma, chain.network)]);
  return shown(`ticket of stack ${id}`, { ticket: toJsonFields(ticket) }, views.ticketRows(ticket, when));
};

/** `atoma dispute show` */
export const showDispute: Handler<typeof specs.showStackFlags> = async (run, { id }) => {
  const { atoma, chain } = await openSession(run, 'reading');
  const [dispute, when] = await Promise.all([
    sdk.getDispute(atoma, { stackSmallId: id }),
    whenOn(atoma, chain.network),
  ]);
  return shown(`dispute of stack ${id}`, { dispute: toJsonFields(dispute) }, views.disputeRows(dispute, when));
};
