import { isAtomaError, nearest } from '@atoma/base';
import * as sdk from '@atoma/sdk';
import { epochTime, formatAmount, getEpoch } from '@atoma/sdk';
import { answerOf, openChain } from '../chain/chain.ts';
import { given } from '../chain/given.ts';
import { type BareSession, openWhatIsThere } from '../chain/session.ts';
import { keepsTime } from '../chain/when.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Json, Report, Run } from '../kernel/command.ts';
import { withCommands } from '../kernel/command-hints.ts';
import { toJsonFields, toJsonValue } from '../kernel/json-value.ts';
import { grouped, type Row, rowLines } from '../kernel/lines.ts';
import { toJson } from '../kernel/output.ts';
import type { eventsFlags, objectFlags, txFlags } from './flags.ts';

const eventData = (event: sdk.AtomaEvent): Record<string, Json> => ({
  kind: event.kind,
  digest: event.digest,
  event_index: event.eventIndex,
  checkpoint: event.checkpoint,
  sender: event.sender,
  data: toJsonValue(event.data),
});

const kindOf = (kind: string | undefined): sdk.EventKind | undefined => {
  if (kind === undefined) return undefined;
  const found = sdk.eventKinds.find((known) => known === kind || known === `${kind}Event`);
  if (found) return found;
  const near = nearest(kind, sdk.eventKinds);
  const hint = `${near.length > 0 ? `Did you mean ${near.join(' or ')}? ` : ''}Kinds: ${sdk.eventKinds.join(', ')}.`;
  throw cliError('BAD_VALUE', { flag: '--kind', why: `there is no event "${kind}".`, hint });
};

type EventsValues = Parameters<Handler<typeof eventsFlags>>[1];

const follow = async (run: Run, atoma: sdk.Atoma, flags: EventsValues): Promise<undefined> => {
  const filter = given({ kind: kindOf(flags.kind), from: flags.toma ? ('toma' as const) : undefined });
  const start =
    flags.after ??
    (flags.oldest
      ? undefined
      : ((await sdk.listEvents(atoma, { ...filter, order: 'descending', limit: 1 })).cursor ?? undefined));
  for await (const event of sdk.followEvents(atoma, { ...filter, ...given({ after: start }), pollMs: 250 }))
    run.io.out(run.common.json ? `${toJson(eventData(event))}\n` : `${sdk.describeEvent(event)}\n`);
  return undefined;
};

const pagesOf = async (atoma: sdk.Atoma, flags: EventsValues, limit: number) => {
  const order = flags.oldest || flags.after !== undefined ? 'ascending' : 'descending';
  const filter = given({ kind: kindOf(flags.kind), from: flags.toma ? ('toma' as const) : undefined });
  const events: sdk.AtomaEvent[] = [];
  let cursor = flags.after;
  for (;;) {
    const at = given(order === 'ascending' ? { after: cursor } : { before: cursor });
    const page = await sdk.listEvents(atoma, { ...filter, order, limit: Math.min(50, limit - events.length), ...at });
    events.push(...page.events);
    cursor = page.cursor ?? cursor;
    const hasMore = page.hasMore;
    if (!hasMore || events.length >= limit)
      return { events: order === 'ascending' ? events : events.reverse(), cursor: cursor ?? null, hasMore };
  }
};

/** A refused cursor is a wrong value of --after; a network does not say so in a code of its own. */
const aboutCursor = async <Answer>({ after }: EventsValues, asked: Promise<Answer>): Promise<Answer> => {
  try {
    return await asked;
  } catch (thrown) {
    if (after === undefined || !isAtomaError(thrown, 'NETWORK_REFUSED') || !/cursor/i.test(thrown.message))
      throw thrown;
    const why = `"${after}" is no cursor of this network.`;
    throw cliError('BAD_VALUE', { flag: '--after', why, hint: 'Use the `cursor` of an earlier answer.' }, thrown);
  }
};

/** Events of an older contract, with the fields the chain itself shows. */
const olderEvents = async ({ chain, older }: BareSession, flags: EventsValues): Promise<Report> => {
  if (!older) throw cliError('NO_DEPLOYMENT', { network: chain.network.name });
  const type = flags.toma ? `${older.tomaOriginalPackageId}::toma` : `${older.originalPackageId}::db`;
  const isFirst = flags.oldest || flags.after !== undefined;
  const page = await answerOf(
    chain,
    chain.client.listEvents({
      filter: { eventType: flags.kind === undefined ? type : `${type}::${flags.kind}` },
      limit: Math.min(50, flags.limit ?? 20),
      order: isFirst ? 'ascending' : 'descending',
      ...given({ after: flags.after }),
    }),
  );
  const shown = page.events.map((event) => ({
    kind: event.eventType.split('::').at(-1) ?? event.eventType,
    digest: event.transactionDigest ?? '',
    event_index: event.eventIndex ?? 0,
    checkpoint: event.checkpoint ?? null,
    sender: event.sender,
    data: toJsonValue(event.json ?? {}),
  }));
  const events = isFirst ? shown : shown.reverse();
  return {
    data: { events, cursor: page.endCursor, has_more: page.hasNextPage },
    short: page.endCursor ?? '',
    lines: () => [
      'the contract known here is an older one; its events as the chain shows them:',
      ...(events.length === 0 ? ['no events'] : events.map(({ kind, data }) => `${kind} ${toJson(data)}`)),
    ],
  };
};

/** `atoma events` */
export const events: Handler<typeof eventsFlags> = async (run, flags) => {
  const there = await openWhatIsThere(run);
  if (there.kind === 'bare') return olderEvents(there, flags);
  const { atoma } = there;
  if (flags.follow) return aboutCursor(flags, follow(run, atoma, flags));
  const page = await aboutCursor(flags, pagesOf(atoma, flags, flags.limit ?? 20));
  return {
    data: { events: page.events.map(eventData), cursor: page.cursor, has_more: page.hasMore },
    short: page.cursor ?? '',
    lines: () => (page.events.length === 0 ? ['no events yet'] : page.events.map(sdk.describeEvent)),
  };
};

/** `atoma epoch` */
export const epoch: Handler<Record<never, never>> = async (run) => {
  const chain = await openChain(run);
  const now = await getEpoch(chain.client);
  const { leftMs } = epochTime(now.epoch + 1n, now);
  return {
    data: {
      epoch: Number(now.epoch),
      started_ms: now.startMs,
      duration_ms: now.durationMs,
      left_ms: leftMs,
      reference_gas_price: now.referenceGasPrice,
    },
    short: String(now.epoch),
    lines: (paint) => [
      `epoch ${now.epoch}`,
      ...rowLines(paint, [
        ['started', new Date(now.startMs).toISOString()],
        ['left', keepsTime(chain.network) ? sdk.spanText(leftMs) : 'ends when you say so: `atoma chain advance`'],
        ['gas price', `${grouped(now.referenceGasPrice)} MIST a gas unit`],
      ]),
    ],
  };
};

/** `db::claim_funds` of `0x…::db::claim_funds`. */
const callText = (call: string): string => call.split('::').slice(1).join('::');

/** A Move type with its addresses shortened as people write them: `0x2::coin::Coin<0x2::sui::SUI>`. */
const shortType = (type: string): string =>
  type.replace(/0x0*([0-9a-f]+)(?=::)/g, (_, digits: string) =>
    digits.length > 12 ? `0x${digits.slice(0, 4)}…${digits.slice(-4)}` : `0x${digits}`,
  );

const changeText = ({ id, type, change, owner, version }: sdk.ObjectChange): string =>
  [
    change.padEnd(7),
    id,
    type === null ? 'of unknown type' : shortType(type),
    `version ${version ?? '?'}`,
    sdk.describeOwner(owner),
  ]
    .join(', ')
    .replace(', ', ' ');

/** `atoma tx show` */
export const showTransaction: Handler<typeof txFlags> = async (run, { digest }) => {
  const there = await openWhatIsThere(run);
  const { client } = there.chain;
  const deployment = there.kind === 'market' ? there.atoma.deployment : undefined;
  const tx = await sdk.getTransaction({ client, deployment }, { digest });
  const failure = tx.failure;
  const rows: readonly Row[] = [
    ['sender', tx.sender ?? 'the system'],
    ['epoch', String(tx.epoch)],
    ['calls', tx.calls.map(callText).join(', ') || 'none'],
    ['gas', formatAmount(tx.gas.net, 'SUI')],
    ...tx.balanceChanges.map(
      (change) => ['balance', `${change.amount} ${change.coinType.split('::').at(-1)} for ${change.address}`] as const,
    ),
    ...tx.events.map((event) => ['event', sdk.describeEvent(event)] as const),
    ...tx.otherEvents.map(({ type, data }) => ['event', `${shortType(type)} ${toJson(toJsonValue(data))}`] as const),
    ...tx.changedObjects.map((change) => ['object', changeText(change)] as const),
  ];
  return {
    data: {
      transaction: {
        ...toJsonFields({ ...tx, failure: failure && withCommands(failure) }),
        events: tx.events.map(eventData),
      },
    },
    short: tx.digest,
    lines: (paint) => [
      `${tx.digest} ${failure ? paint.red(`failed: ${failure.sentence}`) : paint.green('succeeded')}`,
      ...rowLines(paint, rows),
    ],
  };
};

/** `atoma object show` */
export const showObject: Handler<typeof objectFlags> = async (run, { id, version }) => {
  const { client, network } = await openChain(run);
  const object = await sdk.getObject({ client, network: network.name }, { objectId: id, ...given({ version }) });
  const { fields, modules } = object;
  const named = typeof fields === 'object' && fields !== null && !Array.isArray(fields) ? Object.entries(fields) : [];
  return {
    data: {
      object_id: object.id,
      version: object.version,
      digest: object.digest,
      type: object.type,
      owner: toJsonValue(object.owner),
      previous_transaction: object.previousTransaction,
      storage_rebate: object.storageRebate,
      fields,
      modules: modules.map((each) => ({ ...each })),
    },
    short: object.version,
    lines: (paint) => [
      `${object.id} ${shortType(object.type)}`,
      ...rowLines(paint, [
        ['owner', sdk.describeOwner(object.owner)],
        ['version', object.version],
        ['digest', object.digest],
        ['written by', object.previousTransaction ?? 'the first checkpoint'],
        ['storage rebate', formatAmount(object.storageRebate, 'SUI')],
        ...named.map(([name, value]) => [`.${name}`, typeof value === 'string' ? value : toJson(value)] as const),
        ...modules.map(({ name, functions }) => [name, functions.join(', ') || 'no function to call'] as const),
      ]),
    ],
  };
};
