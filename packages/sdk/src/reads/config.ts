import type { Atoma } from '../context/atoma.ts';
import type { Config } from '../generated/bindings/atoma/config.ts';
import { readDb } from '../internal/rows.ts';
import type { Task } from './tasks.ts';

/** Parameters of the market as they are now, and its counters. Shares are permille, spans epochs, amounts base units. */
export interface MarketConfig extends Config {
  /** Version of the database. */
  readonly version: bigint;
  /** TOMA in the pool. */
  readonly pool: bigint;
  /** Rows that exist now. */
  readonly counts: {
    readonly nodes: bigint;
    readonly tasks: bigint;
    readonly stacks: bigint;
    readonly tickets: bigint;
    readonly disputes: bigint;
  };
  /** Small ids the next ones will get. */
  readonly next: { readonly node: bigint; readonly task: bigint; readonly stack: bigint };
}

/** The market's parameters, counters and pool. */
export const getConfig = async (atoma: Atoma): Promise<MarketConfig> => {
  const db = await readDb(atoma);
  const { nodes, tasks, stacks, tickets, disputes } = db;
  return {
    ...db.config,
    version: db.version,
    pool: db.pool,
    counts: {
      nodes: nodes.size,
      tasks: tasks.size,
      stacks: stacks.size,
      tickets: tickets.size,
      disputes: disputes.size,
    },
    next: { node: db.nextNode, task: db.nextTask, stack: db.nextStack },
  };
};

const FIRST_JOB_ROLE = 6;

/** Largest part, in permille, of a stack bought now that one request may be: `row_cap` of the contract's `config::terms`. */
export const rowCapOf = (
  { rowCap }: Pick<MarketConfig, 'rowCap'>,
  { role, securityLevel }: Pick<Task, 'role' | 'securityLevel'>,
): bigint => (securityLevel === 1 && role < FIRST_JOB_ROLE ? rowCap : 1_000n);

/**
 * What a node must bond for a stack of this price at a security level under the market's present terms, base units: `bond_on` of the
 * contract's `config::Terms`. For a task that does not exist yet; of one that does, `quotePurchase` asks the contract.
 */
export const bondAt = (
  { sampledBond, plainBond }: Pick<MarketConfig, 'sampledBond' | 'plainBond'>,
  securityLevel: number,
  price: bigint,
): bigint => (price * (securityLevel === 1 ? sampledBond : plainBond) + 999n) / 1_000n;
