/** The books of the gateway: what was promised, and what the receipts say it cost. Exact after any crash. */
import type { Journal } from '@atoma/sdk';
import type { GatewayMetrics } from './metrics.ts';
import type { Limits } from './serve/limits.ts';
import type { BookRow, GatewayStore } from './store/types.ts';

/** Tag of the envelopes of a request: key and row. */
export const tagOf = (row: Pick<BookRow, 'key' | 'id'>): string => `${row.key}:${row.id}`;

const rowIdOf = (tag: string): string => tag.slice(tag.indexOf(':') + 1);

/** Units and base units of TOMA. */
export interface Charge {
  readonly units: bigint;
  readonly cost: bigint;
}

/** Nothing was charged. */
export const noCharge: Charge = { units: 0n, cost: 0n };

/** What several receipts come to. */
export const sumOf = (charges: readonly Charge[]): Charge =>
  charges.reduce((sum, each) => ({ units: sum.units + each.units, cost: sum.cost + each.cost }), noCharge);

/** What became of the envelopes of a request: one is under way, one is to be sent again, or there is none to go on with. */
export type Resumption =
  | { readonly kind: 'running' }
  /** The charged envelope, else the last that was not refused. */
  | { readonly kind: 'resume'; readonly requestId: string }
  | { readonly kind: 'new' };

/** The books. */
export interface Books {
  /** Sums of the receipts of a request, from the buyer's journal. */
  readonly charged: (row: Pick<BookRow, 'key' | 'id'>) => Promise<Charge>;
  /** Writes down what a request cost: the sum of the receipts that came while it ran. */
  readonly finish: (row: Pick<BookRow, 'key' | 'id' | 'model'>, status: number | null, charge: Charge) => Promise<void>;
  /** What is to be done about a request that was begun before under these tags. */
  readonly resumable: (tags: readonly string[]) => Promise<Resumption>;
  /** A receipt came for a request that had ended. */
  readonly late: (tag: string) => Promise<void>;
  /** Ends what a crash left open and takes over every receipt the books have not seen. Returns how many rows changed. */
  readonly recover: () => Promise<number>;
}

/** What the books are kept in. */
export interface BooksParameters {
  readonly store: GatewayStore;
  readonly journal: Journal;
  readonly limits: Limits;
  readonly metrics: GatewayMetrics;
  readonly now: () => number;
}

/** Overlap of two recoveries, ms: receipts are written by the clock of this machine. */
const OVERLAP_MS = 3_600_000;

/** Makes the books. */
export const createBooks = ({ store, journal, limits, metrics, now }: BooksParameters): Books => {
  const charged: Books['charged'] = async (row) => sumOf(await journal.chargedByTag(0, tagOf(row)));
  const count = (model: string, units: bigint, cost: bigint): void => {
    if (units <= 0n) return;
    metrics.units.inc({ model }, Number(units));
    metrics.cost.inc({ model }, Number(cost));
  };
  /** A row whose write was lost with the process; the journal keeps what it was about. */
  const rebuild = async (tag: string): Promise<BookRow> => {
    const [request] = await journal.listRequests({ tag, limit: 1 });
    const key = tag.slice(0, tag.indexOf(':'));
    await store.reserve({
      id: rowIdOf(tag),
      key,
      tenant: (await store.findKey(key))?.tenant ?? '',
      endpoint: request?.endpoint ?? '',
      model: request?.model ?? '',
      boundUnits: request?.maxUnits ?? 0n,
      boundCost: 0n,
      createdMs: request?.createdMs ?? now(),
    });
    return (await store.findRow(rowIdOf(tag))) as BookRow;
  };
  const lateNow = async (tag: string): Promise<void> => {
    const known = await store.findRow(rowIdOf(tag));
    if (known?.state === 'reserved') return;
    const row = known ?? (await rebuild(tag));
    const sum = await charged(row);
    if (sum.units === row.units) return;
    await store.settle(row.id, { ...sum, status: null, nowMs: now() });
    limits.add(row, sum.units - row.units, sum.cost - row.cost);
    count(row.model, sum.units - row.units, sum.cost - row.cost);
  };
  /** One after the other: each compares the receipts with what is booked. */
  let lates: Promise<void> = Promise.resolve();
  return {
    charged,
    finish: async (row, status, { units, cost }) => {
      await store.settle(row.id, { units, cost, status, nowMs: now() });
      count(row.model, units, cost);
    },
    late: (tag) => {
      const next = lates.then(() => lateNow(tag));
      lates = next.catch(() => undefined);
      return next;
    },
    resumable: async (tags) => {
      const requests = (await Promise.all(tags.map((tag) => journal.listRequests({ tag })))).flat();
      if (requests.some(({ stage }) => stage === 'open')) return { kind: 'running' };
      const charged = requests.find(({ stage }) => stage === 'receipt');
      const last = charged ?? requests.findLast(({ stage }) => stage === 'dropped');
      return last ? { kind: 'resume', requestId: last.requestId } : { kind: 'new' };
    },
    recover: async () => {
      let changed = 0;
      for (const row of await store.listRows({ states: ['reserved'], limit: Number.MAX_SAFE_INTEGER })) {
        await store.settle(row.id, { ...(await charged(row)), status: row.status, nowMs: now() });
        changed++;
      }
      const since = Number((await store.getSetting('recovered_ms')) ?? 0) - OVERLAP_MS;
      const tags = new Set((await journal.chargedByTag(Math.max(since, 0))).map(({ tag }) => tag));
      for (const tag of tags) {
        const row = (await store.findRow(rowIdOf(tag))) ?? (await rebuild(tag));
        const sum = await charged(row);
        if (sum.units === row.units) continue;
        await store.settle(row.id, { ...sum, status: null, nowMs: now() });
        changed++;
      }
      await store.putSetting('recovered_ms', String(now()));
      return changed;
    },
  };
};
