/** The settling side of a node at a desk, before a chain that shows what it is told. */
import { messageSigner } from '@atoma/sdk';
import { openShownChain, type ShownChain } from '../../../sdk/src/testing/shown-chain.ts';
import { createChecks } from '../settle/finding.ts';
import { defaultPolicy, type SettleContext, type SettlePolicy } from '../settle/settle-context.ts';
import type { DutyKind, OutboxKind } from '../store/types.ts';
import { DESK, type Desk, keyOf, openDesk } from './desk.ts';

/** The node whose rounds these are. */
export const CHECKER = 5n;

/** A node between two rounds. */
export interface Round {
  readonly desk: Desk;
  readonly chain: ShownChain;
  readonly settle: SettleContext;
  /** Alarms by kind, with what they tell. */
  readonly alarms: (readonly [kind: string, detail: Readonly<Record<string, string>>])[];
  readonly steps: string[];
  /** Frozen inputs of what is to be sent, by kind. */
  readonly intents: (kind?: OutboxKind) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** State of a duty about a stack; undefined: there was none. */
  readonly duty: (kind: DutyKind, stack?: bigint) => Promise<string | undefined>;
  /** Takes a duty on. */
  readonly owe: (kind: DutyKind, stack?: bigint, fromEpoch?: bigint, beforeEpoch?: bigint | null) => Promise<void>;
}

/** Opens the settling side of node 5, which signs with key 5; `node` another one's, with that key. */
export const openRound = async (
  options: {
    readonly policy?: Partial<SettlePolicy>;
    readonly chain?: ShownChain;
    readonly node?: bigint;
    readonly desk?: Parameters<typeof openDesk>[0];
  } = {},
): Promise<Round> => {
  const { policy = {}, node: nodeId = CHECKER } = options;
  const key = keyOf(Number(nodeId));
  const chain = options.chain ?? openShownChain(key);
  const identity = { ...DESK, node: nodeId, url: '', instance: 'round', version: '0', signer: messageSigner(key) };
  const desk = await openDesk({ identity, ...options.desk });
  const alarms: (readonly [string, Readonly<Record<string, string>>])[] = [];
  const steps: string[] = [];
  return {
    ...{ desk, chain, alarms, steps },
    settle: {
      ...{ atoma: chain.atoma, node: desk.node, nodeId, missingSince: new Map(), underWay: new Map() },
      policy: { ...defaultPolicy, allowPrivateNodes: true, checkMs: 60_000, ...policy },
      ...{ holdings: new Map(), checks: createChecks(), offers: () => [] },
      observe: (step) => steps.push(step),
      alarm: (kind, detail) => alarms.push([kind, detail]),
    },
    intents: async (kind) =>
      (await desk.store.listOutbox())
        .filter((row) => kind === undefined || row.kind === kind)
        .map((row) => ({ kind: row.kind, subject: row.subject, ...JSON.parse(row.frozen) })),
    duty: async (kind, stack = 1n) =>
      (await desk.store.listDuties()).find((row) => row.kind === kind && row.stack === stack)?.state,
    owe: (kind, stack = 1n, fromEpoch = 0n, beforeEpoch = null) =>
      desk.store.putDuty({ kind, stack, fromEpoch, beforeEpoch, data: '{}', updatedMs: 0 }),
  };
};
