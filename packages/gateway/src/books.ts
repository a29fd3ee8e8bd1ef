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
  readonly charged: (row: Pick<BookRow, 'key' | 'id'>) => Charge;
  /** Writes down what a request cost: the sum of the receipts that came while it ran. */
  readonly finish: (row: Pick<BookRow, 'key' | 'id' | 'model'>, status: number | null, charge: Charge) => void;
  /** What is to be done about a request that was begun before under these tags. */
  readonly resumable: (tags: readonly string[]) => Resumption;
  /** A receipt came for a request that had ended. */
  readonly late: (tag: string) => void;
  /** Ends what a crash left open and takes over every receipt the books have not seen. Returns how many rows changed. */
  readonly recover: () => number;
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
  const charged: Books['charged'] = (row) => sumOf(journal.chargedByTag(0, tagOf(row)));
  const count = (model: string, units: bigint, cost: bigint): void => {
    if (units <= 0n) return;
    metrics.units.inc({ model }, Number(units));
    metrics.cost.inc({ model }, Number(cost));
  };
  /** A row whose write was lost with the process; the journal keeps what it was about. */
  const rebuild = (tag: string): BookRow => {
    const [request] = journal.listRequests({ tag, limit: 1 });
    const key = tag.slice(0, tag.indexOf(':'));
    store.reserve({
      id: rowIdOf(tag),
      key,
      tenant: store.findKey(key)?.tenant ?? '',
      endpoint: request?.endpoint ?? '',
      model: request?.model ?? '',
      boundUnits: request?.maxUnits ?? 0n,
      boundCost: 0n,
      createdMs: request?.createdMs ?? now(),
    });
    return store.findRow(rowIdOf(tag)) as BookRow;
  };
  const late = (tag: string): void => {
    const known = store.findRow(rowIdOf(tag));
    if (known?.state === 'reserved') return;
    const row = known ?? rebuild(tag);
    const sum = charged(row);
    if (sum.units === row.units) return;
    store.settle(row.id, { ...sum, status: null, nowMs: now() });
    limits.add(row, sum.units - row.units, sum.cost - row.cost);
    count(row.model, sum.units - row.units, sum.cost - row.cost);
  };
  return {
    charged,
    finish: (row, status, { units, cost }) => {
      store.settle(row.id, { units, cost, status, nowMs: now() });
      count(row.model, units, cost);
    },
    late,
    resumable: (tags) => {
      const requests = tags.flatMap((tag) => journal.listRequests({ tag }));
      if (requests.some(({ stage }) => stage === 'open')) return { kind: 'running' };
      const charged = requests.find(({ stage }) => stage === 'receipt');
      const last = charged ?? requests.findLast(({ stage }) => stage === 'dropped');
      return last ? { kind: 'resume', requestId: last.requestId } : { kind: 'new' };
    },
    recover: () => {
      let changed = 0;
      for (const row of store.listRows({ states: ['reserved'], limit: Number.MAX_SAFE_INTEGER })) {
        store.settle(row.id, { ...charged(row), status: row.status, nowMs: now() });
        changed++;
      }
      const since = Number(store.getSetting('recovered_ms') ?? 0) - OVERLAP_MS;
      const tags = new Set(journal.chargedByTag(Math.max(since, 0)).map(({ tag }) => tag));
      for (const tag of tags) {
        const row = store.findRow(rowIdOf(tag)) ?? rebuild(tag);
        const sum = charged(row);
        if (sum.units === row.units) continue;
        store.settle(row.id, { ...sum, status: null, nowMs: now() });
        changed++;
      }
      store.putSetting('recovered_ms', String(now()));
      return changed;
    },
  };
};
